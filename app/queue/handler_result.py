"""Define the result of a webhook handler: the jobs and stale caches of one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.queue.jobs import Job
from app.storage.pulls import Head, HeadChecked


class Cache(StrEnum):
    """The caches that a webhook can make stale."""

    POLICY = "policy"
    TEAM = "team"
    PRODUCTION = "production"
    REPO = "repo"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class CacheInvalidation:
    """One cached thing that is no longer to be believed."""

    cache: Cache
    of: str
    """`owner/name`; the organization for TEAM, the number for INSTALLATION."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPush:
    """A push to another branch than the default one."""

    branch: str
    before: str
    tip: str
    fixes: frozenset[int]
    """The issues that the message of the new tip fixes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerResult:
    """All that one event asks for."""

    jobs: tuple[Job, ...] = ()
    invalidations: tuple[CacheInvalidation, ...] = ()
    head: Head | None = None
    checked: HeadChecked | None = None
    repo: str = ""
    renamed_from: str | None = None
    """What `repo` was called before this event."""
    wakes_protections: bool = False
    """Deployments of `repo` that are held may be answered now."""
    wakes_lives: bool = False
    """The incidents and hotfixes of `repo` whose life goes on may have moved."""
    only_lives: frozenset[int] | None = None
    """If lives are woken: only these."""
    push: BranchPush | None = None
    """The policy may say that less than this is asked for: see `JobContext.narrowed`."""

    @property
    def log_fields(self) -> Mapping[str, object]:
        """The pull request and the commit that the event is about, for the log."""
        if self.head:
            return {"pull": self.head.number, "sha": self.head.sha}
        if self.checked:
            return {"sha": self.checked.sha}
        job = next(iter(self.jobs), None)
        return {"pull": getattr(job, "number", None), "sha": getattr(job, "sha", None)}

    @property
    def nothing(self) -> bool:
        """Whether the event asks for nothing at all."""
        wakes = self.wakes_protections or self.wakes_lives
        return not (self.jobs or self.invalidations or self.head or self.checked or wakes)
