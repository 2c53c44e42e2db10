"""GitHub's hourly limit, shared between verdicts that somebody waits for and sweeps that can wait.

An installation may send at least 5,000 calls an hour. Judgings that no event asked for are spread so that they take at
most a share of what is left, and none once little is left: that is kept for verdicts.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from app import metrics

LIMIT = 5000
"""Calls an hour that GitHub gives every installation; larger ones get more, which only makes this careful."""
COST = 4
"""Calls of one judging."""
SHARE = 0.5
"""Of what is left, sweeps may take this."""
KEPT = 1000
"""Calls that sweeps leave for verdicts."""
AT_ONCE = 50
"""So many judgings go quickly where nothing was spread lately: a repository with a few hotfixes is done at once."""
QUICKLY = 0.2
"""Seconds between those."""
HOUR = 3600.0


@dataclass(slots=True)
class _Budget:
    left: int = LIMIT
    seen_at: float = 0.0
    booked_until: float = 0.0
    """When the last judging that was spread is due."""


class Budgets:
    """What is left for each installation, as GitHub last said. Safe to share between threads."""

    def __init__(self) -> None:
        self._budgets: dict[int, _Budget] = {}
        self._lock = threading.Lock()

    def saw(self, installation: int, left: int | None) -> None:
        """An answer said what is left."""
        if left is None:
            return
        metrics.rate_left.labels(str(installation)).set(left)
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            budget.left, budget.seen_at = left, time.monotonic()

    def left(self, installation: int) -> int:
        """Calls left; the full limit where nothing was heard for an hour."""
        with self._lock:
            budget = self._budgets.get(installation)
        fresh = budget is not None and time.monotonic() - budget.seen_at < HOUR
        return budget.left if budget is not None and fresh else LIMIT

    def spread(self, installation: int, count: int, cost: int = COST) -> list[float]:
        """Delays in seconds for `count` jobs that cost `cost` calls each, behind those spread before."""
        usable = max(0.0, (self.left(installation) - KEPT) * SHARE)
        pause = HOUR * cost / max(usable, cost)
        at_once = min(AT_ONCE, usable / cost / 4)
        now = time.monotonic()
        delays: list[float] = []
        with self._lock:
            budget = self._budgets.setdefault(installation, _Budget())
            for _ in range(count):
                # A bucket: what was not used lately may be used at once.
                budget.booked_until = max(budget.booked_until, now - pause * at_once) + pause
                delays.append(max(len(delays) * QUICKLY, budget.booked_until - now))
        return delays

    def poor(self, installation: int) -> bool:
        """Is so little left that sweeps must wait?"""
        return self.left(installation) <= KEPT
