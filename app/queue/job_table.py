"""The durable queue in the table `jobs`: one row per key, with a generation that counts its requests.

A row with `wanted > done` is open, and only its owner runs it. If `wanted` increased during a run, another run follows:
one evaluation serves any number of deliveries received before it began. While a row has an owner, `due_at` is the time
of that next run; it equals `wanted_at` until one is requested.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from app.queue.jobs import JOB_TYPES, LOW, STALE, SWEPT, Job, JobKind, RepoJob, load
from app.queue.retry import CRASHES
from app.storage.database import jobs, storable, upsert

log = structlog.get_logger(part="queue")

J_co = TypeVar("J_co", bound=Job, covariant=True)

LONGEST_ERROR = 500
AGAIN = 0.5
"""A run that is due within this number of seconds follows the current one immediately: replicas' clocks differ."""
HIGHEST, LOWEST = -1000, 1000
"""Bounds outside the range of priorities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob(Generic[J_co]):
    """A job owned by this replica, at the generation that the next run serves."""

    key: str
    job: J_co
    priority: int
    generation: int
    attempts: int
    """Number of failed attempts since the last success."""
    cause: str
    """The last delivery that enqueued the job."""
    wanted_at: float
    error: str | None = None
    """The error of the last attempt, if it failed."""
    refused: bool = False
    """Whether GitHub refused the last attempt."""
    crashes: int = 0
    """Number of times a process crashed while it owned the job."""


@dataclass(frozen=True, slots=True)
class EnqueuedJob:
    """The state of a row after enqueuing."""

    claimed: ClaimedJob[Job]
    owner: str | None
    due_at: float


_COLUMNS = (jobs.c.key, jobs.c.kind, jobs.c.args, jobs.c.priority, jobs.c.wanted, jobs.c.attempts, jobs.c.cause,
            jobs.c.wanted_at, jobs.c.error, jobs.c.refused, jobs.c.crashes)  # fmt: skip
_OPEN = jobs.c.wanted > jobs.c.done
_KNOWN = jobs.c.kind.in_([kind.value for kind in JOB_TYPES])
"""Excludes kinds that a replica of another version enqueued and this one cannot run."""


def _claimed(row: Any) -> ClaimedJob[Job]:
    return ClaimedJob(
        key=row.key, job=load(row.kind, row.args), priority=row.priority, generation=row.wanted, attempts=row.attempts,
        cause=row.cause, wanted_at=row.wanted_at, error=row.error, refused=row.refused, crashes=row.crashes,
    )  # fmt: skip


def _readable(connection: Connection, rows: Iterable[Any]) -> list[ClaimedJob[Job]]:
    """Return the jobs of these rows.

    Jobs with unreadable arguments are logged and dropped, since they can never run.
    """
    found = []
    for row in rows:
        try:
            found.append(_claimed(row))
        except (ValueError, TypeError) as error:
            log.error("job dropped", job=row.key, reason=f"its row could not be read: {error}")
            connection.execute(jobs.delete().where(jobs.c.key == row.key))
    return found


def _merged(dialect: str, old: Any, new: Any) -> Any:
    """Return an SQL expression that merges two JSON objects; values of `new` take precedence."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import JSONB

        return sa.cast(sa.cast(old, JSONB).concat(sa.cast(new, JSONB)), sa.Text)
    return sa.func.json_patch(old, new)


