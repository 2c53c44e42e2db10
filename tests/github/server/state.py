"""State of the simulated GitHub: plain records. Behaviour is in `world`, `rest`, `events` and `graphql`."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.github.server.repository.git import GitRepo
from tests.github.server.run_state import (
    CheckRun,
    CheckSuite,
    Deployment,
    Environment,
    Release,
    Status,
    WorkflowRun,
)  # fmt: skip

JSON = dict[str, Any]

ROLES = ("none", "pull", "triage", "push", "maintain", "admin")


def at_least(role: str, wanted: str) -> bool:
    return ROLES.index(role) >= ROLES.index(wanted)


@dataclass(eq=False)
class Account:
    id: int
    login: str
    type: str
    """`User`, `Organization` or `Bot`."""
    created_at: datetime
    name: str | None = None
    email: str | None = None
    site_admin: bool = False
    deleted: bool = False
    node_prefix: str = "U"
    members: dict[int, str] = field(default_factory=dict)
    """For an organization: account ID -> `member` or `admin`."""
    teams: dict[str, Team] = field(default_factory=dict)
    app: App | None = None
    """The App that a bot belongs to."""

    @property
    def is_org(self) -> bool:
        return self.type == "Organization"

    @property
    def node_id(self) -> str:
        return f"{self.node_prefix}_{self.id}"


@dataclass(eq=False)
class Team:
    id: int
    slug: str
    name: str
    org: Account
    permission: str = "pull"
    privacy: str = "closed"
    description: str | None = None
    members: dict[int, str] = field(default_factory=dict)
    """Account ID -> `member` or `maintainer`."""
    repos: dict[int, str] = field(default_factory=dict)
    """Repository ID -> role."""
    parent: Team | None = None

    @property
    def everyone(self) -> dict[int, str]:
        """Return the members of the team and of its child teams."""
        below = {n: role for t in self.org.teams.values() if t.parent is self for n, role in t.everyone.items()}
        return {**below, **self.members}

    @property
    def node_id(self) -> str:
        return f"T_{self.id}"


@dataclass(eq=False)
class App:
    id: int
    slug: str
    name: str
    owner: Account
    bot: Account
    permissions: dict[str, str]
    events: list[str]
    public_key: Any
    private_pem: str
    client_id: str
    created_at: datetime
    webhook_secret: str
    webhook_url: str | None = None
    webhook_content_type: str = "json"
    webhook_insecure_ssl: str = "0"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(20))
    callback_urls: tuple[str, ...] = ()


@dataclass(eq=False)
class Installation:
    id: int
    app: App
    account: Account
    selection: str
    repo_ids: set[int]
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    suspended_at: datetime | None = None

    def covers(self, repo: Repo) -> bool:
        return repo.owner is self.account and (self.selection == "all" or repo.id in self.repo_ids)


@dataclass(eq=False)
class Token:
    text: str
    kind: str
    """`user`, `installation` or `actions` (a workflow job's own GITHUB_TOKEN)."""
    account: Account
    installation: Installation | None = None
    permissions: dict[str, str] = field(default_factory=dict)
    repo_ids: set[int] | None = None
    expires_at: datetime | None = None
    revoked: bool = False
    reaches: Callable[[Repo], bool] | None = None
    """For a user who logged in through an App: returns whether the token reaches a private repository."""


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None
    default: bool = False


@dataclass(eq=False)
class Reaction:
    id: int
    user: Account
    content: str
    created_at: datetime


@dataclass(eq=False)
class Comment:
    id: int
    user: Account
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)
    editor: Account | None = None
    minimized: str | None = None
    """Why the comment is hidden, as a classifier of GitHub: `outdated` ..."""


@dataclass(eq=False)
class Event:
    """One item of an issue's or pull request's timeline."""

    id: int
    kind: str
    """Name in the REST API: `labeled`, `review_requested`, `head_ref_force_pushed` ..."""
    actor: Account
    at: datetime
    detail: JSON = field(default_factory=dict)


