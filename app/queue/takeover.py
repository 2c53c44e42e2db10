"""Give back the jobs of a dead process, and count those that may have ended it."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from app.queue import job_table
from app.queue.retry import CRASHES
from app.storage.database import jobs

log = structlog.get_logger(part="queue")

CLOCKS_DIFFER = 60.0
"""Seconds by which the clocks of two replicas may differ."""
_SET_ASIDE = sa.and_(jobs.c.wanted > jobs.c.done, jobs.c.crashes >= CRASHES)


def release_dead(connection: Connection, owner: str | None, *, now: float, set_aside_for: float) -> int:
    """Give back all that a dead process owned (None: of any), and count the crash. Return how many jobs that were.

    Nobody knows which of its jobs ended the process, so each is suspect; suspects run one at a time and say when they
    start, so that from the second crash on only the one that ran is counted. One that reaches CRASHES is set aside.
    """
    theirs = jobs.c.owner == owner if owner is not None else jobs.c.owner.is_not(None)
    counts_now = sa.or_(jobs.c.crashes == 0, jobs.c.started)
    released = connection.execute(
        jobs.update()
        .where(theirs)
        .values(owner=None, started=False, crashes=sa.case((counts_now, jobs.c.crashes + 1), else_=jobs.c.crashes))
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
    """Take up the queue when a replica starts.

    `alone`: no other process uses the database, so what an earlier one owned is given back.
    """
    newest = connection.scalar(sa.select(sa.func.max(jobs.c.wanted_at)))
    if newest is not None and newest - now > CLOCKS_DIFFER:  # the clock was set back while no process ran
        job_table.shift(connection, now - newest)
    if alone:
        release_dead(connection, None, now=now, set_aside_for=set_aside_for)


def owners(connection: Connection) -> set[str]:
    """Return every replica that owns a job."""
    return set(connection.scalars(sa.select(jobs.c.owner).where(jobs.c.owner.is_not(None)).distinct()))
