"""Whose policy counts, and what happens if it is broken."""
