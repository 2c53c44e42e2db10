"""Evaluate all open hotfixes of a repository or an owner again, after an event that made their verdicts stale.

Such evaluations run as early as GitHub's hourly rate limit allows; those that only a sweep asks for are spread over it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.job_context import JobContext
from app.queue import job_table
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import STALE, EvaluateOwner, EvaluatePull, EvaluateRepo, Job
from app.queue.retry import FINAL_AFTER
from app.storage import pulls
from app.storage.pulls import KnownPullRow
from hotfix.github.read import git_refs
from hotfix.github.read.pull import pull_search as github_pulls
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import TransientError
from hotfix.github.write.rollout.deployments import same_environment
from hotfix.text.globs import matches_branch

SOON = 1.0
"""An enqueued evaluation that is due within this number of seconds serves an event as well as a new one."""
NOWHERE = "0" * 40
"""The `before` commit in a push event that creates a branch or tag."""


def evaluate_repo(context: JobContext, claimed: ClaimedJob[EvaluateRepo]) -> JobResult:
    """Evaluate the open hotfixes of a repository again."""
    job = claimed.job
    if not _concerns(context, job.repo, job.branch, job.environment):
        return JobResult()
    with context.read() as connection:
        known = pulls.open_hotfixes(connection, repo=job.repo)
    if not (job.policy or (known and job.ref)):
        return JobResult(jobs=at_once(context, _evaluations(known)))
    client, installation = context.client(job)
    if job.ref and claimed.attempts < FINAL_AFTER:
        _must_have_moved(client, job.repo, job.ref, job.before)
    if not job.policy:
        return JobResult(jobs=at_once(context, _evaluations(known)))
    # Both the hotfixes by the old policy and those by the new one.
    refs = github_pulls.open_hotfixes(client, context.caches, job.repo, {pull.number for pull in known})
    found = [evaluation(job.repo, ref.number, installation, ref.head_sha, STALE) for ref in refs]
    return JobResult(jobs=at_once(context, found))


def evaluate_owner(context: JobContext, claimed: ClaimedJob[EvaluateOwner]) -> JobResult:
    """Evaluate again the open hotfixes of all repositories of an owner."""
    with context.read() as connection:
        known = pulls.open_hotfixes(connection, owner=claimed.job.owner)
    return JobResult(jobs=at_once(context, _evaluations(known)))


def _evaluations(known: Sequence[KnownPullRow]) -> list[EvaluatePull]:
    return [evaluation(pull.repo, pull.number, pull.installation, pull.head_sha, STALE) for pull in known]


def _must_have_moved(client: Client, repo: str, ref: str, before: str) -> None:
    """Raise TransientError if GitHub still shows a branch or tag at its commit from before the push."""
    if (git_refs.object_at(client, repo, ref) or NOWHERE) == before:
        raise TransientError(f"GitHub does not show the push to {ref} of {repo} yet.")


def _concerns(context: JobContext, repo: str, branch: str | None, environment: str | None) -> bool:
    """Return whether the branch is long-lived or the environment is production; True if no policy is cached."""
    known = context.caches.policies.get(repo.casefold())
    if known is None:
        return True
    if branch is not None:
        return matches_branch(known.long_lived, branch)
    return environment is None or same_environment(environment, known.policy.production.environment)


def evaluation(repo: str, number: int, installation: int, sha: str, priority: int) -> EvaluatePull:
    """Return the job that evaluates a probable hotfix."""
    return EvaluatePull(repo=repo, number=number, installation=installation, sha=sha, likely=True, priority=priority)


def at_once(context: JobContext, found: Sequence[EvaluatePull]) -> tuple[Job, ...]:
    """Return the evaluations that an event made necessary, as early as GitHub's hourly rate limit allows.

    Evaluations enqueued by a sweep are brought forward; those enqueued by an event are not enqueued again, so that a
    branch that moves often does not cause more evaluations than the limit allows.
    """
    with context.read() as connection:
        enqueued = job_table.not_begun(connection, [job.key for job in found], soon=time.time() + SOON)
    return _scheduled([job for job in found if job.key not in enqueued], context.budgets.at_once)


def spread(context: JobContext, found: Sequence[EvaluatePull]) -> tuple[Job, ...]:
    """Return the evaluations that no event requested, spread according to GitHub's hourly rate limit.

    Those already enqueued are left out.
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
