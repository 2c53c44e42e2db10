"""Define the facts about one hotfix that rules may use, bound to one head SHA.

Facts are built by `hotfix.github.read.pull` from the API or by `hotfix.git` from a local clone, and never change.
What a source cannot know is None, or is named in `Facts.missing` when it should have been read and was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from hotfix.text.issue_references import GITHUB

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Person:
    """An account, or a name and address in a commit that belongs to no account (then `login` is empty)."""

    login: str
    is_bot: bool = False
    email: str = ""

    def same_as(self, login: str) -> bool:
        """Return whether both are one person. Logins are case-insensitive on GitHub."""
        return bool(self.login) and self.login.casefold() == login.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit of the hotfix branch, not reachable from the production tag."""

    sha: str
    message: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    co_authors: tuple[Person, ...] = ()
    """From `Co-authored-by:` trailers."""

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1


class Change(StrEnum):
    """How a file changed, in GitHub's words (`removed`, not `deleted`)."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class FileKind(StrEnum):
    """What an entry of a tree is."""

    FILE = "file"
    LINK = "symbolic link"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file that differs between the production tag and the head."""

    path: str
    change: Change
    additions: int
    deletions: int
    previous_path: str | None = None
    """Where a renamed or copied file was before."""
    patch: str | None = None
    """The unified diff's hunks (`@@ ...`), as GitHub gives them; None for binary and very large files."""
    kind: FileKind = FileKind.FILE
    """What it is at the head; of a removed one, what it was."""
    binary: bool = False
    """Its content changed, but it is binary to git, which counts no line of it: media, an archive, or text with a NUL
    byte."""
    mode_changed: bool = False
    """The executable bit changed. GitHub shows that only of files whose content is the same."""
    generated: bool = False
    """`linguist-generated` in the production tag's `.gitattributes`."""
    vendored: bool = False
    """`linguist-vendored` in the production tag's `.gitattributes`."""
    before: str | None = None
    """Whole text at the production tag; read only for dependency manifests, lockfiles and specs."""
    after: str | None = None
    """Whole text at the head; read only for dependency manifests, lockfiles and specs."""

    @property
    def lines(self) -> int:
        """Added and removed together."""
        return self.additions + self.deletions


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """What runs in production now; of a hotfix that runs there itself, what ran before it."""

    tag: str
    """The commit's SHA if it was deployed without a tag."""
    sha: str
    """The commit, not the tag object."""
    known_from: str = "tag"
    """`deployment`, `release` or `tag`: where the tag was found; `option` if the caller named it."""
    shipped_as: str = ""
    """The tag that runs in production now, if it contains the evaluated head already: the hotfix was shipped as it, or
    as a part of it. Empty otherwise."""
    shipped_at: datetime | None = field(default=None, compare=False)
    """When the evaluated head itself was deployed to production, if its deployment says so; for people only."""
    since: datetime | None = field(default=None, compare=False)
    """When it was deployed, if it is known from a deployment; for people only."""
    doubt: str = ""
    """In a clone: one sentence why GitHub might not take this commit for production; empty if nothing speaks against
    it. On GitHub `Facts.missing["production"]` says why it isn't known."""
    shadowed: bool = False
    """Does a branch of the clone have the tag's name?"""

    @property
    def is_tagged(self) -> bool:
        """Whether it has a tag."""
        return self.tag != self.sha

    @property
    def revision(self) -> str:
        """How git commands name it: by the tag, in full if a branch has the tag's name."""
        return f"refs/tags/{self.tag}" if self.shadowed else self.tag


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLived:
    """A branch that lives on (main, develop ...), compared with the head."""

    name: str
    foreign: tuple[str, ...] = ()
    """SHAs between production tag and head that are also on this branch: unreleased work of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """Where the hotfix branch comes from and where it goes."""

    head: str
    on_remote: bool = True
    """May the head branch be on the remote? A clone of one branch does not know; False if it should, and the branch is
    not there."""
    remote: str = "origin"
    """The remote that the head branch is pushed to, in the author's clone; on GitHub nobody knows its name."""
    base: str | None
    """The pull request's base; None in a local clone if none was named."""
    head_patterns: tuple[str, ...]
    """The policy's `branches.head` globs."""
    allowed_bases: tuple[str, ...]
    """The policy's `branches.base` globs."""
    tag_is_ancestor: bool | None
    """Is the production tag an ancestor of the head? None if not known."""
    merge_base: str | None = None
    """Merge base of production tag and head; None if there is none or it is not known."""
    long_lived: tuple[LongLived, ...] = ()


