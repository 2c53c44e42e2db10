"""The jobs that events call for. Pure data: a job is named by what it is about, so that wanting it twice is one job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

Scalar = str | int | float | bool | None


class Kind(StrEnum):
    """What a job does. Stored by its value: an old row must be understood after an upgrade."""

    JUDGE = "judge"
    """One pull request."""
    GROUP = "group"
    """One merge group's head."""
    SHA = "sha"
    """Whatever pull requests have this head: for check events, which do not name the pull requests of forks."""
    COMMENT = "comment"
    """A `/hotfix ...` comment, or one that was edited or deleted after it."""
    PROTECTION = "protection"
    """Answer a deployment protection rule."""
    DISPATCH = "dispatch"
    """Start the policy's deploy workflow for a verdict that turned to pass."""
    FAN_OUT = "fan-out"
    """Judge all open hotfixes of a repository again, spread over time."""
    INSTALLATIONS = "installations"
    """Sweep every installation."""
    SWEEP = "sweep"
    """Sweep an installation's repositories, spread over time."""
    SWEEP_REPO = "sweep-repo"
    """Look for open hotfixes of a repository that have no current verdict."""
    OPEN_HOTFIXES = "open-hotfixes"
    """Sweep the repositories that are known to have open hotfixes."""
    REDELIVER = "redeliver"
    """Ask GitHub again for deliveries that failed."""
    RETENTION = "retention"
    """CacheInvalidation what is old."""


RECURRING = frozenset({Kind.REDELIVER, Kind.OPEN_HOTFIXES, Kind.INSTALLATIONS, Kind.RETENTION})
"""There is one of each, and it wants itself again."""

PRIORITIES: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.PROTECTION: 0,
        Kind.COMMENT: 0,
        Kind.JUDGE: 1,
        Kind.GROUP: 1,
        Kind.SHA: 1,
        Kind.DISPATCH: 2,
        Kind.FAN_OUT: 3,
        Kind.REDELIVER: 4,
        Kind.SWEEP: 5,
        Kind.SWEEP_REPO: 5,
        Kind.OPEN_HOTFIXES: 5,
        Kind.INSTALLATIONS: 5,
        Kind.RETENTION: 9,
    }
)
"""Lower goes first where more is due than can run."""

SWEPT = 4
"""Priority of a judging that no event asked for: behind every verdict that somebody waits for."""

