"""The facts about one hotfix at one head SHA: the only input of the rules besides the policy.

Facts are built by `hotfix.github.read.pull` from the API or by `hotfix.git` from a local clone, and are immutable.
A field that a source cannot provide is None; one that could not be read although it should have been is listed in
`Facts.missing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from hotfix.severities import Severity
from hotfix.text.issue_references import GITHUB

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Person:
    """An account, or a commit's name and email address that belong to no account (`login` is empty then)."""

    login: str
    is_bot: bool = False
    email: str = ""

    def same_as(self, login: str) -> bool:
        """Return whether the login is this person's. Logins are case-insensitive on GitHub."""
        return bool(self.login) and self.login.casefold() == login.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of the hotfix branch that is not reachable from the production tag."""

    sha: str
    message: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    co_authors: tuple[Person, ...] = ()
    """The people in `Co-authored-by:` trailers."""

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1


class Change(StrEnum):
    """The kind of change to a file, with GitHub's values (`removed`, not `deleted`)."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class FileKind(StrEnum):
    """The kind of an entry in a git tree."""

    FILE = "file"
    LINK = "symbolic link"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that differs between the production tag and the head."""

    path: str
    change: Change
    additions: int
    deletions: int
    previous_path: str | None = None
    """The path that a renamed or copied file had before."""
    patch: str | None = None
    """The unified diff's hunks (`@@ ...`), as GitHub returns them; None for binary and very large files."""
    kind: FileKind = FileKind.FILE
    """The kind at the head; for a removed file, the kind that it had."""
    binary: bool = False
    """The content changed, but git treats it as binary and counts no lines: media, an archive, or text with a NUL
    byte."""
    mode_changed: bool = False
    """The executable bit changed. GitHub shows this only for files whose content is unchanged."""
    generated: bool = False
    """`linguist-generated` in the production tag's `.gitattributes`."""
    vendored: bool = False
    """`linguist-vendored` in the production tag's `.gitattributes`."""
    before: str | None = None
    """The full text at the production tag; read only for dependency manifests, lockfiles and specs."""
    after: str | None = None
    """The full text at the head; read only for dependency manifests, lockfiles and specs."""

    @property
    def lines(self) -> int:
        """The number of added and removed lines."""
        return self.additions + self.deletions


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedDeployment:
    """The end of the last deployment of a commit to production, if the commit does not run there."""

    at: datetime
    """The time of its last status."""
    ran: bool
    """Whether it had succeeded before it failed or was replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """The baseline: what runs in production now or, if that contains the hotfix, the previous version."""

    tag: str
    """The commit's SHA if it was deployed without a tag."""
    sha: str
    """The commit, not the tag object."""
    known_from: str = "tag"
    """The source of the tag: `deployment`, `release` or `tag`, or `option` if the caller named it."""
    shipped_as: str = ""
    """The tag that runs in production now, if it already contains the evaluated head: the hotfix was shipped as this
    tag, or as part of it. Empty otherwise."""
    shipped_at: datetime | None = field(default=None, compare=False)
    """The time at which the evaluated head itself was deployed to production, if there is a deployment; for display."""
    since: datetime | None = field(default=None, compare=False)
    """The time of the deployment, if production is known from one; for display."""
    ended: EndedDeployment | None = field(default=None, compare=False)
    """How the last deployment of the evaluated head ended, if the head does not run in production; for display."""
    doubt: str = ""
    """One sentence on why GitHub might not accept this clone's production commit; empty if there is no reason.
    On GitHub, `Facts.missing["production"]` says why production is unknown."""
    shadowed: bool = False
    """Whether a branch of the clone has the same name as the tag."""

    @property
    def is_tagged(self) -> bool:
        """Whether production has a tag."""
        return self.tag != self.sha

    @property
    def revision(self) -> str:
        """The revision for git commands: the tag, as a full ref if a branch has the same name."""
        return f"refs/tags/{self.tag}" if self.shadowed else self.tag


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLived:
    """A long-lived branch (main, develop ...), compared with the head."""

    name: str
    foreign: tuple[str, ...] = ()
    """The SHAs between production tag and head that are also on this branch: unreleased work of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """The hotfix branch: its origin, its base and its relation to the long-lived branches."""

    head: str
    on_remote: bool = True
    """Whether the head branch may exist on the remote. A single-branch clone cannot tell, so this is True there; False
    if the clone has several remote branches, but not this one."""
    remote: str = "origin"
    """The remote that the head branch is pushed to in the author's clone; its name isn't known on GitHub."""
    base: str | None
    """The pull request's base branch; None in a local clone if none was given."""
    head_patterns: tuple[str, ...]
    """The policy's `branches.head` globs."""
    allowed_bases: tuple[str, ...]
    """The policy's `branches.base` globs."""
    tag_is_ancestor: bool | None
    """Whether the production tag is an ancestor of the head; None if unknown."""
    merge_base: str | None = None
    """The merge base of production tag and head; None if there is none or it is unknown."""
    long_lived: tuple[LongLived, ...] = ()


