"""Writes to checks: a verdict as a check run on its commit, with the rules' results as hidden data."""