NOBODY: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done, once for however many ask for it."""

    kind: Kind
    key: str
    args: Mapping[str, Scalar] = field(default_factory=lambda: NOBODY)
    delay: float = 0.0
    """Seconds from now until it is due."""
    swept: bool = False
    """HandlerResult by a sweep, not by an event."""

    @property
    def priority(self) -> int:
        """Lower goes first."""
        return SWEPT if self.swept and self.kind is Kind.JUDGE else PRIORITIES[self.kind]


class Cache(StrEnum):
    """What a webhook says is no longer what we remember."""

    POLICY = "policy"
    TEAM = "team"
    PRODUCTION = "production"
    REPO = "repo"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class CacheInvalidation:
    """One thing that is not to be believed any more."""

    cache: Cache
    of: str
    """`owner/name`; the organisation for TEAM, the number for INSTALLATION."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an event said about a pull request's head; `since` is GitHub's clock."""

    repo: str
    number: int
    installation: int
    sha: str
    since: float
    open: bool
    before: str | None = None
    """The head before a push: orders two pushes of one second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A check of somebody else ended on this commit: the open hotfixes with this head are judged again."""

    repo: str
    sha: str
    all: bool = False
    """Whatever pull requests are known to be open with this head: one that shared their check was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerResult:
    """All that one event calls for."""

    jobs: tuple[Job, ...] = ()
    forget: tuple[CacheInvalidation, ...] = ()
    head: Head | None = None
    checked: Checked | None = None
    repo: str = ""
    renamed_from: str | None = None
    """What `repo` was called before this event."""

    @property
    def about(self) -> Mapping[str, Scalar]:
        """The pull request and the commit that it speaks of, where it does."""
        if self.head:
            return {"pull": self.head.number, "sha": self.head.sha}
        if self.checked:
            return {"sha": self.checked.sha}
        args = next((job.args for job in self.jobs), NOBODY)
        return {"pull": args.get("number"), "sha": args.get("sha")}

    @property
    def nothing(self) -> bool:
        """Does the event call for nothing at all?"""
        return not (self.jobs or self.forget or self.head or self.checked)


def under(job: Job, old: str, new: str) -> Job:
    """The same job for a repository that has another name now."""
    return replace(job, key=job.key.replace(f":{old}", f":{new}", 1), args={**job.args, "repo": new})


def judge(
    repo: str,
    number: int,
    installation: int,
    *,
    sha: str | None = None,
    likely: bool = True,
    delay: float = 0.0,
    swept: bool = False,
    force: bool = False,
) -> Job:
    """`sha`: the head that the event announced; `likely`: what the event shows looks like a hotfix; `force`: somebody
    asked for the check again, so it is written even where it says the same."""
    args: dict[str, Scalar] = {"repo": repo, "number": number, "installation": installation, "likely": likely}
    if sha:
        args["sha"] = sha
    if force:
        args["force"] = True
    return Job(kind=Kind.JUDGE, key=f"judge:{repo}#{number}", args=args, delay=delay, swept=swept)


def of_sha(repo: str, sha: str, installation: int, *, force: bool = False) -> Job:
    """Judge whatever pull requests have this head; `force` as in `judge`."""
    args: dict[str, Scalar] = {"repo": repo, "sha": sha, "installation": installation}
    if force:
        args["force"] = True
    return Job(kind=Kind.SHA, key=f"sha:{repo}@{sha}", args=args)


def fan_out(
    repo: str, installation: int, *, branch: str | None = None, environment: str | None = None, ref: str = "",
    before: str = "", policy: bool = False,
) -> Job:  # fmt: skip
    """Judge the repository's open hotfixes again. `branch`, `environment`: only where the policy says that this branch
    is long-lived, this environment production. `ref`, `before`: what moved, and from where: nothing is judged while
    GitHub shows it there still. `policy`: its policy may have changed, and with it what is a hotfix."""
    args: dict[str, Scalar] = {"repo": repo, "installation": installation}
    key = f"fan-out:{repo}"
    if branch is not None:
        args["branch"] = branch
        key += f":branch:{branch}"
    if environment is not None:
        args["environment"] = environment
        key += f":environment:{environment}"
    if ref:
        args |= {"ref": ref, "before": before}
        key += f":{ref}"
    if policy:
        args["policy"] = True
        key += ":policy"
    return Job(kind=Kind.FAN_OUT, key=key, args=args)


def dispatch(repo: str, number: int, installation: int, sha: str, workflow: str) -> Job:
    """Start a workflow for the commit that passes."""
    args: dict[str, Scalar] = {
        "repo": repo,
        "number": number,
        "installation": installation,
        "sha": sha,
        "workflow": workflow,
    }
    return Job(kind=Kind.DISPATCH, key=f"dispatch:{repo}@{sha}", args=args)


SETTLE = 30.0
"""Seconds to wait for more of the same before a whole owner's hotfixes are judged: teams change in bulk."""


def fan_out_owner(owner: str) -> Job:
    """Judge the open hotfixes of all repositories of an owner again."""
    return Job(kind=Kind.FAN_OUT, key=f"fan-out:{owner}/*", args={"owner": owner}, delay=SETTLE)


def sweep(installation: int) -> Job:
    """Look through an installation: it is new, or came back."""
    return Job(kind=Kind.SWEEP, key=f"sweep:{installation}", args={"installation": installation})


def sweep_repo(repo: str, installation: int, delay: float = 0.0) -> Job:
    """Look for open hotfixes without a current verdict; `delay` in seconds."""
    return Job(
        kind=Kind.SWEEP_REPO, key=f"sweep-repo:{repo}", args={"repo": repo, "installation": installation}, delay=delay
    )


def recurring(kind: Kind, delay: float = 0.0, **args: Scalar) -> Job:
    """A job of which there is one. Without `args` it keeps those of its last run."""
    return Job(kind=kind, key=kind.value, args=args, delay=delay)
