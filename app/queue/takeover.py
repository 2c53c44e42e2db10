"""Release the jobs of a dead process, and count the crash for those that may have caused it."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from app.queue import job_table
from app.queue.retry import CRASHES
from app.storage.database import jobs

log = structlog.get_logger(part="queue")

CLOCKS_DIFFER = 60.0
"""Tolerated difference between the clocks of two replicas, in seconds."""
_SET_ASIDE = sa.and_(jobs.c.wanted > jobs.c.done, jobs.c.crashes >= CRASHES)


def release_dead(connection: Connection, owner: str | None, *, now: float, set_aside_for: float) -> int:
    """Release the jobs of a dead process (None: of all) and count the crash. Return the number of released jobs.

    At the first crash it is unknown which job caused it, so each is suspect. Suspects run one at a time and record
    their start, so that later crashes count only for the job that was running. A job that reaches CRASHES is set aside.
    """
    theirs = jobs.c.owner == owner if owner is not None else jobs.c.owner.is_not(None)
    counts_now = sa.or_(jobs.c.crashes == 0, jobs.c.started)
    released = connection.execute(
        jobs.update()
        .where(theirs)
        .values(
            owner=None,
            started=False,
            due_at=jobs.c.wanted_at,
            crashes=sa.case((counts_now, jobs.c.crashes + 1), else_=jobs.c.crashes),
        )
    ).rowcount
    aside = sa.and_(_SET_ASIDE, jobs.c.owner.is_(None), sa.or_(jobs.c.held_until.is_(None), jobs.c.held_until <= now))
    until = now + set_aside_for
    found = connection.execute(
        jobs.update().where(aside).values(due_at=until, held_until=until).returning(jobs.c.key, jobs.c.crashes)
    )
    for row in found.all():
        log.error(
            "job set aside", job=row.key, crashes=row.crashes, retry_in_s=set_aside_for,
            reason="the process ended each time it ran this job",
        )  # fmt: skip
    return released


def recover(connection: Connection, *, now: float, alone: bool, set_aside_for: float) -> None:
    """Recover the queue when a replica starts.

    `alone`: whether no other process uses the database, so that all owned jobs can be released.
    """
    newest = connection.scalar(sa.select(sa.func.max(jobs.c.wanted_at)))
    if newest is not None and newest - now > CLOCKS_DIFFER:  # the clock was set back while no process ran
        job_table.shift(connection, now - newest)
    if alone:
        release_dead(connection, None, now=now, set_aside_for=set_aside_for)


def owners(connection: Connection) -> set[str]:
    """Return the names of all replicas that own jobs."""
    return set(connection.scalars(sa.select(jobs.c.owner).where(jobs.c.owner.is_not(None)).distinct()))
