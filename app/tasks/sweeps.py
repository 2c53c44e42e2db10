"""Sweep for what no event announced (lost deliveries, stale verdicts, old rows) and what one event makes stale.

Sweeps run at the start and every few minutes and never hurry: their evaluations are spread over GitHub's hourly limit,
and pause while little of it is left. What an event made stale is evaluated at once.
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
    EvaluateOwner,
    EvaluatePull,
    EvaluateRepo,
    Job,
    ReconcileLife,
    Redeliver,
    SweepInstallation,
    SweepInstallations,
    SweepOpenHotfixes,
    SweepRepo,
)
from app.queue.retry import BELIEVED_AFTER
from app.storage import pulls, sessions, snapshots
from app.storage.pulls import KnownPullRow
from hotfix.github.read import git_refs
from hotfix.github.read.pull import pull_search as github_pulls
from hotfix.github.read.pull.pull_search import PullRef
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, TransientError
from hotfix.github.transport.github_app import DeliveryAttempt
from hotfix.github.write.rollout.deployments import same_environment
from hotfix.text.globs import matches_branch

log = structlog.get_logger(part="sweep")

EVERY = 300.0
"""Seconds between two looks at failed deliveries and open hotfixes."""
ALL_EVERY = 6 * 3600.0
"""Seconds between two looks at every repository."""
STALE_AFTER = 2 * 3600.0
"""Seconds until a verdict is evaluated again although no event came: its events may all have been lost."""
DAY = 86400.0
REMEMBERED = timedelta(days=3)
"""GitHub redelivers nothing that is older."""
OVERLAP = timedelta(minutes=15)
"""A delivery fails after up to this long: the list is read again from that much before."""
KEEP = 7 * DAY
KEEP_CLOSED = 90 * DAY
KEEP_INCIDENTS = 400 * DAY
"""A year of figures, and the month that it is compared with."""
REFUSED = (400, 413)
"""The service's answers to a delivery that a repetition cannot help: it arrived."""
ONLY_DELIVERED = frozenset({"deployment_protection_rule"})
"""Events that no sweep can find: GitHub lists no deployments that wait for an App."""
AGAIN_AT_ONCE = 200
"""Deliveries requested again at a time: an App has a limit of its own."""

SOON = 1.0
"""Seconds within which an evaluation that is enqueued serves an event as well as a new one."""
NOWHERE = "0" * 40
"""Where a push says that a branch or tag was before it was created."""

STARTING: tuple[Job, ...] = (Redeliver(), SweepOpenHotfixes(), SweepInstallations(), DeleteOldRows(delay=60.0))
"""Enqueued at every start; each enqueues itself again."""


