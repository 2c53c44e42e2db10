"""Faults on purpose, and what must hold after each: `python -m tests.chaos` (long), `test_*.py` (short)."""
