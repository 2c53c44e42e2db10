"""Compute the delays between retries of a job or a request, with exponential backoff."""

from collections.abc import Iterator
from itertools import count


def pause_after(failed: int, first: float, longest: float, factor: float = 2.0) -> float:
    """Return the delay in seconds after `failed` failures: `first`, times `factor` for each one, up to `longest`."""
    return min(longest, first * factor ** min(failed, 64))


def delays(first: float, longest: float, factor: float = 2.0) -> Iterator[float]:
    """Yield the delays between retries in seconds, indefinitely."""
    return (pause_after(failed, first, longest, factor) for failed in count())
