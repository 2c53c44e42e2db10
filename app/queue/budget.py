"""Share GitHub's hourly rate limit between evaluations requested by events and sweeps, which can be delayed.

An installation may make at least 5,000 calls per hour. Evaluations that no event requested are spread over time so that
they use at most a share of the remaining calls, and are paused when few remain. Pull requests whose verdict an event
makes stale, such as all hotfixes of a repository with a new production tag, are evaluated immediately from a separate
share: sweeps never delay them.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from app import metrics

LIMIT = 5000
"""Minimum number of calls per hour for an installation; larger installations get more."""
COST = 4
"""Number of calls per evaluation."""
SHARE = 0.5
"""The share of the remaining calls for sweeps; stale verdicts have another share of the same size."""
KEPT = 1000
"""Number of calls reserved for pull requests that have changed."""
AT_ONCE = 50
"""Maximum number of evaluations that a sweep runs in quick succession if no recent sweep used the budget."""
QUICKLY = 0.2
"""Seconds between such evaluations."""
HOUR = 3600.0


@dataclass(slots=True)
class _Budget:
    left: int = LIMIT
    seen_at: float = 0.0
    swept_until: float = 0.0
    """When the last scheduled evaluation of a sweep is due."""
    stale_until: float = 0.0
    """When the last scheduled evaluation of a stale verdict is due."""


class Budgets:
    """The remaining calls of each installation, as last reported by GitHub. Thread-safe."""

    def __init__(self) -> None:
        self._budgets: dict[int, _Budget] = {}
        self._lock = threading.Lock()

    def record_left(self, installation: int, left: int | None) -> None:
        """Record the number of remaining calls from a response of GitHub."""
        if left is None:
            return
        metrics.rate_left.labels(str(installation)).set(left)
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            budget.left, budget.seen_at = left, time.monotonic()

    def left(self, installation: int) -> int:
        """Return the number of remaining calls; the full limit if GitHub has not reported it for an hour."""
        with self._lock:
            budget = self._budgets.get(installation)
        fresh = budget is not None and time.monotonic() - budget.seen_at < HOUR
        return budget.left if budget is not None and fresh else LIMIT

    def spread(self, installation: int, count: int, cost: int = COST) -> list[float]:
        """Return the delays in seconds for `count` sweep jobs of `cost` calls each, after those already scheduled."""
        usable, pause = self._usable(installation, cost)
        burst = min(AT_ONCE, usable / cost / 4)
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            delays, budget.swept_until = _booked(budget.swept_until, count, pause, burst)
        return [max(at * QUICKLY, delay) for at, delay in enumerate(delays)]

    def at_once(self, installation: int, count: int, cost: int = COST) -> list[float]:
        """Return the delays in seconds for `count` jobs whose verdict an event made stale: 0 if the limit allows it."""
        usable, pause = self._usable(installation, cost)
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            delays, budget.stale_until = _booked(budget.stale_until, count, pause, usable / cost)
        return delays

    def _usable(self, installation: int, cost: int) -> tuple[float, float]:
        """Return the number of calls usable this hour, and the seconds between two jobs that use them evenly."""
        usable = max(0.0, (self.left(installation) - KEPT) * SHARE)
        return usable, HOUR * cost / max(usable, cost)

    def is_low(self, installation: int) -> bool:
        """Return whether so few calls remain that sweeps must pause."""
        return self.left(installation) <= KEPT


def _booked(until: float, count: int, pause: float, burst: float) -> tuple[list[float], float]:
    """Return `count` delays after those booked up to `until`, and the new end of the bookings.

    This is a token bucket: unused capacity, up to `burst` jobs, may be used immediately.
    """
    now = time.monotonic()
    delays = []
    for _ in range(count):
        until = max(until, now - pause * burst) + pause
        delays.append(max(0.0, until - now))
    return delays, until
