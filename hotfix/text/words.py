"""Read long lists of short words that are written as text."""

from __future__ import annotations


def words(*lines: str) -> tuple[str, ...]:
    """Return the words of the lines, which white space separates."""
    return tuple(word for line in lines for word in line.split())