@dataclass(eq=False)
class Issue:
    id: int
    number: int
    repo: Repo
    title: str
    body: str | None
    user: Account
    created_at: datetime
    updated_at: datetime
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: Account | None = None
    body_edited_at: datetime | None = None
    locked: bool = False
    comments: list[Comment] = field(default_factory=list)
    timeline: list[Event] = field(default_factory=list)
    app: App | None = None
    pull: Pull | None = None
    reactions: list[Reaction] = field(default_factory=list)
    parent: Issue | None = None
    sub_issues: list[Issue] = field(default_factory=list)
    editor: Account | None = None
    """The account that last edited the body."""


@dataclass(eq=False)
class Review:
    id: int
    user: Account
    state: str
    body: str
    commit_id: str
    submitted_at: datetime | None
    author_association: str = "MEMBER"


@dataclass(eq=False)
class Pull:
    id: int
    issue: Issue
    head_repo: Repo | None
    head_label: str
    """`owner:branch`, kept after the fork is deleted."""
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    requested_users: list[Account] = field(default_factory=list)
    requested_teams: list[Team] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    auto_merge: JSON | None = None
    queued: tuple[str, str, str] | None = None
    """Ref, base SHA and head SHA of its merge group if it is in the merge queue."""

    @property
    def number(self) -> int:
        return self.issue.number

    @property
    def repo(self) -> Repo:
        return self.issue.repo


@dataclass
class Protection:
    """Protection of one branch; `ruleset`: by a ruleset rather than classic branch protection."""

    required_checks: dict[str, int | None] = field(default_factory=dict)
    """Name -> the App that must report the check; None for any."""
    required_reviews: int = 0
    merge_queue: bool = False
    ruleset: bool = False
    linear_history: bool = False
    signatures: bool = False
    """Whether each commit must have a verified signature, which only the commits that GitHub makes have here."""
    merge_methods: tuple[str, ...] = ("merge", "squash", "rebase")
    """The merge methods that a ruleset allows; the merge queue uses the first."""


@dataclass(eq=False)
class Repo:
    id: int
    name: str
    owner: Account
    git: GitRepo
    created_at: datetime
    default_branch: str = "main"
    private: bool = False
    tag_rules: dict[str, list[str]] = field(default_factory=dict)
    """Glob of tags -> actions that a ruleset restricts: `creation`, `update`, `deletion`."""
    description: str | None = None
    parent: Repo | None = None
    pushed_at: datetime | None = None
    settings: JSON = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    collaborators: dict[int, str] = field(default_factory=dict)
    suites: list[CheckSuite] = field(default_factory=list)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    """Deployments, oldest first."""
    releases: list[Release] = field(default_factory=list)
    environments: dict[str, Environment] = field(default_factory=dict)
    protections: dict[str, Protection] = field(default_factory=dict)
    rulesets: list[JSON] = field(default_factory=list)
    """Rulesets in the order of creation."""
    burned_refs: set[str] = field(default_factory=set)
    """Tags of deleted immutable releases, which GitHub never allows to be created again."""
    restricted_refs: dict[str, str] = field(default_factory=dict)
    """Ref prefix -> the rule by which a ruleset refuses to create such refs."""
    undeletable_refs: list[str] = field(default_factory=list)
    """Ref prefixes whose deletion a ruleset restricts."""
    runs: list[WorkflowRun] = field(default_factory=list)
    dependency_reviews: dict[tuple[str, str], list[JSON]] = field(default_factory=dict)
    next_number: int = 1
    suites_by_sha: dict[str, list[CheckSuite]] = field(default_factory=dict)
    deleted: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def node_id(self) -> str:
        return f"R_{self.id}"

    @property
    def pulls(self) -> list[Pull]:
        return [issue.pull for issue in self.issues.values() if issue.pull]
