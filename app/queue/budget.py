"""Share GitHub's hourly limit between evaluations that an event asked for and sweeps that can wait.

An installation may send at least 5,000 calls an hour. Evaluations that no event asked for are spread so that they take
at most a share of what is left, and none once little is left. What one event makes stale, such as every hotfix of a
repository with a new production tag, is evaluated at once from a share of its own: sweeps never delay it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from app import metrics

LIMIT = 5000
"""Calls an hour that GitHub gives every installation; larger ones get more, which only makes this careful."""
COST = 4
"""Calls of one evaluation."""
SHARE = 0.5
"""The share of what is left that sweeps may take; what events make stale may take as much."""
KEPT = 1000
"""Calls that are kept for evaluations of pull requests that changed themselves."""
AT_ONCE = 50
"""Evaluations of a sweep that go quickly if none was spread lately: a few hotfixes are done at once."""
QUICKLY = 0.2
"""Seconds between those."""
HOUR = 3600.0


@dataclass(slots=True)
class _Budget:
    left: int = LIMIT
    seen_at: float = 0.0
    swept_until: float = 0.0
    """When the last evaluation of a sweep that was spread is due."""
    stale_until: float = 0.0
    """The same for those that events made necessary."""


class Budgets:
    """The calls left for each installation, as GitHub last said. Safe to share between threads."""

    def __init__(self) -> None:
        self._budgets: dict[int, _Budget] = {}
        self._lock = threading.Lock()

    def record_left(self, installation: int, left: int | None) -> None:
        """Record what an answer said is left."""
        if left is None:
            return
        metrics.rate_left.labels(str(installation)).set(left)
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            budget.left, budget.seen_at = left, time.monotonic()

    def left(self, installation: int) -> int:
        """Return the calls left; the full limit if GitHub said nothing for an hour."""
        with self._lock:
            budget = self._budgets.get(installation)
        fresh = budget is not None and time.monotonic() - budget.seen_at < HOUR
        return budget.left if budget is not None and fresh else LIMIT

    def spread(self, installation: int, count: int, cost: int = COST) -> list[float]:
        """Return the delays in seconds of `count` jobs of a sweep that cost `cost` calls each, after earlier ones."""
        usable, pause = self._usable(installation, cost)
        burst = min(AT_ONCE, usable / cost / 4)
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            delays, budget.swept_until = _booked(budget.swept_until, count, pause, burst)
        return [max(at * QUICKLY, delay) for at, delay in enumerate(delays)]

    def at_once(self, installation: int, count: int, cost: int = COST) -> list[float]:
        """Return the delays in seconds of `count` jobs that an event made necessary: 0 as far as the limit allows."""
        usable, pause = self._usable(installation, cost)
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            delays, budget.stale_until = _booked(budget.stale_until, count, pause, usable / cost)
        return delays

    def _usable(self, installation: int, cost: int) -> tuple[float, float]:
        """Return the calls that may be taken this hour, and the seconds between two jobs that take them evenly."""
        usable = max(0.0, (self.left(installation) - KEPT) * SHARE)
        return usable, HOUR * cost / max(usable, cost)

    def is_low(self, installation: int) -> bool:
        """Return whether so little is left that sweeps must pause."""
        return self.left(installation) <= KEPT


def _booked(until: float, count: int, pause: float, burst: float) -> tuple[list[float], float]:
    """Return `count` delays behind what is booked `until`, and until when it is booked then.

    A token bucket: what was not used lately, up to `burst` jobs, may be used at once.
    """
    now = time.monotonic()
    delays = []
    for _ in range(count):
        until = max(until, now - pause * burst) + pause
        delays.append(max(0.0, until - now))
    return delays, until
