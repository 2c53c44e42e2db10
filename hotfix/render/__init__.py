"""Render a verdict as a check run summary, annotations, terminal output, JSON or workflow commands.

Each format has its own module, so that a process loads only what it shows.
"""
