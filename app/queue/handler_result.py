"""The result of a webhook handler: the jobs and stale caches of one event."""

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
    """A cache entry that is no longer valid."""

    cache: Cache
    of: str
    """The repository as `owner/name`; the organization for TEAM, the installation ID for INSTALLATION."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPush:
    """A push to a branch other than the default branch."""

    branch: str
    before: str
    tip: str
    fixes: frozenset[int]
    """The issues that the commit message of the new tip fixes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerResult:
    """Everything that one event requires."""

    jobs: tuple[Job, ...] = ()
    invalidations: tuple[CacheInvalidation, ...] = ()
    head: Head | None = None
    checked: HeadChecked | None = None
    repo: str = ""
    renamed_from: str | None = None
    """The name of `repo` before this event."""
    wakes_protections: bool = False
    """Whether held deployments of `repo` may be decided now."""
    wakes_lives: bool = False
    """Whether open incidents and hotfixes of `repo` may have changed and are reconciled."""
    only_lives: frozenset[int] | None = None
    """The incidents to reconcile if `wakes_lives` is set; None for all."""
    push: BranchPush | None = None
    """The push, if any. The policy may reduce what it requires: see `JobContext.narrowed`."""

    @property
    def log_fields(self) -> Mapping[str, object]:
        """The pull request and the commit of the event, for the log."""
        if self.head:
            return {"pull": self.head.number, "sha": self.head.sha}
        if self.checked:
            return {"sha": self.checked.sha}
        job = next(iter(self.jobs), None)
        return {"pull": getattr(job, "number", None), "sha": getattr(job, "sha", None)}

    @property
    def nothing(self) -> bool:
        """Whether the event requires nothing."""
        wakes = self.wakes_protections or self.wakes_lives
        return not (self.jobs or self.invalidations or self.head or self.checked or wakes)
