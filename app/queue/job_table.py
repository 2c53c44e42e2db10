"""The durable queue: SQL on the `jobs` table. One row a key; generations tell what is still wanted; an owner runs it.

`wanted > done` is work to do. A row is run by its owner alone. A replica that finishes a run and finds `wanted` grown
meanwhile runs the job once more: that is how any number of deliveries are served by one judging that began after them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app.queue.jobs import Job, Kind
from app.storage.database import jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A job that this replica owns, at the generation it is about to serve."""

    key: str
    kind: Kind
    args: Mapping[str, Any]
    priority: int
    generation: int
    attempts: int
    cause: str
    wanted_at: float
    error: str | None = None
    """How the last attempt ended, where it failed."""

    @property
    def repo(self) -> str:
        """`owner/name`, of a job about one repository."""
        return str(self.args["repo"])

    @property
    def installation(self) -> int:
        """0 where the event did not say."""
        return int(self.args.get("installation") or 0)


COLUMNS = (jobs.c.key, jobs.c.kind, jobs.c.args, jobs.c.priority, jobs.c.wanted, jobs.c.attempts, jobs.c.cause,
           jobs.c.wanted_at, jobs.c.error)  # fmt: skip
LONGEST_ERROR = 500
CLOCKS_DIFFER = 60.0
"""Seconds by which the clocks of two replicas may differ."""


def _claimed(row: Any) -> Claimed:
    return Claimed(
        key=row.key,
        kind=Kind(row.kind),
        args=json.loads(row.args),
        priority=row.priority,
        generation=row.wanted,
        attempts=row.attempts,
        cause=row.cause,
        wanted_at=row.wanted_at,
        error=row.error,
    )


def _upsert(dialect: str) -> Any:
    insert = postgresql.insert(jobs) if dialect == "postgresql" else sqlite.insert(jobs)
    new = insert.excluded
    open_ = jobs.c.wanted > jobs.c.done
    held = sa.and_(jobs.c.held_until.is_not(None), jobs.c.held_until > new.due_at)
    return insert.on_conflict_do_update(
        index_elements=[jobs.c.key],
        set_={
            "wanted": jobs.c.wanted + new.wanted,
            # HandlerResult without particulars, it keeps those on record.
            "args": sa.case((new.args == "{}", jobs.c.args), else_=new.args),
            "cause": new.cause,
            "priority": sa.case((sa.and_(open_, jobs.c.priority < new.priority), jobs.c.priority), else_=new.priority),
            # Where GitHub said when to come back, nothing comes back earlier, and nothing fails at every event.
            "due_at": sa.case(
                (held, jobs.c.held_until),
                (sa.and_(open_, jobs.c.due_at < new.due_at), jobs.c.due_at),
                else_=new.due_at,
            ),
            # What is tried because something happened starts its pauses anew.
            "attempts": sa.case((held, jobs.c.attempts), else_=0),
            "wanted_at": sa.case((open_, jobs.c.wanted_at), else_=new.wanted_at),
            "owner": sa.case((jobs.c.owner.is_not(None), jobs.c.owner), (held, sa.null()), else_=new.owner),
        },
    ).returning(*COLUMNS, jobs.c.owner, jobs.c.due_at)


_STATEMENTS = {dialect: _upsert(dialect) for dialect in ("postgresql", "sqlite")}


def enqueue(
    connection: Connection, wanted: Iterable[tuple[Job, str]], *, now: float, claim_for: str | None
) -> list[tuple[Claimed, str | None, float]]:
    """Record that these jobs are wanted, each with the delivery that asked. Every row as it then is, with its owner
    and when it is due. `claim_for`: the replica that will run at once those that are due and that nobody runs."""
    rows: dict[str, dict[str, Any]] = {}
    for job, cause in wanted:
        due_at = now + job.delay
        row = rows.get(job.key)
        if row is None:
            rows[job.key] = {
                "key": job.key, "kind": job.kind.value, "args": json.dumps(dict(job.args), separators=(",", ":")),
                "priority": job.priority, "wanted": 1, "done": 0, "due_at": due_at, "attempts": 0,
                "owner": claim_for if job.delay <= 0 else None, "cause": cause, "wanted_at": now,
            }  # fmt: skip
        else:
            row["wanted"] += 1
            row["args"] = json.dumps(dict(job.args), separators=(",", ":"))
            row["cause"] = cause
            row["priority"] = min(row["priority"], job.priority)
            if due_at < row["due_at"] or job.delay <= 0:
                row["due_at"] = min(due_at, row["due_at"])
                row["owner"] = claim_for if row["due_at"] <= now else None
    if not rows:
        return []
    # In the order of their keys: two replicas that write the same rows then wait for each other, never both ways.
    parameters = [rows[key] for key in sorted(rows)]
    result = connection.execute(_STATEMENTS[connection.dialect.name], parameters)
    return [(_claimed(row), row.owner, row.due_at) for row in result]


_OPEN = jobs.c.wanted > jobs.c.done


def take_out(connection: Connection, repo: str) -> list[tuple[Job, str]]:
    """The open jobs about a repository, with the delivery that asked for each: they are wanted no more. One that runs
    is only copied."""
    here = sa.and_(
        _OPEN, jobs.c.args.contains(json.dumps({"repo": repo}, separators=(",", ":"))[1:-1], autoescape=True)
    )
    found = connection.execute(sa.select(*COLUMNS).where(here)).all()
    connection.execute(jobs.delete().where(here, jobs.c.owner.is_(None)))
    return [(Job(kind=Kind(row.kind), key=row.key, args=json.loads(row.args)), row.cause) for row in found]