class ReviewState(StrEnum):
    """The state of a review, with GitHub's values."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A submitted review."""

    author: Person
    state: ReviewState
    sha: str
    """The reviewed commit."""
    submitted_at: datetime
    dismissed_by: Person | None = None
    """The person who dismissed it; None if it was not dismissed, or if unknown."""
    before_dismissal: ReviewState | None = None
    """The state before the dismissal; None if it was not dismissed, or if unknown."""


class CheckState(StrEnum):
    """The state of a check. Neutral and skipped checks have passed, as on GitHub."""

    PASSED = "passed"
    FAILED = "failed"
    RUNNING = "running"
    EXPECTED = "expected"
    """Required, but not reported on the head yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check run or commit status on the head SHA, other than the App's own."""

    name: str
    state: CheckState
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """The pull request of the hotfix: facts that are available only on GitHub."""

    number: int
    title: str
    body: str
    author: Person | None
    """None if the account was deleted."""
    draft: bool
    open: bool
    merged: bool = False
    created_at: datetime
    labels: tuple[str, ...]
    head_repo: str | None
    """`owner/name`; None if the fork was deleted."""
    requested_reviewers: tuple[str, ...] = ()
    """Logins of users, and teams as `org/team`."""
    review_requested_at: datetime | None = None
    """The time of the first review request to a tech lead since the last decision on an earlier head."""
    ready_at: datetime | None = None
    """The time at which it was last marked as ready for review; None if it never was a draft."""
    head_pushed_at: datetime | None = None
    """The time at which the head was pushed; None if unknown."""
    requesting: str = ""
    """The login of the tech lead whose review the App requests along with this verdict; empty if it requests none."""
    reviews: tuple[Review, ...] = ()
    """The reviews in order of submission."""
    base_changed_at: datetime | None = None
    """The time at which the base was last changed or force-pushed; None if never."""
    body_edited_at: datetime | None = None
    """The time of the last edit of the body; None if never."""
    checks: tuple[Check, ...] = ()
    incidents: tuple[tuple[int, Severity], ...] = ()
    """The incidents that GitHub links to it as closed by it, with the severities that their labels show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The members of each role, with teams resolved to logins."""

    tech_leads: frozenset[str] = frozenset()
    security: frozenset[str] = frozenset()
    incident_commanders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An override of a rule for one head SHA. The author's permission is checked before it becomes a fact."""

    rule: str
    by: str
    reason: str
    at: datetime
    sha: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyChange:
    """A package that was added or removed according to GitHub's dependency review."""

    change: str
    """`added` or `removed`."""
    manifest: str
    ecosystem: str
    name: str
    version: str
    vulnerabilities: tuple[str, ...] = ()
    """The IDs of the advisories for that version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All facts about a hotfix. A rule that needs new information adds a field."""

    repo: str
    """`owner/name`; empty in a clone without a remote."""
    host: str = GITHUB
    """The host of the repository; empty if it can't be determined because the clone's remote URL uses an alias."""
    head_sha: str
    now: datetime
    """The time of the evaluation, timezone-aware; rules never read the clock themselves."""
    production: Production | None
    """None if nothing was ever released, or if the clone has no tags, which `missing["production"]` then says."""
    branches: Branches
    commits: tuple[Commit, ...]
    """The commits from the production tag (exclusive) to the head, oldest first."""
    files: tuple[File, ...]
    people: People = field(default_factory=People)
    pull: PullRequest | None = None
    """None in a local clone, where rules that need facts from GitHub are not evaluated."""
    overrides: tuple[Override, ...] = ()
    dependency_review: tuple[DependencyChange, ...] | None = None
    """None if the repository has no dependency review."""
    root_manifests: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """The root manifests' texts at the head, by path; read only if a manifest among fixtures or examples changed."""
    spec_path: str = "specs/hotfix-*.md"
    """The policy's `rules.spec.path`; a fact because several rules read the spec."""
    missing: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """Field of Facts -> one sentence on why it could not be read and how to fix that. If GitHub caps a list
    (3,000 files, 250 commits), `missing["files"]` or `missing["commits"]` says so and the list is partial."""
    passing: frozenset[str] = frozenset()
    """The keys of `missing` whose reason is temporary, such as a branch that GitHub does not show yet. Every other
    reason is permanent until something changes: a GitHub limit, a missing permission, an invalid policy."""

    @property
    def own_commits(self) -> tuple[Commit, ...]:
        """The commits without a long-lived branch's unreleased work (which the `branch` rule reports); all commits if
        none would be left, as after a back-merge."""
        foreign = {sha for branch in self.branches.long_lived for sha in branch.foreign}
        return tuple(c for c in self.commits if c.sha not in foreign) or self.commits
