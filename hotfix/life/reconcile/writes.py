"""Define the writes of a plan, as data; `hotfix.github.write.life_writes` makes them."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix.life.record import GivenCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class PostComment:
    """Write a comment, unless one with this marker is there."""

    place: int
    marker: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditComment:
    """Replace the text of one of our comments."""

    id: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HideComment:
    """Minimize one of our comments as outdated."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """React to a command."""

    comment: int
    content: str
    """`+1` or `confused`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLabels:
    """Change labels of an issue."""

    number: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignIssue:
    """Change who is assigned to an issue."""

    number: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIssue:
    """Open a sub-issue of the incident, unless one with this marker is there."""

    marker: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditIssue:
    """Replace an issue's body."""

    number: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIssueState:
    """Close an issue, or open it again."""

    number: int
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePull:
    """Close a pull request."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteBranch:
    """Delete a branch that still stands at a commit."""

    name: str
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReview:
    """Request one more review."""

    number: int
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHotfix:
    """Create branch, spec and draft pull request."""

    command: GivenCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRun:
    """Start a workflow: `ship` or `rollback`."""

    command: GivenCommand
    workflow: str
    tag: str = ""


Write = (
    PostComment
    | EditComment
    | HideComment
    | React
    | ChangeLabels
    | AssignIssue
    | OpenIssue
    | EditIssue
    | SetIssueState
    | ClosePull
    | DeleteBranch
    | RequestReview
    | StartHotfix
    | DispatchRun
)
