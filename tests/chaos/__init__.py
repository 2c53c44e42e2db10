"""Fault injection and the invariants that must hold after each fault. `python -m tests.chaos` is the long form."""
