"""The writes of a plan, as data; `hotfix.github.write.life_writes` performs them."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix.life.record import GivenCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class PostComment:
    """A new comment, created unless one with the same marker exists."""

    place: int
    marker: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditComment:
    """A new text for one of the App's comments."""

    id: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HideComment:
    """A comment of the App to minimize as outdated."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """A reaction to the comment with a command."""

    comment: int
    content: str
    """`+1` or `confused`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLabels:
    """A change to the labels of an issue."""

    number: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignIssue:
    """A change to the assignees of an issue."""

    number: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIssue:
    """A new sub-issue of the incident, created unless one with the same marker exists."""

    marker: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditIssue:
    """A new body for an issue."""

    number: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIssueState:
    """An issue to close or reopen."""

    number: int
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePull:
    """A pull request to close."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteBranch:
    """A branch to delete, if it still points to `sha`."""

    name: str
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReview:
    """A review request to one more person."""

    number: int
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHotfix:
    """A hotfix to start: its branch, spec and draft pull request."""

    command: GivenCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRun:
    """A workflow to run for `ship` or `rollback`."""

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
