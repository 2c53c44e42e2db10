"""Slow down jobs that only bots ask for, so that a bot that reacts to the App's changes cannot cause a loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.queue.jobs import Job
from hotfix.github.read.caches import RecentCache

AT_ONCE = 10
"""Number of runs of a job, in a row of bots' events, that start without delay."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two later runs: the pause doubles with each."""
CALM = 60.0
"""Seconds without a bot's event after which the next one starts without delay again."""


@dataclass(frozen=True, slots=True)
class _Streak:
    """Events of bots about one job, with no more than `CALM` between them and none of a person."""

    runs: int
    start: float
    """The earliest start of the last run."""
    next_start: float
    """The earliest start of the run after it."""
    last: float
    """When the last event arrived."""


class BotPace:
    """Per-process memory of the jobs that bots' events asked for. Replicas don't share it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._streaks: RecentCache[str, _Streak] = RecentCache()

    def paced(self, jobs: tuple[Job, ...], *, by_bot: bool) -> tuple[Job, ...]:
        """Return an event's jobs, due later if bots alone have asked for them many times; a person ends the delay."""
        if not by_bot:
            self._streaks.drop(*(job.key for job in jobs))
            return jobs
        return tuple(self._paced(job) for job in jobs)

    def _paced(self, job: Job) -> Job:
        now = self._clock()
        streak = self._streaks.get(job.key)
        if streak is None or not streak.last <= now <= max(streak.last, streak.start) + CALM:
            streak = _Streak(0, 0.0, 0.0, now)
        if now < streak.start:  # the run that has yet to start serves this event as well
            streak = replace(streak, last=now)
        else:
            start, runs = max(now, streak.next_start), streak.runs + 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(runs - AT_ONCE, 30)) if runs >= AT_ONCE else 0.0
            streak = _Streak(runs, start, start + pause, now)
        self._streaks.put(job.key, streak)
        return replace(job, due_at=streak.start) if streak.start > job.due(now) else job
