"""Writes of check runs: a verdict on its commit, with the rules' results as hidden data."""