class ReviewState(StrEnum):
    """What a review says, in GitHub's words."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review, as it was submitted."""

    author: Person
    state: ReviewState
    sha: str
    """The commit the review was given on."""
    submitted_at: datetime
    dismissed_by: Person | None = None
    """Who dismissed it; None for a review that stands, or if that is not known."""
    before_dismissal: ReviewState | None = None
    """What a dismissed review said; None for a review that stands, or if that is not known."""


class CheckState(StrEnum):
    """How a check stands. What is neutral or skipped has passed, as for GitHub."""

    PASSED = "passed"
    FAILED = "failed"
    RUNNING = "running"
    EXPECTED = "expected"
    """Required, and not reported on the head yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check run or commit status on the head SHA, other than our own."""

    name: str
    state: CheckState
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """What only GitHub knows of the hotfix."""

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
    """Logins; teams as `org/team`."""
    review_requested_at: datetime | None = None
    """When a tech lead was first asked, for the review's clock."""
    reviews: tuple[Review, ...] = ()
    """In the order they were submitted."""
    base_changed_at: datetime | None = None
    """When the base was last changed or force-pushed; None if it never was."""
    body_edited_at: datetime | None = None
    """When the body was last edited; None if it never was."""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who may do what, teams resolved to logins."""

    tech_leads: frozenset[str] = frozenset()
    security: frozenset[str] = frozenset()
    incident_commanders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A rule set aside by someone who may, for one head SHA. Its authority is checked before it becomes a fact."""

    rule: str
    by: str
    reason: str
    at: datetime
    sha: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyChange:
    """One package that GitHub's dependency review found added or removed."""

    change: str
    """`added` or `removed`."""
    manifest: str
    ecosystem: str
    name: str
    version: str
    vulnerabilities: tuple[str, ...] = ()
    """Advisory ids known for that version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of it. A rule that needs to know something new adds a field."""

    repo: str
    """`owner/name`; empty in a clone without a remote."""
    host: str = GITHUB
    """Where the repository is; empty if a clone doesn't tell, since its remote is named by an alias."""
    head_sha: str
    now: datetime
    """The time of the evaluation, aware; rules have no clock of their own."""
    production: Production | None
    """None if nothing was ever released (or the clone has no tags: then `missing["production"]` says so)."""
    branches: Branches
    commits: tuple[Commit, ...]
    """Oldest first: production tag (exclusive) to head."""
    files: tuple[File, ...]
    people: People = field(default_factory=People)
    pull: PullRequest | None = None
    """None in a local clone: what only GitHub knows is not evaluated there."""
    overrides: tuple[Override, ...] = ()
    dependency_review: tuple[DependencyChange, ...] | None = None
    """None if the repository has no dependency review."""
    root_manifests: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """Texts of the root manifests at the head, by path; read only if a manifest among fixtures or examples changed."""
    spec_path: str = "specs/hotfix-*.md"
    """The policy's `rules.spec.path`: more rules than one read the spec."""
    missing: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """Field of Facts -> one sentence why it could not be read and what brings it. Where GitHub caps a list
    (3,000 files, 250 commits), `missing["files"]` or `missing["commits"]` says so and the list holds what there is."""
    passing: frozenset[str] = frozenset()
    """The keys of `missing` whose reason passes, such as a branch that GitHub does not show yet. Every other reason
    lasts until something changes: a limit of GitHub's, a missing permission, a wrong policy."""

    @property
    def own_commits(self) -> tuple[Commit, ...]:
        """The commits that are not unreleased work of a long-lived branch (those are the `branch` rule's); all of
        them if none would be left, as after a back-merge."""
        foreign = {sha for branch in self.branches.long_lived for sha in branch.foreign}
        return tuple(c for c in self.commits if c.sha not in foreign) or self.commits
