"""A per-process cache about incidents, so that a push reads only the incidents that it can affect."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from app.queue.handler_result import BranchPush
from hotfix.github.read.caches import RecentCache

ORDINARY_FOR = 900.0
"""Seconds an issue stays cached as not being an incident; limited because the event that makes it one may be lost."""


@dataclass(frozen=True, slots=True)
class _Ordinary:
    generation: int
    label: str
    until: float


@dataclass(frozen=True, slots=True)
class _Tip:
    sha: str
    fixes: frozenset[int]


@dataclass(frozen=True, slots=True)
class IncidentCache:
    """A cache about incidents, shared by the threads of a process.

    Replicas don't share it: a replica without an entry reads the incident from GitHub.
    """

    _ordinary: RecentCache[str, _Ordinary] = field(default_factory=RecentCache)
    _tips: RecentCache[tuple[str, str], _Tip] = field(default_factory=RecentCache)

    def not_an_incident(self, key: str, generation: int, label: str) -> None:
        """Cache that the job `key` found no incident at this generation; `label` is the label that marks incidents."""
        self._ordinary.put(key, _Ordinary(generation, label, time.monotonic() + ORDINARY_FOR))

    def is_ordinary(self, key: str, generation: int | None, label: str) -> bool:
        """Return whether the issue is cached as not being an incident.

        An event that enqueues its job increases the generation, which makes the entry stale.
        """
        known = self._ordinary.get(key)
        return (
            known is not None
            and (known.generation, known.label) == (generation, label)
            and (time.monotonic() < known.until)
        )

    def moved(self, repo: str, push: BranchPush) -> frozenset[int] | None:
        """Cache which issues a branch's new tip fixes. Return the issues that its old or new tip fixes; None if the old
        tip is not cached."""
        key = (repo.casefold(), push.branch)
        known = self._tips.get(key)
        self._tips.put(key, _Tip(push.tip, push.fixes))
        if not push.before.strip("0"):
            return push.fixes
        return known.fixes | push.fixes if known is not None and known.sha == push.before else None
