"""What every job may use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection, Engine

from app.queue.budget import Budgets
from app.queue.jobs import Cache, CacheInvalidation, Job
from app.web.handlers import AppIdentity
from hotfix.github.read.caches import Caches
from hotfix.github.transport.client import GitHubApp, Installation
from hotfix.policy import Policy

Lock = Callable[..., AbstractContextManager[None]]
"""Holds names, against every other thread and replica."""


@dataclass(slots=True, kw_only=True)
class Context:
    """Jobs run in threads; all of it may be shared by them."""

    github: GitHubApp
    engine: Engine
    lock: Lock
    caches: Caches = field(default_factory=Caches)
    budgets: Budgets = field(default_factory=Budgets)
    me: AppIdentity

    def now(self) -> datetime:
        """The time of judging, aware."""
        return datetime.now(UTC)

    def client(self, repo: str, installation: int) -> tuple[Installation, int]:
        """The installation that reaches `repo`, and its number; asked of GitHub where the event did not say."""
        number = installation or self.github.installation_of(repo)
        return self.github.installation(number), number

    def policy(self, repo: str) -> Policy | None:
        """The repository's policy as last read; None when it was not read yet."""
        known = self.caches.policies.get(repo.casefold())
        return known.policy if known is not None else None

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading; writing is the writer's, by what a job returns."""
        return self.engine.connect()

    def forget(self, forget: CacheInvalidation) -> None:
        """Drop what a webhook says is no longer so."""
        match forget.cache:
            case Cache.POLICY:
                self.caches.policy_changed(forget.of)
            case Cache.TEAM:
                self.caches.people_changed(forget.of)
            case Cache.PRODUCTION:
                self.caches.production_moved(forget.of)
            case Cache.REPO:
                self.caches.repo_gone(forget.of)
            case Cache.INSTALLATION:
                self.github.forget(int(forget.of))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a job that ran through leaves behind; written in the transaction that marks it done."""

    jobs: tuple[Job, ...] = ()
    record: Callable[[Connection], Any] | None = None
