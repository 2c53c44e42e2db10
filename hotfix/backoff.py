"""Compute the pauses between tries of the same thing."""

from collections.abc import Iterator
from itertools import count


def pause_after(failed: int, first: float, longest: float, factor: float = 2.0) -> float:
    """Return the pause in seconds after so many failed tries before: `first`, then `factor` times as long each time."""
    return min(longest, first * factor ** min(failed, 64))


def delays(first: float, longest: float, factor: float = 2.0) -> Iterator[float]:
    """Yield the pauses in seconds, without end."""
    return (pause_after(failed, first, longest, factor) for failed in count())
