"""Back-off: how long to pause between two tries of the same thing."""

from collections.abc import Iterator


def delays(first: float, longest: float, factor: float = 2.0) -> Iterator[float]:
    """Yield pauses in seconds, each `factor` times as long as the one before, up to `longest`, without end."""
    delay = first
    while True:
        yield delay
        delay = min(delay * factor, longest)
