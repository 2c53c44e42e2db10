"""Find the incidents of a repository that are not on record, such as after the database was lost.

A job is enqueued for each open incident, which restores its clocks. Closed incidents are only read, for the pages and
figures; nothing about them is changed on GitHub.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from app.job_context import JobContext
from app.notify.recipients import with_messages
from app.queue import job_table
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import JobKind, ReconcileLife
from app.storage import messages, snapshots
from app.storage.snapshots import Snapshot
from app.tasks import page_content
from hotfix.github.read.life.life_reading import incidents_since, open_incidents
from hotfix.github.transport.errors import NotFound
from hotfix.github.transport.github_app import Installation
from hotfix.life.incident_life import derive_life

log = structlog.get_logger(part="life")

SINCE = timedelta(days=365)
"""Maximum age of closed incidents that are read, which is the default period of the figures page."""
AT_ONCE = 10
"""Maximum number of closed incidents read by one job; another job reads the next ones."""
COST = 3
"""Number of GitHub calls to read an incident."""
LACKING = timedelta(days=30)
"""Maximum age of closed incidents whose undelivered messages are retried."""


def find(context: JobContext, claimed: ClaimedJob[ReconcileLife]) -> JobResult:
    """Enqueue the open incidents that have no job, and record the closed ones that are not on record.

    Incidents with undelivered messages, including closed ones, are enqueued as well, since the cause may have been
    fixed.
    """
    job = claimed.job
    client, installation = context.client(job)
    there = open_incidents(client, context.caches, job.repo)
    year = incidents_since(client, context.caches, job.repo, context.now() - SINCE)
    with context.read() as connection:
        known = {each.key for each in job_table.open_jobs(connection, JobKind.LIFE, job.repo)}
        recorded = snapshots.incident_numbers(connection, job.repo)
        undelivered = messages.undelivered(connection, job.repo)
    lacking = undelivered & set(year) - set(there)
    if lacking:
        lacking &= set(incidents_since(client, context.caches, job.repo, context.now() - LACKING))
    incidents = [*there, *sorted(lacking)]
    lives = [ReconcileLife(repo=job.repo, number=number, installation=installation) for number in incidents]
    closed = sorted(set(year) - set(there) - recorded, reverse=True)
    # `before` excludes incidents that could not be recorded, such as deleted ones, from being read repeatedly.
    left = [number for number in closed if not job.before or number < job.before]
    read = _read(context, client, job.repo, left[:AT_ONCE])
    further: tuple[ReconcileLife, ...] = ()
    if left[AT_ONCE:]:
        (delay,) = context.budgets.spread(installation, 1, cost=COST * AT_ONCE)
        last = left[AT_ONCE - 1]
        further = (ReconcileLife(repo=job.repo, number=0, installation=installation, before=last, delay=delay),)
    if left:
        log.info("closed incidents read", repo=job.repo, incidents=len(left[:AT_ONCE]), left=len(left[AT_ONCE:]))
    missing = tuple(life for life in lives if life.key not in known or life.number in undelivered)
    return JobResult(jobs=(*missing, *further), record=_recording(read))


def _read(context: JobContext, client: Installation, repo: str, numbers: Sequence[int]) -> list[Snapshot]:
    found = []
    for number in numbers:
        try:
            reading = context.read_life(client, repo, number)
        except NotFound:
            continue
        if reading.record is None:
            continue
        with context.read() as connection:
            sent = messages.of_incident(connection, repo, number)
        policy = reading.known.policy
        record = with_messages(reading.record, sent, context.notify, policy)
        found.append(page_content.of_life(derive_life(record, policy, context.now())))
    return found


def _recording(read: Sequence[Snapshot]) -> Callable[[Connection], Any] | None:
    if not read:
        return None

    def record(connection: Connection) -> None:
        for each in read:
            snapshots.record(connection, each)

    return record
