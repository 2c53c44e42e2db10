"""Split long word lists that are written as strings."""

from __future__ import annotations


def words(*lines: str) -> tuple[str, ...]:
    """Return the whitespace-separated words of the lines."""
    return tuple(word for line in lines for word in line.split())