@functools.cache
def _upsert(dialect: str) -> Any:
    insert = upsert(jobs, dialect)
    new = insert.excluded
    held = sa.and_(jobs.c.held_until.is_not(None), jobs.c.held_until > new.due_at)
    owned, claimed_now = jobs.c.owner.is_not(None), sa.and_(jobs.c.owner.is_(None), new.owner.is_not(None))
    return insert.on_conflict_do_update(
        index_elements=[jobs.c.key],
        set_={
            "wanted": jobs.c.wanted + new.wanted,
            # An open row keeps arguments of earlier events, such as a requested re-run; a job enqueued without
            # arguments keeps those of its last run.
            "args": sa.case((sa.or_(_OPEN, new.args == "{}"), _merged(dialect, jobs.c.args, new.args)), else_=new.args),
            "cause": new.cause,
            "priority": sa.case((sa.and_(_OPEN, jobs.c.priority < new.priority), jobs.c.priority), else_=new.priority),
            # Events don't shorten the backoff of a failed job; otherwise many events would cause many failing runs.
            "due_at": sa.case(
                (held, jobs.c.held_until),
                (sa.and_(_OPEN, claimed_now), jobs.c.wanted_at),
                (sa.and_(owned, jobs.c.due_at <= jobs.c.wanted_at), new.due_at),
                (sa.and_(_OPEN, jobs.c.due_at < new.due_at), jobs.c.due_at),
                else_=new.due_at,
            ),
            "wanted_at": sa.case((_OPEN, jobs.c.wanted_at), else_=new.wanted_at),
            "owner": sa.case((owned, jobs.c.owner), (held, sa.null()), else_=new.owner),
        },
    ).returning(*_COLUMNS, jobs.c.owner, jobs.c.due_at)


def enqueue(
    connection: Connection, wanted: Iterable[tuple[Job, str]], *, now: float, claim_for: str | None
) -> list[EnqueuedJob]:
    """Enqueue jobs, each with the delivery that requested it, and return their rows.

    `claim_for`: the replica that claims those requested by events that are due and have no owner; None claims none.
    """
    rows: dict[str, dict[str, Any]] = {}
    for job, cause in wanted:
        due_at = job.due(now)
        row = rows.get(job.key)
        if row is None:
            rows[job.key] = {
                "key": job.key, "kind": job.kind.value, "args": job.stored, "priority": job.urgency, "wanted": 1,
                "done": 0, "due_at": due_at, "attempts": 0, "crashes": 0, "started": False, "owner": None,
                "cause": cause, "wanted_at": now,
            }  # fmt: skip
        else:
            row["wanted"] += 1
            row["args"] = job.stored
            row["cause"] = cause
            row["priority"] = min(row["priority"], job.urgency)
            row["due_at"] = min(due_at, row["due_at"])
    if not rows:
        return []
    for row in rows.values():
        if row["due_at"] <= now and row["priority"] < SWEPT:
            row["owner"] = claim_for
    # Sorted by key, so that two replicas that write the same rows never deadlock.
    parameters = [rows[key] for key in sorted(rows)]
    result = connection.execute(_upsert(connection.dialect.name), parameters)
    return [EnqueuedJob(_claimed(row), row.owner, row.due_at) for row in result]


def take_out(connection: Connection, repo: str) -> list[tuple[RepoJob, str]]:
    """Remove the open jobs of a repository and return them, each with the delivery that requested it.

    Rows of running jobs are kept, but returned as well.
    """
    named = jobs.c.args.contains(f'"repo":"{repo}"', autoescape=True)
    here = sa.and_(_OPEN, _KNOWN, sa.or_(named, jobs.c.args.contains(f'"repo": "{repo}"', autoescape=True)))
    found = connection.execute(sa.select(*_COLUMNS).where(here)).all()
    connection.execute(jobs.delete().where(here, jobs.c.owner.is_(None)))
    claimed = _readable(connection, found)
    return [(each.job, each.cause) for each in claimed if isinstance(each.job, RepoJob)]


_OF_REPO = sa.select(*_COLUMNS).where(
    _OPEN,
    jobs.c.kind == sa.bindparam("which"),
    # `protection:acme/shop:...`, `life:acme/shop#...`
    sa.func.substr(jobs.c.key, 1, sa.bindparam("length")) == sa.bindparam("start"),
)


def open_jobs(connection: Connection, kind: JobKind, repo: str) -> list[Job]:
    """Return the open jobs of a kind for a repository, such as its held deployments or open incidents."""
    start = f"{kind.value}:{repo}{'#' if kind is JobKind.LIFE else ':'}"
    rows = connection.execute(_OF_REPO, {"which": kind.value, "length": len(start), "start": start}).all()
    return [each.job for each in _readable(connection, rows)]