def redeliver(context: JobContext, claimed: ClaimedJob[Redeliver]) -> JobResult:
    """Ask GitHub again for the deliveries that failed since the list was last read, by GitHub's own clock.

    Those whose last attempt is the oldest go first, so that each gets its turn however many fail time after time. One
    that arrived and is not on record, since the database was lost or is an old backup, is asked for as well if nothing
    else on GitHub tells of it.
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
        log.info("asked for failed deliveries again", deliveries=len(missing[:AGAIN_AT_ONCE]), since=since.isoformat())
    overlap = datetime.fromtimestamp(read_to, UTC) - OVERLAP
    if not all(left.redelivery and left.delivered_at > overlap for left in missing[AGAIN_AT_ONCE:]):
        return JobResult(jobs=(replace(claimed.job, delay=10.0),))
    # What is left had its second attempt a moment ago: the next look finds it in the list again.
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
    """Sweep the repositories that have open hotfixes."""
    with context.read() as connection:
        found = pulls.repos_with_hotfixes(connection, unread_since=time.time() - DAY)
    again = [SweepRepo(repo=repo, installation=number) for repo, number in found if not context.budgets.is_low(number)]
    return JobResult(jobs=(*again, SweepOpenHotfixes(delay=EVERY)))


def repository(context: JobContext, claimed: ClaimedJob[SweepRepo]) -> JobResult:
    """Evaluate the open hotfixes of a repository whose verdict is missing, of another head, or old."""
    job = claimed.job
    client, number = context.client(job)
    with context.read() as connection:
        known = {pull.number: pull for pull in pulls.open_in(connection, job.repo)}
    hotfixes = {pull.number for pull in known.values() if pull.kind in pulls.HOTFIXES}
    refs = github_pulls.open_hotfixes(client, context.caches, job.repo, hotfixes)
    stale = [ref for ref in refs if is_stale(ref, known.get(ref.number))]
    shown = {ref.number for ref in refs}
    closed = sorted(hotfixes - shown)
    found = [_evaluation(job.repo, ref.number, number, ref.head_sha, STALE if job.new else SWEPT) for ref in stale]
    lives = (ReconcileLife(repo=job.repo, installation=number, number=0),) if job.lives else ()
    return JobResult(
        jobs=(*(_at_once(context, found) if job.new else _spread(context, found)), *lives),
        record=_closing(job.repo, closed, before=claimed.wanted_at),
        wakes_protections=job.repo if job.lives else "",
    )


def _evaluation(repo: str, number: int, installation: int, sha: str, priority: int) -> EvaluatePull:
    return EvaluatePull(repo=repo, number=number, installation=installation, sha=sha, likely=True, priority=priority)


def is_stale(ref: PullRef, known: KnownPullRow | None) -> bool:
    """Return whether the verdict is missing, of another head or kind, or too old."""
    if known is None or known.evaluated_sha != ref.head_sha or known.evaluated_at is None:
        return True
    if known.kind != ref.kind.value or ref.check is None:
        return True
    # In progress for a reason that lasts is current as well: only an event can change it.
    if ref.check in ("queued", "in_progress", "stale") and not (known.lasting and ref.check == "in_progress"):
        return True
    return time.time() - known.evaluated_at > STALE_AFTER


def _closing(repo: str, numbers: Sequence[int], *, before: float) -> Callable[[Connection], Any] | None:
    """Record that these are closed: they were open on record, and GitHub no longer lists them."""
    if not numbers:
        return None

    def record(connection: Connection) -> None:
        for number in numbers:
            pulls.closed(connection, repo, number, before=before)

    return record


def evaluate_repo(context: JobContext, claimed: ClaimedJob[EvaluateRepo]) -> JobResult:
    """Evaluate the open hotfixes of a repository again."""
    job = claimed.job
    if not _concerns(context, job.repo, job.branch, job.environment):
        return JobResult()
    with context.read() as connection:
        known = pulls.open_hotfixes(connection, repo=job.repo)
    if not (job.policy or (known and job.ref)):
        return JobResult(jobs=_at_once(context, _evaluations(known)))
    client, installation = context.client(job)
    if job.ref and claimed.attempts < BELIEVED_AFTER:
        _must_have_moved(client, job.repo, job.ref, job.before)
    if not job.policy:
        return JobResult(jobs=_at_once(context, _evaluations(known)))
    # What was a hotfix by the old policy, and what is one by the new.
    refs = github_pulls.open_hotfixes(client, context.caches, job.repo, {pull.number for pull in known})
    found = [_evaluation(job.repo, ref.number, installation, ref.head_sha, STALE) for ref in refs]
    return JobResult(jobs=_at_once(context, found))


def evaluate_owner(context: JobContext, claimed: ClaimedJob[EvaluateOwner]) -> JobResult:
    """Evaluate the open hotfixes of all repositories of an owner again."""
    with context.read() as connection:
        known = pulls.open_hotfixes(connection, owner=claimed.job.owner)
    return JobResult(jobs=_at_once(context, _evaluations(known)))


def _evaluations(known: Sequence[KnownPullRow]) -> list[EvaluatePull]:
    return [_evaluation(pull.repo, pull.number, pull.installation, pull.head_sha, STALE) for pull in known]


def _must_have_moved(client: Client, repo: str, ref: str, before: str) -> None:
    """Raise TransientError while GitHub shows a branch or tag where it was before the push that it announced."""
    if (git_refs.object_at(client, repo, ref) or NOWHERE) == before:
        raise TransientError(f"GitHub does not show the push to {ref} of {repo} yet.")


def _concerns(context: JobContext, repo: str, branch: str | None, environment: str | None) -> bool:
    """Return whether a branch is long-lived, or an environment production; True if the policy is not known yet."""
    known = context.caches.policies.get(repo.casefold())
    if known is None:
        return True
    if branch is not None:
        return matches_branch(known.long_lived, branch)
    return environment is None or same_environment(environment, known.policy.production.environment)


def _at_once(context: JobContext, found: Sequence[EvaluatePull]) -> tuple[Job, ...]:
    """Return the evaluations that an event made necessary: at once, as far as GitHub's hourly limit allows.

    One that a sweep enqueued is brought forward, one that an event enqueued is not enqueued twice: however often a
    branch moves, its hotfixes are evaluated as often as the limit allows.
    """
    with context.read() as connection:
        enqueued = job_table.not_begun(connection, [job.key for job in found], soon=time.time() + SOON)
    return _scheduled([job for job in found if job.key not in enqueued], context.budgets.at_once)


def _spread(context: JobContext, found: Sequence[EvaluatePull]) -> tuple[Job, ...]:
    """Return the evaluations that no event asked for, spread over GitHub's hourly limit.

    Left out are those enqueued already.
    """
    with context.read() as connection:
        enqueued = job_table.not_begun(connection, [job.key for job in found])
    return _scheduled([job for job in found if job.key not in enqueued], context.budgets.spread)


def _scheduled(found: Sequence[EvaluatePull], delays_of: Callable[[int, int], list[float]]) -> tuple[Job, ...]:
    by_installation: dict[int, list[EvaluatePull]] = {}
    for job in found:
        by_installation.setdefault(job.installation, []).append(job)
    return tuple(
        replace(job, delay=delay)
        for number, some in by_installation.items()
        for job, delay in zip(some, delays_of(number, len(some)), strict=True)
    )


def delete_old_rows(_context: JobContext, _claimed: ClaimedJob[DeleteOldRows]) -> JobResult:
    """Delete old rows: deliveries and jobs after a week, closed pull requests after three months,
    closed incidents after a year."""
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
