"""An immutable snapshot of one incident; all other incident state is derived from it."""

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
    """A command in a comment on the incident or on its pull request."""

    id: int
    """The comment's ID. Commands with the same timestamp are ordered by ID."""
    place: int
    """The number of the issue or pull request with the comment."""
    at: datetime
    by: str
    request: IncidentCommand
    index: int = 0
    """The position of the command among those of its comment, from 0."""
    ruling: bool | None = None
    """The App's reaction: True if done, False if refused, None if not answered yet or if the comment has several
    commands."""
    answered: bool = False
    """Whether the App has already answered the comment."""
    writer: bool | None = None
    """Whether the author has write access; None if not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A comment with an invalid command that the App has not answered yet."""

    id: int
    place: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPost:
    """A comment by the App, identified by its hidden marker."""

    id: int
    node: str
    place: int
    marker: str
    """The marker text after `hotfix:`, such as `status` or `reminder review`."""
    body: str
    at: datetime
    hidden: bool = False
    """Whether the comment is minimized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStateChange:
    """An event that closed or reopened the issue."""

    at: datetime
    id: int
    closed: bool
    by: str
    ours: bool = False
    """Whether the App did it."""
    through: str = ""
    """`pull` or `commit` if a merge or a commit closed the issue; empty if it was closed directly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewGiven:
    """A submitted review."""

    id: int
    by: str
    state: ReviewState
    sha: str
    at: datetime
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested:
    """A review request."""

    who: str
    """The requested reviewer: a login, or `org/team`."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVerdict:
    """The published verdict on the head of a pull request."""

    conclusion: str
    """`success`, `failure` or `action_required`; empty if unknown."""
    at: datetime
    rules: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Status of each rule, by rule ID: `passed`, `failed`, `pending`, `unknown`, `overridden` or `warning`. Rules that
    are off are not included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotfixPull:
    """A pull request that names the incident as the issue it fixes."""

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
    """All review requests, in order."""
    ready_at: datetime | None = None
    """The time at which it was last marked as ready for review; None if it never was a draft."""
    head_pushed_at: datetime | None = None
    """The time at which the head was pushed; None if unknown."""
    changed_at: datetime | None = None
    """The time at which its base, or its body if that is the spec, was last changed; None if never."""
    requested: tuple[str, ...] = ()
    """Users and teams whose review is currently requested."""
    authors: tuple[str, ...] = ()
    """Logins of all commit authors."""
    commits: tuple[str, ...] = ()
    """SHAs of its commits."""
    checks: tuple[Check, ...] = ()
    checked_at: datetime | None = None
    """The time at which the last check of the head completed."""
    ruling: PublishedVerdict | None = None
    spec: str = ""
    """The text of the spec at the head: the spec file, otherwise the body."""
    changes: int = 1
    """Number of changed files, excluding the spec."""

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
    """The values that a gate measured over time, such as an error rate."""

    gate: str
    limit: float
    points: tuple[tuple[datetime, float], ...]
    """Measured values with their times, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStatus:
    """A status of a deployment."""

    id: int
    state: str
    """`success`, `failure`, `error`, `inactive`, `in_progress`, `queued` or `pending`."""
    at: datetime
    by: str = ""
    description: str = ""
    measured: frozenset[str] = frozenset()
    """Quantities measured by passing gates before this status was set: values of `hotfix.gates.gate.Quantity`."""
    series: tuple[GateSeries, ...] = ()
    """The values measured on the canary steps before this status was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeployment:
    """A deployment to production or staging, with its statuses."""

    id: int
    environment: str
    sha: str
    name: str
    """The deployed tag; the abbreviated SHA if no tag was deployed."""
    by: str
    at: datetime
    kind: str = ""
    """`deploy` or `rollback` if the Action created the deployment, otherwise empty."""
    states: tuple[RecordedStatus, ...] = ()
    """Statuses, oldest first."""

    @property
    def series(self) -> tuple[GateSeries, ...]:
        """The values measured on all steps."""
        return next((state.series for state in reversed(self.states) if state.series), ())

    @property
    def succeeded_at(self) -> datetime | None:
        """The time of the first successful status."""
        return next((state.at for state in self.states if state.state == "success"), None)

    @property
    def failed_at(self) -> datetime | None:
        """The time at which it failed; None if it did not fail or succeeded later."""
        final = [state for state in self.states if state.state in ("success", "failure", "error")]
        return final[-1].at if final and final[-1].state != "success" else None

    @property
    def running(self) -> bool:
        """Whether it is still in progress."""
        return not self.states or self.states[-1].state in ("in_progress", "queued", "pending")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackMergeStatus:
    """The state of the back-merge to one long-lived branch."""

    branch: str
    contains: bool | None
    """Whether the branch contains the fix; None if unknown."""
    at: datetime | None = None
    by: str = ""
    pull: int | None = None
    """The number of the back-merge pull request, open or merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubIssue:
    """A sub-issue of the incident: a follow-up, the post-mortem, or one added by a person."""

    number: int
    title: str
    marker: str
    """`follow-up KEY` or `post-mortem`, from the hidden marker; empty if the App did not create the sub-issue."""
    open: bool
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivery:
    """A message to a recipient outside GitHub, delivered or failed."""

    kind: str
    """`declared`, `staged`, `deployed`, `rolled_back`, `resolved` or `reminder CLOCK`."""
    to: str
    """The recipient: `channel`, `status_page`, `pagerduty` or `stakeholder NAME`."""
    at: datetime
    problem: str = ""
    """The reason why delivery failed; empty if delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """The measurements of the watch after the fix reached production."""

    since: datetime
    last: datetime
    failing: tuple[str, ...] = ()
    """Names of the gates that currently fail or have no data."""
    why: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """The measurement of each failing gate, by the gate's name."""
    failed_at: datetime | None = None
    """The time of the last failure of any gate; None if no gate has failed."""
    gates: tuple[str, ...] = ()
    """Names of all measured gates."""
    errors_measured: bool = False
    """Whether one of the gates measures an error rate."""
    series: tuple[GateSeries, ...] = ()
    """The values of the numeric gates; those measured before a restart of the service are not included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectedRelease:
    """The release that ran in production when the incident began, the subject of the assessment."""

    name: str
    at: datetime
    by: str
    previous: str = ""
    """The tag that ran before it, which a rollback restores."""
    pulls: tuple[int, ...] = ()
    """Numbers of the pull requests in that deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """The complete snapshot of one incident."""

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
    """The time at which the incident label was first added."""
    turns: tuple[IssueStateChange, ...] = ()
    commands: tuple[GivenCommand, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    posts: tuple[AppPost, ...] = ()
    pulls: tuple[HotfixPull, ...] = ()
    branches: tuple[IncidentBranch, ...] = ()
    production: tuple[IncidentDeployment, ...] = ()
    staging: tuple[IncidentDeployment, ...] = ()
    tags: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Commit SHAs, by tag name."""
    carried: tuple[BackMergeStatus, ...] = ()
    """The back-merge status of each long-lived branch, in the order of the policy."""
    sub_issues: tuple[SubIssue, ...] = ()
    messages: tuple[MessageDelivery, ...] = ()
    reachable: frozenset[str] = frozenset()
    """Recipients for which the service has credentials: `channel`, `status_page`, `pagerduty`, `stakeholder NAME`."""
    watch: WatchReport | None = None
    suspect: SuspectedRelease | None = None
    people: People = field(default_factory=People)
    strangers: frozenset[str] = frozenset()
    """Casefolded logins that are named as commander but have no access to the repository."""
    other_incidents: tuple[int, ...] = ()
    """Numbers of other open incidents that the same pull request claims to fix."""
    refs: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """IDs of messages in other services, stored in a hidden marker of the status comment."""
    on_call: str = ""
    """The name of the person currently on call."""
    on_call_asked: datetime | None = None
    """The time of the last query of the on-call schedule; None if not queried yet."""
    on_call_until: datetime | None = None
    """The end of that person's shift; None if unknown."""
    headline: str = ""
    """The fingerprint of the first message in the incident's chat thread, as last sent."""
    unread: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """The reason, in one sentence, for each part that could not be read."""
