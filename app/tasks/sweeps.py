"""What nobody announced: lost deliveries, verdicts that went stale, old rows. At the start and every few minutes.

Sweeps never hurry: the judgings they want are spread over GitHub's hourly limit, and wait where little of it is left.
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
from app.job_context import Context, Done
from app.queue import intake, job_table, jobs
from app.queue.job_table import Claimed
from app.queue.jobs import Job, Kind
from app.queue.worker import BELIEVED_AFTER
from app.storage import pulls
from app.storage.pulls import Known
from hotfix.github.read import pull_search as github_pulls
from hotfix.github.read.pull_search import PullRef
from hotfix.github.read.request import NOT_YET
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, TransientError
from hotfix.github.write.deployments import same_environment
from hotfix.text.globs import matches_branch

log = structlog.get_logger(part="sweep")

EVERY = 300.0
"""Seconds between two looks at failed deliveries and open hotfixes."""
ALL_EVERY = 6 * 3600.0
"""Seconds between two looks at every repository."""
STALE_AFTER = 2 * 3600.0
"""Seconds until a verdict is judged again though nothing was heard: its events may all have been lost."""
DAY = 86400.0
REMEMBERED = timedelta(days=3)
"""GitHub delivers nothing again that is older."""
OVERLAP = timedelta(minutes=15)
"""A delivery fails after up to this long: the list is read again from that much before."""
KEEP = 7 * DAY
KEEP_CLOSED = 90 * DAY
REFUSED = (400, 413)
"""What we answer to a delivery that no repetition mends: it arrived."""
AGAIN_AT_ONCE = 200
"""Deliveries asked for again in one go: an App has a limit of its own."""

NOWHERE = "0" * 40
"""Where a push says that a branch or tag was before it was made."""

STARTING: tuple[Job, ...] = (
    jobs.recurring(Kind.REDELIVER),
    jobs.recurring(Kind.OPEN_HOTFIXES),
    jobs.recurring(Kind.INSTALLATIONS),
    jobs.recurring(Kind.RETENTION, delay=60.0),
)
"""HandlerResult at every start; each wants itself again."""


def redeliver(context: Context, job: Claimed) -> Done:
    """Ask GitHub again for the deliveries that failed since the list was last read, by GitHub's own clock."""
    read_to = float(job.args.get("read_to") or 0.0)
    since = datetime.fromtimestamp(read_to, UTC) - OVERLAP if read_to else context.now() - REMEMBERED
    failed: dict[str, int] = {}
    arrived: set[str] = set()
    for delivery in context.github.deliveries(since):
        read_to = max(read_to, delivery.delivered_at.timestamp())
        if not delivery.failed or delivery.status in REFUSED:
            arrived.add(delivery.guid)
        elif delivery.guid not in arrived:
            failed.setdefault(delivery.guid, delivery.id)
    with context.read() as connection:
        known = intake.known(connection, list(failed))
    missing = [guid for guid in failed if guid not in arrived | known]
    for guid in missing[:AGAIN_AT_ONCE]:
        with contextlib.suppress(NotFound):
            context.github.redeliver(failed[guid])
            metrics.redelivered.inc()
    if missing:
        log.info("asked for failed deliveries again", deliveries=len(missing[:AGAIN_AT_ONCE]), since=since.isoformat())
    if len(missing) > AGAIN_AT_ONCE:
        return Done(jobs=(jobs.recurring(Kind.REDELIVER, 10.0, read_to=job.args.get("read_to")),))
    return Done(jobs=(jobs.recurring(Kind.REDELIVER, EVERY, read_to=read_to),))


def installations(context: Context, _job: Claimed) -> Done:
    """Sweep every installation that is not suspended."""
    found = [one.id for one in context.github.installations() if not one.suspended]
    return Done(jobs=(*map(jobs.sweep, found), jobs.recurring(Kind.INSTALLATIONS, ALL_EVERY)))


def installation(context: Context, job: Claimed) -> Done:
    """Sweep every repository of an installation, spread."""
    number = job.installation
    repos = context.github.installation(number).repositories()
    delays = context.budgets.spread(number, len(repos), cost=2)
    return Done(jobs=tuple(jobs.sweep_repo(repo, number, delay) for repo, delay in zip(repos, delays, strict=True)))


def open_hotfixes(context: Context, _job: Claimed) -> Done:
    """Sweep the repositories that have open hotfixes."""
    with context.read() as connection:
        found = pulls.repos_with_hotfixes(connection)
    again = tuple(jobs.sweep_repo(repo, number) for repo, number in found if not context.budgets.poor(number))
    return Done(jobs=(*again, jobs.recurring(Kind.OPEN_HOTFIXES, EVERY)))


