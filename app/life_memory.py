"""Remember lives between jobs, so that a push reads only the incidents that it can move."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from app.queue.handler_result import BranchPush
from hotfix.github.read.caches import RecentCache

BELIEVED_FOR = 900.0
"""Seconds for which an issue is believed not to be an incident although no event said otherwise: one may be lost."""


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
class LifeMemory:
    """What a process remembers of incidents, shared by its threads.

    Another replica remembers something else, and so reads once more.
    """

    _ordinary: RecentCache[str, _Ordinary] = field(default_factory=RecentCache)
    _tips: RecentCache[tuple[str, str], _Tip] = field(default_factory=RecentCache)

    def not_an_incident(self, key: str, generation: int, label: str) -> None:
        """Remember that the job `key`, at this generation, found no incident; `label` is what would make one."""
        self._ordinary.put(key, _Ordinary(generation, label, time.monotonic() + BELIEVED_FOR))

    def is_ordinary(self, key: str, generation: int | None, label: str) -> bool:
        """Return whether the issue is known not to be an incident.

        Not if an event has enqueued its job since: the generation grew.
        """
        known = self._ordinary.get(key)
        return (
            known is not None
            and (known.generation, known.label) == (generation, label)
            and (time.monotonic() < known.until)
        )

    def moved(self, repo: str, push: BranchPush) -> frozenset[int] | None:
        """Remember what a branch's new tip fixes. Return the issues that its old or new tip fixes; None if the old one
        is not known."""
        key = (repo.casefold(), push.branch)
        known = self._tips.get(key)
        self._tips.put(key, _Tip(push.tip, push.fixes))
        if not push.before.strip("0"):
            return push.fixes
        return known.fixes | push.fixes if known is not None and known.sha == push.before else None
