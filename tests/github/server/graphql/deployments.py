"""Views of deployments and releases."""

from __future__ import annotations

import json
from typing import Any

from tests.github.server.clock import iso, iso_or_none
from tests.github.server.graphql.context import JSON, Context, View, actor_view, connection, directed
from tests.github.server.graphql.git import Commit, Ref
from tests.github.server.run_state import Deployment as Record
from tests.github.server.run_state import DeploymentStatus as StatusRecord
from tests.github.server.run_state import Release as ReleaseRecord
from tests.github.server.state import Repo

STATES = {"success": "ACTIVE", "failure": "FAILURE", "error": "ERROR", "inactive": "INACTIVE", "pending": "PENDING",
          "queued": "QUEUED", "in_progress": "IN_PROGRESS"}  # fmt: skip


class Deployment(View):
    typename = "Deployment"

    def __init__(self, context: Context, one: Record) -> None:
        super().__init__(context)
        self._one = one
        self.id = f"DE_{one.id}"
        self.databaseId = one.id
        self.commitOid = one.sha
        self.environment = self.originalEnvironment = self.latestEnvironment = one.environment
        self.task = one.task
        self.description = one.description
        self.payload = json.dumps(one.payload)
        self.createdAt = iso(one.created_at)
        self.updatedAt = iso(one.updated_at)
        self.state = STATES[one.statuses[-1].state] if one.statuses else "PENDING"

    @property
    def commit(self) -> View:
        return Commit(self._context, self._one.repo, self._one.sha)

    @property
    def creator(self) -> View | None:
        return actor_view(self._context, self._one.creator)

    @property
    def ref(self) -> View | None:
        for kind in ("heads", "tags"):
            name = f"refs/{kind}/{self._one.ref}"
            if name in self._one.repo.git.refs:
                return Ref(self._context, self._one.repo, name)
        return None

    @property
    def repository(self) -> View:
        from tests.github.server.graphql.repository import Repository

        return Repository(self._context, self._one.repo)

    @property
    def latestStatus(self) -> View | None:
        return DeploymentStatus(self._context, self._one, self._one.statuses[-1]) if self._one.statuses else None

    def statuses(self, **page: Any) -> JSON:
        newest_first = self._one.statuses[::-1]
        return connection(newest_first, lambda s: DeploymentStatus(self._context, self._one, s), **page)


class DeploymentStatus(View):
    typename = "DeploymentStatus"

    def __init__(self, context: Context, on: Record, one: StatusRecord) -> None:
        super().__init__(context)
        self._on, self._one = on, one
        self.id = f"DES_{one.id}"
        self.state = one.state.upper()
        self.description = one.description or None
        self.environmentUrl = one.environment_url or None
        self.logUrl = one.log_url or None
        self.createdAt = self.updatedAt = iso(one.created_at)

    @property
    def creator(self) -> View | None:
        return actor_view(self._context, self._one.creator)

    @property
    def deployment(self) -> View:
        return Deployment(self._context, self._on)


def deployments(
    context: Context, repo: Repo, environments: list[str] | None, orderBy: JSON | None, sha: str | None = None,
    **page: Any,
) -> JSON:  # fmt: skip
    context.need(repo, "deployments")
    found = [d for d in repo.deployments if sha in (None, d.sha)]
    if environments:
        found = [d for d in found if d.environment in environments]
    found = directed(found, orderBy, lambda d: (d.created_at, d.id))
    return connection(found, lambda d: Deployment(context, d), **page)


class Release(View):
    typename = "Release"

    def __init__(self, context: Context, repo: Repo, one: ReleaseRecord) -> None:
        super().__init__(context)
        self._repo, self._one = repo, one
        self.id = f"RE_{one.id}"
        self.databaseId = one.id
        self.tagName = one.tag
        self.name = one.name
        self.description = one.body
        self.isDraft = one.draft
        self.isPrerelease = one.prerelease
        self.createdAt = self.updatedAt = iso(one.created_at)
        self.publishedAt = iso_or_none(one.published_at)
        self.url = f"{self._world.url}/{repo.full_name}/releases/tag/{one.tag}"

    @property
    def isLatest(self) -> bool:
        return self._one is latest_release(self._repo)

    @property
    def author(self) -> View | None:
        return actor_view(self._context, self._one.author)

    @property
    def tag(self) -> View | None:
        ref = f"refs/tags/{self._one.tag}"
        return Ref(self._context, self._repo, ref) if ref in self._repo.git.refs else None

    @property
    def tagCommit(self) -> View | None:
        sha = self._repo.git.resolve(f"refs/tags/{self._one.tag}")
        return Commit(self._context, self._repo, sha) if sha else None


def latest_release(repo: Repo) -> ReleaseRecord | None:
    """Return the newest release by commit date, excluding drafts and prereleases."""
    found = [r for r in repo.releases if not r.draft and not r.prerelease]
    return max(found, key=lambda r: (r.created_at, r.id), default=None)
