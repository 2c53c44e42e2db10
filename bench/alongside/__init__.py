"""Minimal alternative designs of the intake, measured for comparison: `python -m bench.alongside NAME`."""
