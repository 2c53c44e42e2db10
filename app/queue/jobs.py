"""The kinds of jobs, as typed data. A job's key identifies its subject: a job enqueued twice runs once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from app.storage.database import indexable

J = TypeVar("J", bound="Job")


class JobKind(StrEnum):
    """The kinds of jobs. The values are stored and must stay readable across versions."""

    EVALUATE = "evaluate"
    GROUP = "group"
    SHA = "sha"
    COMMENT = "comment"
    PROTECTION = "protection"
    DISPATCH = "dispatch"
    REPO = "fan-out"
    OWNER = "fan-out-owner"
    INSTALLATIONS = "installations"
    SWEEP = "sweep"
    SWEEP_REPO = "sweep-repo"
    OPEN_HOTFIXES = "open-hotfixes"
    REDELIVER = "redeliver"
    LIFE = "life"
    NOTIFY = "notify"
    RETENTION = "retention"


STALE = 2
"""Priority of an evaluation made necessary by an event elsewhere, such as a new production tag or a changed policy."""
SWEPT = 5
"""Priority of an evaluation that no event requested."""
LOW = 7
"""Jobs with this priority or a higher number share a few threads, so that they never delay an evaluation."""
SETTLE = 30.0
"""Seconds to wait for further changes before evaluating all hotfixes of an owner: teams change in bulk."""

_SCHEDULE = frozenset({"delay", "due_at", "priority"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A unit of work that runs once, however many events request it."""

    kind: ClassVar[JobKind]
    usual_priority: ClassVar[int]
    """The default priority of the kind; jobs with lower numbers run first."""
    recurs: ClassVar[bool] = False
    """Whether this is a singleton job that enqueues itself again and is never dropped."""

    delay: float = 0.0
    """Seconds from now until the job is due."""
    due_at: float | None = None
    """When the job is due, in seconds since the epoch; takes precedence over `delay`."""
    priority: int | None = None
    """The priority of this job if it differs from the usual one."""

    @property
    def key(self) -> str:
        """The key of the row: jobs with the same key are the same job."""
        return self.kind.value

    @property
    def args(self) -> dict[str, Any]:
        """The arguments to store, without default values."""
        stored = ((f.name, getattr(self, f.name), f.default) for f in fields(self) if f.name not in _SCHEDULE)
        return {name: value for name, value, default in stored if value != default}

    @property
    def stored(self) -> str:
        """The arguments as JSON."""
        return json.dumps(self.args, separators=(",", ":"))

    def due(self, now: float) -> float:
        """Return when the job is due, in seconds since the epoch."""
        return self.due_at if self.due_at is not None else now + self.delay

    @property
    def if_dropped(self) -> tuple[Job, ...]:
        """The jobs to enqueue if this one is dropped because GitHub refuses it."""
        return ()

    @property
    def urgency(self) -> int:
        """The effective priority."""
        return self.usual_priority if self.priority is None else self.priority

    def renamed(self: J, new: str) -> J:
        """Return the same job for the new name of its repository."""
        return replace(self, repo=new)  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoJob(Job):
    """A job about one repository."""

    repo: str
    installation: int = 0
    """The installation ID; 0 if the event did not include it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatePull(RepoJob):
    """The evaluation of one pull request at its newest head."""

    kind = JobKind.EVALUATE
    usual_priority = 1
    number: int
    sha: str | None = None
    """The head commit in the event."""
    likely: bool
    """Whether the event looks like that of a hotfix. If not, data that only a hotfix needs is not read in advance."""
    force: bool = False
    """Whether a re-run was requested: the check run is written even if nothing changed."""
    life: bool = False
    """Whether the event may affect an incident, which is then reconciled after the verdict."""

    @property
    def key(self) -> str:
        return f"evaluate:{self.repo}#{self.number}"

    @property
    def if_dropped(self) -> tuple[Job, ...]:
        life = ReconcileLife(repo=self.repo, installation=self.installation, number=self.number)
        return (life,) if self.life else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateGroup(RepoJob):
    """The evaluation of a merge group at its head."""

    kind = JobKind.GROUP
    usual_priority = 1
    sha: str
    head_ref: str
    force: bool = False

    @property
    def key(self) -> str:
        return f"group:{self.repo}@{self.sha}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateHead(RepoJob):
    """The evaluation of all pull requests with this head: check events do not name the pull requests of forks."""

    kind = JobKind.SHA
    usual_priority = 1
    sha: str
    force: bool = False

    @property
    def key(self) -> str:
        return f"sha:{self.repo}@{self.sha}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerComment(RepoJob):
    """The answer to a `/hotfix ...` comment that was created, edited or deleted."""

    kind = JobKind.COMMENT
    usual_priority = 0
    number: int
    comment: int
    action: str
    """`created`, `edited` or `deleted`. Each action has its own job, so that none replaces another."""
    body: str
    by: str = ""
    """The login of the author of a new comment."""
    at: float = 0.0
    """When the comment was written, as reported by GitHub."""
    url: str = ""

    @property
    def key(self) -> str:
        return f"comment:{self.repo}#{self.comment}:{self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProtection(RepoJob):
    """The decision on a deployment that the App protects: to approve or reject it, or to hold it while pending."""

    kind = JobKind.PROTECTION
    usual_priority = 1
    run_id: int
    environment: str
    sha: str
    deployment: int = 0
    """The deployment of the last event, a new one for each attempt of the run; 0 if it was already evaluated."""
    seen: int = 0
    """The newest deployment that was evaluated."""
    requested_at: float = 0.0
    reported: str = ""
    """The deployment's ID and the pending reasons in the last report, as data."""
    reports_made: tuple[int, ...] = ()
    """The deployment's ID and the number of reports on it: GitHub accepts ten."""
    answered: int = 0
    """The deployment that was approved or rejected; later events about it need no answer."""

    @property
    def newest(self) -> int:
        """The deployment to decide on."""
        return max(self.deployment, self.seen)

    @property
    def key(self) -> str:
        return indexable(f"protection:{self.repo}:{self.run_id}:{self.environment}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchWorkflow(RepoJob):
    """The start of the policy's deploy workflow for a commit whose verdict changed to pass."""

    kind = JobKind.DISPATCH
    usual_priority = 3
    number: int
    sha: str
    workflow: str

    @property
    def key(self) -> str:
        return f"dispatch:{self.repo}@{self.sha}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateRepo(RepoJob):
    """A new evaluation of all open hotfixes of a repository."""

    kind = JobKind.REPO
    usual_priority = 1
    branch: str | None = None
    """If given, the job runs only if this is a long-lived branch by the policy."""
    environment: str | None = None
    """If given, the job runs only if this is the policy's production environment."""
    ref: str = ""
    """The ref that was pushed. The evaluation is retried while GitHub still shows it at `before`."""
    before: str = ""
    policy: bool = False
    """Whether the policy, and so which pull requests are hotfixes, may have changed."""

    @property
    def key(self) -> str:
        parts = [f"fan-out:{self.repo}"]
        if self.branch is not None:
            parts.append(f"branch:{self.branch}")
        if self.environment is not None:
            parts.append(f"environment:{self.environment}")
        return indexable(":".join([*parts, *filter(None, (self.ref, "policy" if self.policy else ""))]))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOwner(Job):
    """A new evaluation of the open hotfixes of all repositories of an owner."""

    kind = JobKind.OWNER
    usual_priority = 1
    owner: str
    delay: float = SETTLE

    @property
    def key(self) -> str:
        return f"fan-out:{self.owner}/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepInstallation(Job):
    """A sweep of all repositories of an installation."""

    kind = JobKind.SWEEP
    usual_priority = 6
    installation: int

    @property
    def key(self) -> str:
        return f"sweep:{self.installation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRepo(RepoJob):
    """A search for open hotfixes of a repository without a current verdict."""

    kind = JobKind.SWEEP_REPO
    usual_priority = 6
    new: bool = False
    """Whether an event added this repository, so that its hotfixes are evaluated immediately."""
    lives: bool = False
    """Whether to also find incidents that are not on record, such as after the database was lost."""

    @property
    def key(self) -> str:
        return f"sweep-repo:{self.repo}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepInstallations(Job):
    """A sweep of all installations."""

    kind = JobKind.INSTALLATIONS
    usual_priority = 6
    recurs = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOpenHotfixes(Job):
    """A sweep of the repositories that have open hotfixes on record."""

    kind = JobKind.OPEN_HOTFIXES
    usual_priority = 6
    recurs = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeliver(Job):
    """A request to GitHub to redeliver failed deliveries. Without `read_to`, the value in the row is kept."""

    kind = JobKind.REDELIVER
    usual_priority = 4
    recurs = True
    read_to: float | None = None
    """The time of the newest delivery read from GitHub's list, as reported by GitHub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileLife(RepoJob):
    """The reconciliation of an incident or hotfix with GitHub. `due_at` is the time of its next clock."""

    kind = JobKind.LIFE
    usual_priority = LOW
    number: int
    """The number of the incident's issue or of the pull request; 0 finds incidents that are not on record."""
    before: int = 0
    """For number 0: closed incidents from this number on have been read; 0 if none have."""
    labels: tuple[str, ...] = ()
    """The issue's labels in the event. If none of them is used by the policy, nothing is read."""
    commands: bool = False
    """Whether the event is a comment with a `/hotfix` command."""
    comment: int = 0
    """The ID of a new comment with a command; 0 for other events."""

    @property
    def key(self) -> str:
        return f"life:{self.repo}#{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(RepoJob):
    """A notification of one recipient with its missing messages about an incident."""

    kind = JobKind.NOTIFY
    usual_priority = 6
    number: int
    """The number of the incident."""
    to: str
    """The recipient, as in `MessageDelivery.to`."""
    content: str
    """The messages and their destination, as JSON."""

    @property
    def key(self) -> str:
        return indexable(f"notify:{self.repo}#{self.number}:{self.to}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOldRows(Job):
    """The deletion of old rows."""

    kind = JobKind.RETENTION
    usual_priority = 9
    recurs = True


JOB_TYPES: Mapping[JobKind, type[Job]] = {
    each.kind: each
    for each in (
        EvaluatePull, EvaluateGroup, EvaluateHead, AnswerComment, AnswerProtection, DispatchWorkflow, EvaluateRepo,
        EvaluateOwner, SweepInstallation, SweepRepo, SweepInstallations, SweepOpenHotfixes, Redeliver, ReconcileLife,
        Notify, DeleteOldRows,
    )
}  # fmt: skip
_FIELDS = {each: frozenset(f.name for f in fields(each)) - _SCHEDULE for each in JOB_TYPES.values()}


def load(kind: str, stored: str) -> Job:
    """Return the job of a row, ignoring unknown arguments of other versions. Raises ValueError or TypeError."""
    args: dict[str, Any] = json.loads(stored)
    job_type = JOB_TYPES[JobKind(kind)]
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in args.items()
        if name in _FIELDS[job_type]
    }
    return job_type(**known)
