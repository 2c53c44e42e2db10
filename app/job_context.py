"""The context shared by all jobs: GitHub, the database, locks, caches and other per-process state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.engine import Connection, Engine

from app.app_identity import AppIdentity
from app.incident_cache import IncidentCache
from app.notify.recipients import NotifySettings
from app.production_watch import Watches
from app.queue.budget import Budgets
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import RepoJob
from hotfix.github.read.caches import Caches
from hotfix.github.read.life.life_reading import LifeReading, read_life
from hotfix.github.transport.github_app import GitHubApp, Installation
from hotfix.policy import Policy
from hotfix.text.globs import matches_branch

Lock = Callable[..., AbstractContextManager[None]]
"""A function that returns a context manager with locks on names, exclusive among all threads and replicas."""


@dataclass(slots=True, kw_only=True)
class JobContext:
    """The resources available to every job. Jobs run in threads, so each of these is safe to share."""

    github: GitHubApp
    engine: Engine
    lock: Lock
    caches: Caches = field(default_factory=Caches)
    budgets: Budgets = field(default_factory=Budgets)
    me: AppIdentity
    watches: Watches = field(default_factory=Watches)
    lives: IncidentCache = field(default_factory=IncidentCache)
    notify: NotifySettings = field(default_factory=NotifySettings)

    def now(self) -> datetime:
        """Return the current time, timezone-aware."""
        return datetime.now(UTC)

    def client(self, job: RepoJob) -> tuple[Installation, int]:
        """Return the installation with access to the job's repository, and its ID.

        The ID is read from GitHub if the event did not include it.
        """
        number = job.installation or self.github.installation_of(job.repo)
        return self.github.installation(number), number

    def policy(self, repo: str) -> Policy | None:
        """Return the cached policy of a repository; None if it has not been read yet."""
        known = self.caches.policies.get(repo.casefold())
        return known.policy if known is not None else None

    def read_life(self, client: Installation, repo: str, number: int) -> LifeReading:
        """Read an incident from GitHub, as this App sees it. Raises what `life_reading.read_life` raises."""
        now, me = self.now(), self.me
        return read_life(client, self.caches, repo, number, now=now, app=me.app_id, slug=me.slug)

    def read(self) -> AbstractContextManager[Connection]:
        """Return a connection for reading. To write, a job returns `JobResult.record`.

        Each statement reads what is committed then: several statements do not share a snapshot.
        """
        return self.engine.connect()

    def narrowed(self, result: HandlerResult) -> HandlerResult:
        """Return the result of a push reduced to what the cached policy requires.

        A push to a long-lived branch affects all open hotfixes and incidents, a push to a hotfix branch only the
        incidents that its commits fix, and any other push nothing.
        """
        pushed, known = result.push, self.caches.policies.get(result.repo.casefold())
        if pushed is None or known is None or matches_branch(known.long_lived, pushed.branch):
            return result
        if not matches_branch(known.policy.branches.head, pushed.branch):
            return replace(result, jobs=(), only_lives=frozenset())
        return replace(result, jobs=(), only_lives=self.lives.moved(result.repo, pushed))

    def invalidate(self, stale: CacheInvalidation) -> None:
        """Drop the cache entries that a webhook made stale."""
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
