"""State of a repository's checks, deployments, releases and workflow runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.github.server.state import JSON, Account, App, Repo


@dataclass(eq=False)
class CheckSuite:
    id: int
    repo: Repo
    app: App
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime
    runs: list[CheckRun] = field(default_factory=list)
    before: str | None = None
    requested: bool = False


@dataclass(eq=False)
class CheckRun:
    id: int
    suite: CheckSuite
    name: str
    status: str
    started_at: datetime
    conclusion: str | None = None
    completed_at: datetime | None = None
    external_id: str = ""
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[JSON] = field(default_factory=list)
    actions: list[JSON] = field(default_factory=list)

    @property
    def head_sha(self) -> str:
        return self.suite.head_sha


@dataclass(eq=False)
class Status:
    id: int
    sha: str
    context: str
    state: str
    creator: Account
    created_at: datetime
    description: str | None = None
    target_url: str | None = None


@dataclass(eq=False)
class DeploymentStatus:
    id: int
    state: str
    creator: Account
    created_at: datetime
    description: str = ""
    environment: str = ""
    environment_url: str = ""
    log_url: str = ""
    app: App | None = None


@dataclass(eq=False)
class Deployment:
    id: int
    repo: Repo
    sha: str
    ref: str
    task: str
    environment: str
    payload: Any
    description: str | None
    creator: Account
    created_at: datetime
    updated_at: datetime
    transient: bool = False
    production: bool = False
    app: App | None = None
    statuses: list[DeploymentStatus] = field(default_factory=list)
    """Statuses, oldest first."""


@dataclass(eq=False)
class Release:
    id: int
    tag: str
    target: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    author: Account
    created_at: datetime
    published_at: datetime | None


@dataclass(eq=False)
class Environment:
    id: int
    name: str
    created_at: datetime
    protected: bool = False
    reviewers: list[Account] = field(default_factory=list)
    branches: list[str] | None = None
    """Globs of branches that may deploy; empty for protected branches, None for any branch."""


@dataclass(eq=False)
class WorkflowRun:
    id: int
    repo: Repo
    workflow: str
    event: str
    ref: str
    sha: str
    actor: Account
    created_at: datetime
    inputs: JSON = field(default_factory=dict)
    status: str = "queued"
    conclusion: str | None = None
    answers: list[JSON] = field(default_factory=list)
    environment: str | None = None
    attempt: int = 1
