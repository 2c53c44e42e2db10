"""Define the kinds of jobs, as typed data; a job's key names its subject, so that enqueuing it twice runs it once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from app.storage.database import indexable

J = TypeVar("J", bound="Job")


class JobKind(StrEnum):
    """Stored by its value: rows written by an older version must be understood."""

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
"""Priority of an evaluation that an event elsewhere made necessary: a new production tag, a changed policy."""
SWEPT = 5
"""Priority of an evaluation that no event asked for."""
LOW = 7
"""Jobs of this priority or a higher number share a few threads, so that they never delay an evaluation."""
SETTLE = 30.0
"""Seconds to collect further changes before all hotfixes of an owner are evaluated: teams change in bulk."""

_SCHEDULE = frozenset({"delay", "due_at", "priority"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work to be done once, however many events ask for it."""

    kind: ClassVar[JobKind]
    usual_priority: ClassVar[int]
    """Lower runs first if more is due than can run."""
    recurs: ClassVar[bool] = False
    """There is one of it, it enqueues itself again, and it is never dropped."""

    delay: float = 0.0
    """Seconds from now until it is due."""
    due_at: float | None = None
    """When it is due, in seconds since the epoch; takes precedence over `delay`."""
    priority: int | None = None
    """Overrides the kind's usual priority."""

    @property
    def key(self) -> str:
        """The name of the row: two jobs with one key are one job."""
        return self.kind.value

    @property
    def args(self) -> dict[str, Any]:
        """The arguments to store, without those that have their default."""
        stored = ((f.name, getattr(self, f.name), f.default) for f in fields(self) if f.name not in _SCHEDULE)
        return {name: value for name, value, default in stored if value != default}

    @property
    def stored(self) -> str:
        """The arguments as JSON."""
        return json.dumps(self.args, separators=(",", ":"))

    def due(self, now: float) -> float:
        """Return when it is due, in seconds since the epoch."""
        return self.due_at if self.due_at is not None else now + self.delay

    @property
    def if_dropped(self) -> tuple[Job, ...]:
        """The jobs that run if GitHub refuses this one for good."""
        return ()

    @property
    def urgency(self) -> int:
        """The priority that counts."""
        return self.usual_priority if self.priority is None else self.priority

    def renamed(self: J, new: str) -> J:
        """Return the same job for a repository that has another name now."""
        return replace(self, repo=new)  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoJob(Job):
    """A job about one repository."""

    repo: str
    installation: int = 0
    """0 if the event did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatePull(RepoJob):
    """Evaluate one pull request at its newest head."""

    kind = JobKind.EVALUATE
    usual_priority = 1
    number: int
    sha: str | None = None
    """The head that the event announced."""
    likely: bool
    """Does the event show what looks like a hotfix? If not, reads that only a hotfix needs are saved."""
    force: bool = False
    """Someone asked for the check again: it is written even if it says the same."""
    life: bool = False
    """The event may have moved the life of an incident, which is reconciled after the verdict."""

    @property
    def key(self) -> str:
        return f"evaluate:{self.repo}#{self.number}"

    @property
    def if_dropped(self) -> tuple[Job, ...]:
        life = ReconcileLife(repo=self.repo, installation=self.installation, number=self.number)
        return (life,) if self.life else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateGroup(RepoJob):
    """Evaluate a merge group on its head."""

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
    """Evaluate every pull request with this head: check events do not name the pull requests of forks."""

    kind = JobKind.SHA
    usual_priority = 1
    sha: str
    force: bool = False

    @property
    def key(self) -> str:
        return f"sha:{self.repo}@{self.sha}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerComment(RepoJob):
    """Answer a `/hotfix ...` comment, or one that was edited or deleted afterwards."""

    kind = JobKind.COMMENT
    usual_priority = 0
    number: int
    comment: int
    action: str
    """`created`, `edited` or `deleted`. Each is a job of its own, so that none hides another."""
    body: str
    by: str = ""
    """The login of the author of a new comment."""
    at: float = 0.0
    """When the comment was written, by GitHub's clock."""
    url: str = ""

    @property
    def key(self) -> str:
        return f"comment:{self.repo}#{self.comment}:{self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProtection(RepoJob):
    """Approve or reject a deployment that the App protects, or hold it while the answer is pending."""

    kind = JobKind.PROTECTION
    usual_priority = 1
    run_id: int
    environment: str
    sha: str
    deployment: int = 0
    """The deployment that an event asks for, a new one for each attempt of the run; 0 if none asked since a look."""
    seen: int = 0
    """The newest deployment that was looked at."""
    requested_at: float = 0.0
    reported: str = ""
    """The deployment's id and what the last report said it is waiting for, as data."""
    reports_made: tuple[int, ...] = ()
    """The deployment's id and how many reports were made on it: GitHub takes ten."""
    answered: int = 0
    """The deployment that was approved or rejected: an event that asked for it meanwhile has nothing to do."""

    @property
    def newest(self) -> int:
        """The deployment that is to be answered."""
        return max(self.deployment, self.seen)

    @property
    def key(self) -> str:
        return indexable(f"protection:{self.repo}:{self.run_id}:{self.environment}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchWorkflow(RepoJob):
    """Start the policy's deploy workflow for a verdict that turned to pass."""

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
    """Evaluate all open hotfixes of a repository again."""

    kind = JobKind.REPO
    usual_priority = 1
    branch: str | None = None
    """Only if the policy says that this branch is long-lived."""
    environment: str | None = None
    """Only if the policy says that this environment is production."""
    ref: str = ""
    """What moved: nothing is evaluated while GitHub still shows it at `before`."""
    before: str = ""
    policy: bool = False
    """The policy may have changed, and with it what is a hotfix."""

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
    """Evaluate the open hotfixes of all repositories of an owner again."""

    kind = JobKind.OWNER
    usual_priority = 1
    owner: str
    delay: float = SETTLE

    @property
    def key(self) -> str:
        return f"fan-out:{self.owner}/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepInstallation(Job):
    """Look at every repository of an installation: it is new, or came back."""

    kind = JobKind.SWEEP
    usual_priority = 6
    installation: int

    @property
    def key(self) -> str:
        return f"sweep:{self.installation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRepo(RepoJob):
    """Look for open hotfixes of a repository that have no current verdict."""

    kind = JobKind.SWEEP_REPO
    usual_priority = 6
    new: bool = False
    """An event brought this repository: its hotfixes are evaluated at once."""
    lives: bool = False
    """Look for incidents as well that are not on record: the database may have been lost."""

    @property
    def key(self) -> str:
        return f"sweep-repo:{self.repo}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepInstallations(Job):
    """Sweep every installation."""

    kind = JobKind.INSTALLATIONS
    usual_priority = 6
    recurs = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOpenHotfixes(Job):
    """Sweep the repositories that are known to have open hotfixes."""

    kind = JobKind.OPEN_HOTFIXES
    usual_priority = 6
    recurs = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeliver(Job):
    """Ask GitHub again for deliveries that failed. Without `read_to`, the row's own is kept."""

    kind = JobKind.REDELIVER
    usual_priority = 4
    recurs = True
    read_to: float | None = None
    """How far GitHub's list of deliveries was read, by GitHub's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileLife(RepoJob):
    """Bring an incident or hotfix to the state that its life asks for. `due_at` is its next clock."""

    kind = JobKind.LIFE
    usual_priority = LOW
    number: int
    """The incident's issue or the pull request; 0 finds the incidents that nothing on record is about."""
    before: int = 0
    """With the number 0: closed incidents from this number on were looked at; 0 if none were."""
    labels: tuple[str, ...] = ()
    """The issue's labels as the event showed them: without the policy's there is nothing to read."""
    commands: bool = False
    """The event is a comment with a `/hotfix` command."""
    comment: int = 0
    """The id of the new comment with a command; 0 if the event is something else."""

    @property
    def key(self) -> str:
        return f"life:{self.repo}#{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(RepoJob):
    """Send one recipient what it lacks about an incident."""

    kind = JobKind.NOTIFY
    usual_priority = 6
    number: int
    """The incident's."""
    to: str
    """As `Delivered.to`."""
    content: str
    """What to send and where, as JSON."""

    @property
    def key(self) -> str:
        return indexable(f"notify:{self.repo}#{self.number}:{self.to}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOldRows(Job):
    """Delete old deliveries, jobs and closed pull requests."""

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
    """Return the job of a row; arguments of another version are left out. Raises ValueError or TypeError."""
    args: dict[str, Any] = json.loads(stored)
    job_type = JOB_TYPES[JobKind(kind)]
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in args.items()
        if name in _FIELDS[job_type]
    }
    return job_type(**known)
