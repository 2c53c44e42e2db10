"""Define what GitHub says of one incident, read at one moment. Frozen: everything else is derived from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from hotfix.facts import Check, People, ReviewState
from hotfix.life.incident_commands import IncidentCommand

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCommand:
    """A command that somebody wrote, on the incident or on its pull request."""

    id: int
    """The comment's. Commands of one second follow their ids."""
    place: int
    """The number of the issue or pull request."""
    at: datetime
    by: str
    request: IncidentCommand
    index: int = 0
    """Which command of the comment it is."""
    ruling: bool | None = None
    """How the App answered it, by its reaction: True done, False refused; None not yet, or a comment of several."""
    answered: bool = False
    """The App has answered the comment already."""
    writer: bool | None = None
    """Whether the person has write access; None if nobody asked GitHub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A comment with a command that can't be understood and that got no answer yet."""

    id: int
    place: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPost:
    """A comment of the App's own, known by its hidden marker."""

    id: int
    node: str
    place: int
    marker: str
    """What stands in the marker after `hotfix:`, such as `status` or `reminder review`."""
    body: str
    at: datetime
    hidden: bool = False
    """Minimized as outdated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStateChange:
    """The issue was closed or opened again."""

    at: datetime
    id: int
    closed: bool
    by: str
    ours: bool = False
    """The App did it."""
    through: str = ""
    """`pull` or `commit`: a merge or a commit closed it, not a person on its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewGiven:
    """A review, as it was submitted."""

    id: int
    by: str
    state: ReviewState
    sha: str
    at: datetime
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested:
    """A review was requested."""

    who: str
    """A login, or `org/team`."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVerdict:
    """The published verdict on a head."""

    conclusion: str
    """`success`, `failure`, `action_required`; empty while it is unknown."""
    at: datetime
    rules: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Rule id -> `passed`, `failed`, `pending`, `unknown`, `overridden` or `warning`; without rules that are off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotfixPull:
    """A pull request that says it fixes the incident."""

    number: int
    node: str
    title: str
    body: str
    url: str
    branch: str
    head: str
    base: str
    author: str
    draft: bool
    open: bool
    created_at: datetime
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: str = ""
    merge_sha: str = ""
    same_repo: bool = True
    reviews: tuple[ReviewGiven, ...] = ()
    asked: tuple[ReviewRequested, ...] = ()
    """Every request, in its order."""
    requested: tuple[str, ...] = ()
    """Whose review is requested now."""
    authors: tuple[str, ...] = ()
    """Logins of everyone with a commit in it."""
    commits: tuple[str, ...] = ()
    """SHAs of its commits."""
    checks: tuple[Check, ...] = ()
    checked_at: datetime | None = None
    """When the last of the head's checks ended."""
    ruling: PublishedVerdict | None = None
    spec: str = ""
    """The spec's text at the head: its file's, otherwise the body."""
    changes: int = 1
    """How many files it changes, without the spec's."""

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentBranch:
    """A hotfix branch of the repository that belongs to the incident."""

    name: str
    sha: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSeries:
    """The numbers that a gate measured, such as a rate of errors."""

    gate: str
    limit: float
    points: tuple[tuple[datetime, float], ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStatus:
    """One status of a deployment."""

    id: int
    state: str
    """`success`, `failure`, `error`, `inactive`, `in_progress`, `queued`, `pending`."""
    at: datetime
    by: str = ""
    description: str = ""
    measured: frozenset[str] = frozenset()
    """What the deployment measured before this status was set, and held: values of `hotfix.gates.gate.Quantity`."""
    series: tuple[GateSeries, ...] = ()
    """The numbers that the deployment measured until then, on its canary steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeployment:
    """A deployment to production or staging, with all that happened to it."""

    id: int
    environment: str
    sha: str
    name: str
    """The tag, if it was deployed by one, otherwise the abbreviated SHA."""
    by: str
    at: datetime
    kind: str = ""
    """`deploy` or `rollback` if the Action made it."""
    states: tuple[RecordedStatus, ...] = ()
    """Oldest first."""

    @property
    def series(self) -> tuple[GateSeries, ...]:
        """The numbers that it measured, on all of its steps."""
        return next((state.series for state in reversed(self.states) if state.series), ())

    @property
    def succeeded_at(self) -> datetime | None:
        """When it first ran successfully."""
        return next((state.at for state in self.states if state.state == "success"), None)

    @property
    def failed_at(self) -> datetime | None:
        """When it failed, unless it succeeded later."""
        final = [state for state in self.states if state.state in ("success", "failure", "error")]
        return final[-1].at if final and final[-1].state != "success" else None

    @property
    def running(self) -> bool:
        """Whether it hasn't ended."""
        return not self.states or self.states[-1].state in ("in_progress", "queued", "pending")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackMergeStatus:
    """Whether one long-lived branch contains the fix."""

    branch: str
    contains: bool | None
    """None if GitHub could not tell."""
    at: datetime | None = None
    by: str = ""
    pull: int | None = None
    """The back-merge pull request, open or merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubIssue:
    """A follow-up or the post-mortem."""

    number: int
    title: str
    marker: str
    """`follow-up KEY` or `post-mortem`, from the hidden marker; empty for a sub-issue that somebody else added."""
    open: bool
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivery:
    """A message to people, delivered or not."""

    kind: str
    """`declared`, `staged`, `deployed`, `rolled_back`, `resolved`, `reminder CLOCK`."""
    to: str
    """`channel`, `status_page`, `pagerduty`, or `stakeholder NAME`."""
    at: datetime
    problem: str = ""
    """Why it could not be delivered; empty if it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """What the watch measured after the fix went to production."""

    since: datetime
    last: datetime
    failing: tuple[str, ...] = ()
    """Names of gates that fail now, or have no data."""
    why: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """A failing gate's name -> what was measured."""
    failed_at: datetime | None = None
    """When a gate last failed; None if none ever did."""
    gates: tuple[str, ...] = ()
    """Names of all that are measured."""
    errors_measured: bool = False
    """Whether one of them measures the rate of errors."""
    series: tuple[GateSeries, ...] = ()
    """Of the gates that measure numbers; what was measured before a restart is not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectedRelease:
    """What ran in production when the incident began: the assessment's subject."""

    name: str
    at: datetime
    by: str
    before: str = ""
    """The tag that ran before it, to roll back to."""
    pulls: tuple[int, ...] = ()
    """The pull requests in that deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """Everything that GitHub says of one incident."""

    repo: str
    number: int
    title: str
    body: str
    url: str
    author: str
    created_at: datetime
    open: bool
    default_branch: str = "main"
    closed_at: datetime | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    labelled_at: datetime | None = None
    """When it first got the label that makes it an incident."""
    turns: tuple[IssueStateChange, ...] = ()
    commands: tuple[GivenCommand, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    posts: tuple[AppPost, ...] = ()
    pulls: tuple[HotfixPull, ...] = ()
    branches: tuple[IncidentBranch, ...] = ()
    production: tuple[IncidentDeployment, ...] = ()
    staging: tuple[IncidentDeployment, ...] = ()
    tags: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Tag -> commit."""
    carried: tuple[BackMergeStatus, ...] = ()
    """One per long-lived branch, in the order of the policy."""
    sub_issues: tuple[SubIssue, ...] = ()
    messages: tuple[MessageDelivery, ...] = ()
    reachable: frozenset[str] = frozenset()
    """Which of `channel`, `status_page`, `pagerduty` and `stakeholder NAME` the service has credentials for."""
    watch: WatchReport | None = None
    suspect: SuspectedRelease | None = None
    people: People = field(default_factory=People)
    strangers: frozenset[str] = frozenset()
    """Casefolded logins named as commander that are not users with access to the repository."""
    other_incidents: tuple[int, ...] = ()
    """Further open incidents that the same pull request says it fixes."""
    refs: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Ids of messages at other services, as the status comment's hidden marker keeps them."""
    on_call: str = ""
    """Who is on call now, by name."""
    on_call_asked: datetime | None = None
    """When the schedule was last asked; None if it never was."""
    on_call_until: datetime | None = None
    """When that person's shift ends; None if that is not known."""
    headline: str = ""
    """The fingerprint of the first message of the incident's thread, as it reads there."""
    unread: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """What could not be read -> one sentence why."""