_AMONG = sa.select(*_COLUMNS).where(_OPEN, jobs.c.key.in_(sa.bindparam("keys", expanding=True)))


def open_among(connection: Connection, keys: Sequence[str]) -> list[Job]:
    """Return the open jobs with these keys."""
    if not keys:
        return []
    rows = connection.execute(_AMONG, {"keys": list(keys)}).all()
    return [each.job for each in _readable(connection, rows)]


def _claim() -> Any:
    due = (
        sa.select(jobs.c.key)
        .where(
            _OPEN,
            _KNOWN,
            jobs.c.owner.is_(None),
            jobs.c.due_at <= sa.bindparam("now"),
            jobs.c.priority >= sa.bindparam("least"),
            jobs.c.priority < sa.bindparam("below"),
        )
        .order_by(jobs.c.priority, jobs.c.due_at)
        .limit(sa.bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        jobs.update()
        .where(jobs.c.key.in_(sa.select(due.c.key)))
        .values(owner=sa.bindparam("me"), started=False, due_at=jobs.c.wanted_at)
        .returning(*_COLUMNS)
    )


_CLAIM = _claim()


def claim(
    connection: Connection, owner: str, *, now: float, limit: int, least: int = HIGHEST, below: int = SWEPT
) -> list[ClaimedJob[Job]]:
    """Claim up to `limit` due jobs without an owner, the most urgent first.

    Only jobs with a priority of at least `least` and below `below` are claimed; by default, those requested by events.
    """
    if limit <= 0:
        return []
    parameters = {"now": now, "most": limit, "me": owner, "least": least, "below": below}
    found = _readable(connection, connection.execute(_CLAIM, parameters).all())
    return sorted(found, key=lambda each: (each.priority, each.wanted_at))


def owned(connection: Connection, owner: str) -> list[ClaimedJob[Job]]:
    """Return the open jobs that `owner` owns."""
    found = connection.execute(sa.select(*_COLUMNS).where(_OPEN, jobs.c.owner == owner)).all()
    return _readable(connection, found)


def started(connection: Connection, key: str, owner: str) -> None:
    """Record that a job suspected of causing a crash starts: if the process crashes now, the crash counts for it."""
    connection.execute(jobs.update().where(jobs.c.key == key, jobs.c.owner == owner).values(started=True))


def shift(connection: Connection, seconds: float) -> None:
    """Shift all times by `seconds` after a change of the system clock, so that jobs stay due as soon as before."""
    moved = {column.name: column + seconds for column in (jobs.c.due_at, jobs.c.held_until, jobs.c.wanted_at)}
    connection.execute(jobs.update().values(moved))


def not_begun(connection: Connection, keys: Sequence[str], *, soon: float | None = None) -> set[str]:
    """Return those keys whose jobs are enqueued but not owned: their next run will read the current state.

    `soon`: only include jobs that are due by then, or that an event elsewhere requested within GitHub's hourly limit.
    """
    found: set[str] = set()
    which = sa.true() if soon is None else sa.or_(jobs.c.due_at <= soon, jobs.c.priority == STALE)
    for at in range(0, len(keys), 500):
        some = sa.and_(jobs.c.key.in_(keys[at : at + 500]), _OPEN, jobs.c.owner.is_(None), which)
        found.update(connection.scalars(sa.select(jobs.c.key).where(some)))
    return found


_SERVED = sa.select(jobs.c.done).where(jobs.c.key == sa.bindparam("which"), sa.not_(_OPEN))


def served(connection: Connection, key: str) -> int | None:
    """Return the last served generation of a job; None if the job is open or not on record."""
    generation: int | None = connection.scalar(_SERVED, {"which": key})
    return generation


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of the open jobs, and when the next ones without an owner are due; None if there are none."""

    open: int
    set_aside: int
    owned: int
    next_due: float | None
    """The due time of the next job requested by an event."""
    next_swept_due: float | None
    next_low_due: float | None


def _overview() -> Any:
    free = sa.and_(_KNOWN, jobs.c.owner.is_(None))

    def count(which: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)

    def due(which: Any) -> Any:
        return sa.func.min(sa.case((sa.and_(free, which), jobs.c.due_at)))

    return sa.select(
        sa.func.count(), count(jobs.c.crashes >= CRASHES), count(jobs.c.owner == sa.bindparam("me")),
        due(jobs.c.priority < SWEPT), due(jobs.c.priority.between(SWEPT, LOW - 1)), due(jobs.c.priority >= LOW),
    ).select_from(jobs).where(_OPEN)  # fmt: skip


_OVERVIEW = _overview()


def overview(connection: Connection, owner: str) -> Overview:
    """Return counts and due times of the open jobs; `owned` counts those that `owner` owns."""
    return Overview(*connection.execute(_OVERVIEW, {"me": owner}).one())


def look(
    connection: Connection, owner: str, *, now: float, urgent: int, swept: int, low: int, held: int
) -> tuple[list[ClaimedJob[Job]], Overview]:
    """Claim due jobs, up to the given number per priority class, and return them with an overview of the queue.

    `held`: number of jobs in `owner`'s memory. If it owns more, a run's end was not recorded: all owned are returned.
    """
    found = overview(connection, owner)
    claimed = []
    for next_due, limit, least, below in (
        (found.next_due, urgent, HIGHEST, SWEPT),
        (found.next_swept_due, swept, SWEPT, LOW),
        (found.next_low_due, low, LOW, LOWEST),
    ):
        if next_due is not None and next_due <= now:
            claimed += claim(connection, owner, now=now, limit=limit, least=least, below=below)
    if claimed:
        found = overview(connection, owner)
    if found.owned > held + len(claimed):
        claimed += owned(connection, owner)
    return claimed, found


def _finish() -> Any:
    again = sa.and_(jobs.c.wanted > sa.bindparam("served"), jobs.c.due_at <= sa.bindparam("soon"))
    return (
        jobs.update()
        .where(jobs.c.key == sa.bindparam("which"), jobs.c.owner == sa.bindparam("me"))
        .values(
            done=sa.bindparam("served"),
            attempts=0,
            crashes=0,
            held_until=None,
            error=None,
            wanted_at=sa.bindparam("now"),
            owner=sa.case((again, jobs.c.owner), else_=sa.null()),
        )
        .returning(*_COLUMNS, jobs.c.owner)
    )


_FINISH = _finish()


def finish(connection: Connection, job: ClaimedJob[Job], owner: str, *, now: float) -> ClaimedJob[Job] | None:
    """Record that the run served `job.generation`. Return the job, still owned, if another run is due already."""
    parameters = {"which": job.key, "me": owner, "served": job.generation, "now": now, "soon": now + AGAIN}
    row = connection.execute(_FINISH, parameters).one_or_none()
    return _claimed(row) if row is not None and row.owner == owner else None


def postpone(
    connection: Connection, job: ClaimedJob[Job], owner: str, *, until: float, error: str, refused: bool = False
) -> None:
    """Record that the run failed. Any replica may retry at `until`; events don't make the job due earlier."""
    connection.execute(
        jobs.update()
        .where(jobs.c.key == job.key, jobs.c.owner == owner)
        .values(
            attempts=jobs.c.attempts + 1,
            crashes=0,
            due_at=until,
            held_until=until,
            error=storable(error[:LONGEST_ERROR]),
            refused=refused,
            owner=None,
        )
    )


def release(connection: Connection, owner: str) -> int:
    """Release all jobs of `owner`, which is stopping: each is due now. Return their number."""
    released = jobs.update().where(jobs.c.owner == owner).values(owner=None, due_at=jobs.c.wanted_at)
    return connection.execute(released).rowcount


def delete_done(connection: Connection, *, before: float) -> int:
    """Delete served rows without activity since `before`."""
    old = sa.and_(jobs.c.wanted == jobs.c.done, jobs.c.owner.is_(None), jobs.c.wanted_at < before)
    return connection.execute(jobs.delete().where(old)).rowcount