def claim(connection: Connection, owner: str, *, now: float, limit: int) -> list[Claimed]:
    """Take up to `limit` jobs that are due and that nobody runs, the most urgent first."""
    due = (
        sa.select(jobs.c.key)
        .where(_OPEN, jobs.c.owner.is_(None), jobs.c.due_at <= sa.bindparam("now"))
        .order_by(jobs.c.priority, jobs.c.due_at)
        .limit(sa.bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        jobs.update().where(jobs.c.key.in_(sa.select(due.c.key))).values(owner=sa.bindparam("me")).returning(*COLUMNS)
    )
    result = connection.execute(statement, {"now": now, "most": limit, "me": owner})
    return sorted((_claimed(row) for row in result), key=lambda job: (job.priority, job.wanted_at))


def owned(connection: Connection, owner: str) -> list[Claimed]:
    """What `owner` is to run or runs."""
    return [_claimed(row) for row in connection.execute(sa.select(*COLUMNS).where(_OPEN, jobs.c.owner == owner))]


def shift(connection: Connection, seconds: float) -> None:
    """The clock was set by so much: what was to be in a minute still is."""
    moved = {column.name: column + seconds for column in (jobs.c.due_at, jobs.c.held_until, jobs.c.wanted_at)}
    connection.execute(jobs.update().values(moved))


def not_begun(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these are wanted already and run by nobody: their run will see all that is so now."""
    found: set[str] = set()
    for at in range(0, len(keys), 500):
        some = keys[at : at + 500]
        found.update(
            connection.scalars(sa.select(jobs.c.key).where(jobs.c.key.in_(some), _OPEN, jobs.c.owner.is_(None)))
        )
    return found


def next_due(connection: Connection) -> float | None:
    """When the next job that nobody runs is due; None when there is none."""
    value: float | None = connection.scalar(sa.select(sa.func.min(jobs.c.due_at)).where(_OPEN, jobs.c.owner.is_(None)))
    return value


def waiting(connection: Connection) -> int:
    """How many jobs are wanted and not done."""
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs).where(_OPEN)) or 0


def _finish() -> Any:
    again = sa.and_(jobs.c.wanted > sa.bindparam("served"), jobs.c.due_at <= sa.bindparam("now"))
    return (
        jobs.update()
        .where(jobs.c.key == sa.bindparam("which"), jobs.c.owner == sa.bindparam("me"))
        .values(
            done=sa.bindparam("served"),
            attempts=0,
            held_until=None,
            error=None,
            wanted_at=sa.bindparam("now"),
            owner=sa.case((again, jobs.c.owner), else_=sa.null()),
        )
        .returning(*COLUMNS, jobs.c.owner)
    )


_FINISH = _finish()


def finish(connection: Connection, job: Claimed, owner: str, *, now: float) -> Claimed | None:
    """The run served `job.generation`. The job again, still owned, when it was wanted once more meanwhile."""
    parameters = {"which": job.key, "me": owner, "served": job.generation, "now": now}
    row = connection.execute(_FINISH, parameters).one_or_none()
    return _claimed(row) if row is not None and row.owner == owner else None


def postpone(connection: Connection, job: Claimed, owner: str, *, until: float, held_until: float, error: str) -> None:
    """The run could not tell: anyone may try again at `until`; no event brings it back before `held_until`."""
    connection.execute(
        jobs.update()
        .where(jobs.c.key == job.key, jobs.c.owner == owner)
        .values(
            attempts=jobs.c.attempts + 1,
            due_at=until,
            held_until=held_until,
            error=error[:LONGEST_ERROR],
            owner=None,
        )
    )


def release(connection: Connection, owner: str) -> int:
    """Give up all that `owner` owns: it is dead, or stops."""
    return connection.execute(jobs.update().where(jobs.c.owner == owner).values(owner=None)).rowcount


def recover(connection: Connection, *, now: float, alone: bool) -> None:
    """A replica starts: what failed is tried at once, unless GitHub said when. `alone`: on a database of one process,
    whatever an earlier one owned is nobody's."""
    newest = connection.scalar(sa.select(sa.func.max(jobs.c.wanted_at)))
    if newest is not None and newest - now > CLOCKS_DIFFER:  # the clock was set back while nobody looked
        shift(connection, now - newest)
    failed = sa.and_(_OPEN, jobs.c.attempts > 0, jobs.c.owner.is_(None), jobs.c.held_until <= now)
    connection.execute(jobs.update().where(failed).values(due_at=now, attempts=0))
    if alone:
        connection.execute(jobs.update().where(jobs.c.owner.is_not(None)).values(owner=None))


def owners(connection: Connection) -> set[str]:
    """Every replica that owns a job."""
    return set(connection.scalars(sa.select(jobs.c.owner).where(jobs.c.owner.is_not(None)).distinct()))


def forget_done(connection: Connection, *, before: float) -> int:
    """Drop rows that were served and not wanted since `before`."""
    return connection.execute(
        jobs.delete().where(jobs.c.wanted == jobs.c.done, jobs.c.owner.is_(None), jobs.c.wanted_at < before)
    ).rowcount