def repository(context: Context, job: Claimed) -> Done:
    """Judge the open hotfixes of a repository whose verdict is missing, of another head, or old."""
    repo = job.repo
    client, number = context.client(repo, job.installation)
    with context.read() as connection:
        known = {pull.number: pull for pull in pulls.open_in(connection, repo)}
    hotfixes = {pull.number for pull in known.values() if pull.kind in pulls.HOTFIXES}
    refs = github_pulls.open_hotfixes(client, context.caches, repo, hotfixes)
    stale = [ref for ref in refs if _stale(ref, known.get(ref.number))]
    shown = {ref.number for ref in refs}
    closed = sorted(hotfixes - shown)
    return Done(
        jobs=_spread(context, [(repo, ref.number, number, ref.head_sha) for ref in stale]),
        record=_closing(repo, closed, before=job.wanted_at),
    )


def _stale(ref: PullRef, known: Known | None) -> bool:
    if known is None or known.judged_sha != ref.head_sha or known.judged_at is None or known.kind != ref.kind.value:
        return True
    if ref.check is None or ref.check in ("queued", "in_progress", "stale"):
        return True
    return time.time() - known.judged_at > STALE_AFTER


def _closing(repo: str, numbers: Sequence[int], *, before: float) -> Callable[[Connection], Any] | None:
    """They were open as far as we knew, and GitHub does not list them any more."""
    if not numbers:
        return None

    def record(connection: Connection) -> None:
        for number in numbers:
            pulls.closed(connection, repo, number, before=before)

    return record


def fan_out(context: Context, job: Claimed) -> Done:
    """Judge the open hotfixes of a repository, or of all repositories of an owner, again."""
    args = job.args
    repo, owner = args.get("repo"), args.get("owner")
    if repo is not None and not _concerns(context, str(repo), args.get("branch"), args.get("environment")):
        return Done()
    with context.read() as connection:
        known = pulls.open_hotfixes(connection, repo=repo, owner=owner)
    found = [(pull.repo, pull.number, pull.installation, pull.head_sha) for pull in known]
    moved, policy = args.get("ref"), args.get("policy")
    if repo is None or not (policy or (found and moved)):
        return Done(jobs=_spread(context, found))
    client, installation = context.client(str(repo), job.installation)
    if moved and job.attempts < BELIEVED_AFTER:
        _must_have_moved(context, client, str(repo), str(moved), str(args.get("before")))
    if policy:
        # What was a hotfix by the old policy, and what is one by the new.
        refs = github_pulls.open_hotfixes(client, context.caches, str(repo), {pull.number for pull in known})
        found = [(str(repo), ref.number, installation, ref.head_sha) for ref in refs]
    return Done(jobs=_spread(context, found))


def _must_have_moved(context: Context, client: Client, repo: str, ref: str, before: str) -> None:
    """Raise TransientError while GitHub shows a branch or tag where it was before the push that it announced."""
    if (github_pulls.commit_of(client, repo, ref) or NOWHERE) == before:
        raise TransientError(f"GitHub does not show the push to {ref} of {repo} yet.", context.now() + NOT_YET)


def _concerns(context: Context, repo: str, branch: str | None, environment: str | None) -> bool:
    """Is this branch long-lived, this environment production? Yes where the policy is not known yet."""
    known = context.caches.policies.get(repo.casefold())
    if known is None:
        return True
    if branch is not None:
        return matches_branch(known.long_lived, branch)
    return environment is None or same_environment(environment, known.policy.production.environment)


def _spread(context: Context, found: Sequence[tuple[str, int, int, str]]) -> tuple[Job, ...]:
    """Judgings of (repository, number, installation, head), each installation's spread over its budget. Those that
    wait already take no place twice: however often a branch moves, its hotfixes are judged as often as can be."""
    wanted = [jobs.judge(repo, number, installation, sha=sha, swept=True) for repo, number, installation, sha in found]
    with context.read() as connection:
        waiting = job_table.not_begun(connection, [job.key for job in wanted])
    by_installation: dict[int, list[Job]] = {}
    for job, (_, _, number, _) in zip(wanted, found, strict=True):
        if job.key not in waiting:
            by_installation.setdefault(number, []).append(job)
    return tuple(
        replace(job, delay=delay)
        for number, some in by_installation.items()
        for job, delay in zip(some, context.budgets.spread(number, len(some)), strict=True)
    )


def retention(_context: Context, _job: Claimed) -> Done:
    """CacheInvalidation what is old: deliveries and jobs after a week, closed pull requests after three months."""
    now = time.time()

    def record(connection: Connection) -> None:
        counts = {
            "deliveries": intake.forget(connection, before=now - KEEP),
            "jobs": job_table.forget_done(connection, before=now - KEEP),
            "pulls": pulls.forget_closed(connection, before=now - KEEP_CLOSED),
        }
        log.info("forgot what is old", **counts)

    return Done(jobs=(jobs.recurring(Kind.RETENTION, DAY),), record=record)
