"""Render a verdict as a check run summary, annotations, terminal output, JSON or workflow commands.

Each form has a module: a process loads those that it shows.
"""
