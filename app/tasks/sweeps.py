"""Sweep for lost deliveries, stale verdicts and old rows, at startup and regularly.

The evaluations that a sweep requests are spread over GitHub's hourly rate limit, and are paused while few calls remain.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from app import metrics
from app.job_context import JobContext
from app.queue import intake, job_table
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import (
    STALE,
    SWEPT,
    DeleteOldRows,
    Job,
    ReconcileLife,
    Redeliver,
    SweepInstallation,
    SweepInstallations,
    SweepOpenHotfixes,
    SweepRepo,
)
from app.storage import pulls, sessions, snapshots
from app.storage.pulls import KnownPullRow
from app.tasks.evaluate_repos import at_once, evaluation, spread
from hotfix.github.read.pull import pull_search as github_pulls
from hotfix.github.read.pull.pull_search import PullRef
from hotfix.github.transport.errors import NotFound
from hotfix.github.transport.github_app import DeliveryAttempt

log = structlog.get_logger(part="sweep")

EVERY = 300.0
"""Seconds between two sweeps of failed deliveries and open hotfixes."""
ALL_EVERY = 6 * 3600.0
"""Seconds between two sweeps of all repositories."""
STALE_AFTER = 2 * 3600.0
"""Seconds after which a hotfix is evaluated again without an event, since events may have been lost."""
DAY = 86400.0
REMEMBERED = timedelta(days=3)
"""Maximum age of deliveries that GitHub can redeliver."""
OVERLAP = timedelta(minutes=15)
"""Maximum time until a delivery is listed as failed; each reading of the list overlaps the previous one by this."""
KEEP = 7 * DAY
KEEP_CLOSED = 90 * DAY
KEEP_INCIDENTS = 400 * DAY
"""Seconds closed incidents are kept: a year of figures plus the month with which they are compared."""
REFUSED = (400, 413)
"""Statuses with which the service rejects a delivery that would fail again."""
ONLY_DELIVERED = frozenset({"deployment_protection_rule"})
"""Events that sweeps can't replace: GitHub's API does not list deployments that wait for an App."""
AGAIN_AT_ONCE = 200
"""Maximum number of redeliveries requested per run, since the App itself has a rate limit."""


STARTING: tuple[Job, ...] = (Redeliver(), SweepOpenHotfixes(), SweepInstallations(), DeleteOldRows(delay=60.0))
"""The jobs enqueued at every start; each enqueues itself again."""


def redeliver(context: JobContext, claimed: ClaimedJob[Redeliver]) -> JobResult:
    """Request redelivery of the deliveries that failed since the list was last read, by the times in GitHub's list.

    Deliveries with the oldest last attempt come first, so that each gets a turn even if many fail repeatedly.
    Successful deliveries of `ONLY_DELIVERED` events that are not on record, such as after the database was lost or
    restored from an old backup, are requested as well.
    """
    read_to = claimed.job.read_to or 0.0
    since = datetime.fromtimestamp(read_to, UTC) - OVERLAP if read_to else context.now() - REMEMBERED
    failed: dict[str, DeliveryAttempt] = {}
    arrived: set[str] = set()
    for delivery in context.github.deliveries(since):
        read_to = max(read_to, delivery.delivered_at.timestamp())
        if not delivery.failed and delivery.event in ONLY_DELIVERED and delivery.guid not in arrived:
            failed.setdefault(delivery.guid, delivery)
        elif not delivery.failed or delivery.status in REFUSED:
            arrived.add(delivery.guid)
        elif delivery.guid not in arrived:
            failed.setdefault(delivery.guid, delivery)
    with context.read() as connection:
        known = intake.known(connection, list(failed))
    missing = [delivery for delivery in reversed(failed.values()) if delivery.guid not in arrived | known]
    for delivery in missing[:AGAIN_AT_ONCE]:
        with contextlib.suppress(NotFound):
            context.github.redeliver(delivery.id)
            metrics.redelivered.inc()
    if missing:
        log.info("redeliveries requested", deliveries=len(missing[:AGAIN_AT_ONCE]), since=since.isoformat())
    overlap = datetime.fromtimestamp(read_to, UTC) - OVERLAP
    if not all(left.redelivery and left.delivered_at > overlap for left in missing[AGAIN_AT_ONCE:]):
        return JobResult(jobs=(replace(claimed.job, delay=10.0),))
    # The rest was redelivered within the overlap: the next run finds it in the list again.
    return JobResult(jobs=(Redeliver(read_to=read_to, delay=EVERY),))


def installations(context: JobContext, _claimed: ClaimedJob[SweepInstallations]) -> JobResult:
    """Sweep every installation that is not suspended."""
    found = [one.id for one in context.github.installations() if not one.suspended]
    sweeps = [SweepInstallation(installation=number) for number in found]
    return JobResult(jobs=(*sweeps, SweepInstallations(delay=ALL_EVERY)))


def installation(context: JobContext, claimed: ClaimedJob[SweepInstallation]) -> JobResult:
    """Sweep every repository of an installation, spread over time."""
    number = claimed.job.installation
    repos = context.github.installation(number).repositories()
    delays = context.budgets.spread(number, len(repos), cost=3)
    return JobResult(
        jobs=tuple(
            SweepRepo(repo=repo, installation=number, delay=delay, lives=True)
            for repo, delay in zip(repos, delays, strict=True)
        )
    )


def open_hotfixes(context: JobContext, _claimed: ClaimedJob[SweepOpenHotfixes]) -> JobResult:
    """Sweep the repositories that have open hotfixes on record."""
    with context.read() as connection:
        found = pulls.repos_with_hotfixes(connection, unread_since=time.time() - DAY)
    again = [SweepRepo(repo=repo, installation=number) for repo, number in found if not context.budgets.is_low(number)]
    return JobResult(jobs=(*again, SweepOpenHotfixes(delay=EVERY)))


def repository(context: JobContext, claimed: ClaimedJob[SweepRepo]) -> JobResult:
    """Evaluate the open hotfixes of a repository whose verdict is missing, outdated or for another head."""
    job = claimed.job
    client, number = context.client(job)
    with context.read() as connection:
        known = {pull.number: pull for pull in pulls.open_in(connection, job.repo)}
    hotfixes = {pull.number for pull in known.values() if pull.kind in pulls.HOTFIXES}
    refs = github_pulls.open_hotfixes(client, context.caches, job.repo, hotfixes)
    stale = [ref for ref in refs if is_stale(ref, known.get(ref.number))]
    shown = {ref.number for ref in refs}
    closed = sorted(hotfixes - shown)
    found = [evaluation(job.repo, ref.number, number, ref.head_sha, STALE if job.new else SWEPT) for ref in stale]
    lives = (ReconcileLife(repo=job.repo, installation=number, number=0),) if job.lives else ()
    return JobResult(
        jobs=(*(at_once(context, found) if job.new else spread(context, found)), *lives),
        record=_closing(job.repo, closed, before=claimed.wanted_at),
        wakes_protections=job.repo if job.lives else "",
    )


def is_stale(ref: PullRef, known: KnownPullRow | None) -> bool:
    """Return whether the verdict is missing, too old, or for another head or kind."""
    if known is None or known.evaluated_sha != ref.head_sha or known.evaluated_at is None:
        return True
    if known.kind != ref.kind.value or ref.check is None:
        return True
    # A check run that is in progress for a lasting reason is current: only an event can change it.
    if ref.check in ("queued", "in_progress", "stale") and not (known.lasting and ref.check == "in_progress"):
        return True
    return time.time() - known.evaluated_at > STALE_AFTER


def _closing(repo: str, numbers: Sequence[int], *, before: float) -> Callable[[Connection], Any] | None:
    """Return a function that records these pull requests, which GitHub no longer lists as open, as closed."""
    if not numbers:
        return None

    def record(connection: Connection) -> None:
        for number in numbers:
            pulls.closed(connection, repo, number, before=before)

    return record


def delete_old_rows(_context: JobContext, _claimed: ClaimedJob[DeleteOldRows]) -> JobResult:
    """Delete old rows.

    Deliveries and jobs are deleted after a week, closed pull requests after 90 days, closed incidents after 400 days,
    and sessions when they have expired.
    """
    now = time.time()

    def record(connection: Connection) -> None:
        counts = {
            "deliveries": intake.delete_old(connection, before=now - KEEP),
            "jobs": job_table.delete_done(connection, before=now - KEEP),
            "pulls": pulls.delete_closed(connection, before=now - KEEP_CLOSED),
            "sessions": sessions.delete_ended(connection, now=now),
            "snapshots": snapshots.delete_old(
                connection, pulls_before=now - KEEP_CLOSED, incidents_before=now - KEEP_INCIDENTS
            ),
        }
        log.info("old rows deleted", **counts)

    return JobResult(jobs=(DeleteOldRows(delay=DAY),), record=record)
