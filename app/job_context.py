"""Define what every job may use: GitHub, the database, locks, caches and what else its process remembers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.engine import Connection, Engine

from app.app_identity import AppIdentity
from app.life_memory import LifeMemory
from app.notify.recipients import NotifySettings
from app.production_watch import Watches
from app.queue.budget import Budgets
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import RepoJob
from hotfix.github.read.caches import Caches
from hotfix.github.transport.github_app import GitHubApp, Installation
from hotfix.policy import Policy
from hotfix.text.globs import matches_branch

Lock = Callable[..., AbstractContextManager[None]]
"""Holds names, against every other thread and replica."""


@dataclass(slots=True, kw_only=True)
class JobContext:
    """What every job may use. Jobs run in threads; all of it may be shared by them."""

    github: GitHubApp
    engine: Engine
    lock: Lock
    caches: Caches = field(default_factory=Caches)
    budgets: Budgets = field(default_factory=Budgets)
    me: AppIdentity
    watches: Watches = field(default_factory=Watches)
    lives: LifeMemory = field(default_factory=LifeMemory)
    notify: NotifySettings = field(default_factory=NotifySettings)

    def now(self) -> datetime:
        """Return the time of the evaluation, aware."""
        return datetime.now(UTC)

    def client(self, job: RepoJob) -> tuple[Installation, int]:
        """Return the installation that reaches the job's repository, and its number.

        GitHub is asked for it if the event did not say.
        """
        number = job.installation or self.github.installation_of(job.repo)
        return self.github.installation(number), number

    def policy(self, repo: str) -> Policy | None:
        """Return the repository's policy as last read; None if it was not read yet."""
        known = self.caches.policies.get(repo.casefold())
        return known.policy if known is not None else None

    def read(self) -> AbstractContextManager[Connection]:
        """Return a connection for reading. To write, a job returns a `record` function."""
        return self.engine.connect()

    def narrowed(self, result: HandlerResult) -> HandlerResult:
        """Return what a push to a branch asks for by the policy as last read: that a long-lived branch moved concerns
        all open hotfixes and lives, one of a hotfix the lives that its commits fix, any other nothing."""
        pushed, known = result.push, self.caches.policies.get(result.repo.casefold())
        if pushed is None or known is None or matches_branch(known.long_lived, pushed.branch):
            return result
        if not matches_branch(known.policy.branches.head, pushed.branch):
            return replace(result, jobs=(), only_lives=frozenset())
        return replace(result, jobs=(), only_lives=self.lives.moved(result.repo, pushed))

    def invalidate(self, stale: CacheInvalidation) -> None:
        """Drop what a webhook made stale."""
        match stale.cache:
            case Cache.POLICY:
                self.caches.policy_changed(stale.of)
            case Cache.TEAM:
                self.caches.people_changed(stale.of)
            case Cache.PRODUCTION:
                self.caches.production_moved(stale.of)
            case Cache.REPO:
                self.caches.repository_deleted(stale.of)
            case Cache.INSTALLATION:
                self.github.forget(int(stale.of))
