"""Evaluate a pull request, a merge group, or all pull requests with the same head."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from sqlalchemy.engine import Connection

from app import metrics
from app.job_context import JobContext
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import (
    SWEPT,
    DispatchWorkflow,
    EvaluateGroup,
    EvaluateHead,
    EvaluatePull,
    Job,
)
from app.queue.retry import FIRST_RETRY, back_off
from app.storage import pulls, snapshots
from app.tasks import page_content, reconcile_incident
from hotfix.github import evaluation
from hotfix.github.evaluation import EvaluationOutcome, EvaluationRequest, PublishResult
from hotfix.github.read.pull import pull_search as github_pulls
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import GitHubError, NotFound, NotPermitted, TransientError
from hotfix.github.write.checks.check_run_writes import LastAttempt
from hotfix.verdict import Conclusion, VerdictKind

log = structlog.get_logger(part="verdict")

SHOWN_AFTER = 2
"""Number of failed attempts after which the check run shows that the evaluation is retried. Longer pauses are shown at
once, but data that GitHub does not return yet is usually there before anyone could read the message."""
RETRIES = 10
"""Maximum number of retries while a verdict is unknown (about five minutes); after that, it is left to sweeps."""
MOVES = 3
"""Number of immediate retries if the head moves during an evaluation."""
NOT_SHOWN = "GitHub does not show everything yet"
NO_HEAD = "none"
"""A placeholder if the head is unknown: the first evaluation only finds it."""


def evaluate_pull(context: JobContext, claimed: ClaimedJob[EvaluatePull]) -> JobResult:
    """Evaluate one pull request at its newest head and publish the verdict."""
    job = claimed.job
    repo, number = job.repo, job.number
    client, installation = context.client(job)
    with context.read() as connection:
        known = pulls.known(connection, repo, number)
        overrides = pulls.overrides_in(connection, repo)
    sha = known.head_sha if known else job.sha
    likely = job.likely or (known is not None and known.kind in pulls.HOTFIXES)
    seen_at = datetime.fromtimestamp(known.seen_at, UTC) if known and known.seen_at else None
    began = time.time()

    def at(head: str | None) -> EvaluationOutcome:
        """Evaluate under the locks for the check run of `head`. If the head has moved, nothing is written."""
        with context.lock(f"evaluate:{repo}#{number}", f"evaluate:{repo}@{head}"):
            with context.read() as connection:
                also = pulls.numbers_with_head(connection, repo, head) if head else ()
            try:
                request = EvaluationRequest(
                    client=client, caches=context.caches, repo=repo, number=number, now=context.now(), expect_sha=head,
                    expect_updated_at=seen_at, overrides=overrides, likely=likely, also=also,
                )  # fmt: skip
                return evaluation.evaluate_pull_request(
                    request, force=job.force, only_on=head or NO_HEAD, after=_last_attempt(claimed)
                )
            except Exception as error:
                _show_unknown(context, claimed, client, number, head, error)
                raise

    outcome = at(sha)
    for _ in range(MOVES):
        if outcome.published is not PublishResult.MOVED:
            break
        outcome = at(outcome.verdict.head_sha)
    if outcome.published is PublishResult.MOVED:
        raise TransientError(f"The head of pull request #{number} changes faster than it can be evaluated.")
    context.budgets.record_left(installation, outcome.rate_left)
    verdict = outcome.verdict
    report(claimed, number, outcome, began)
    unknown = verdict.conclusion is Conclusion.UNKNOWN
    is_shown = verdict.kind.value in pulls.HOTFIXES or (known is not None and known.kind in pulls.HOTFIXES)
    shown = page_content.of_verdict(repo, number, outcome) if is_shown else None

    def record(connection: Connection) -> None:
        # Only the verdicts of closed pull requests are not published.
        open_ = outcome.published is not PublishResult.NONE
        pulls.record_verdict(
            connection, repo, number, installation, verdict,
            began=began, expected=sha, open_=open_, lasting=unknown and not verdict.retry,
        )  # fmt: skip
        if shown is not None:
            now_open = open_ and verdict.kind is not VerdictKind.NOT_A_HOTFIX
            snapshots.record_evaluation(
                connection, replace(shown[0], open=now_open), shown[1], claimed.cause, outcome.calls
            )

    jobs = _dispatch(context, job, installation, outcome, known)
    news, retry = _is_news(outcome), reason_to_retry(claimed, outcome)
    if news or (job.life and (not retry or claimed.attempts == 0)):
        jobs += reconcile_incident.of_pull(context, job, installation, outcome.read.facts)
    return JobResult(jobs=jobs, record=record, wakes_protections=repo if news else "", retry=retry)


def _last_attempt(claimed: ClaimedJob[EvaluatePull] | ClaimedJob[EvaluateGroup]) -> LastAttempt:
    return LastAttempt.FAILED if claimed.error or claimed.crashes else LastAttempt.NONE


def reason_to_retry(claimed: ClaimedJob[EvaluatePull] | ClaimedJob[EvaluateGroup], outcome: EvaluationOutcome) -> str:
    """Return the reason to retry the evaluation; empty if there is none.

    Only verdicts that are unknown for a temporary reason are retried. Evaluations requested by a sweep, of which there
    may be hundreds, are left to the next sweep.
    """
    if (
        not outcome.verdict.retry
        or outcome.published is PublishResult.NONE
        or claimed.priority >= SWEPT
        or claimed.attempts >= RETRIES
    ):
        return ""
    return NOT_SHOWN


def _dispatch(
    context: JobContext,
    job: EvaluatePull,
    installation: int,
    outcome: EvaluationOutcome,
    known: pulls.KnownPullRow | None,
) -> tuple[Job, ...]:
    """Return a job that starts the policy's deploy workflow if the verdict has changed to pass."""
    verdict, policy = outcome.verdict, context.policy(job.repo)
    passes = verdict.kind is VerdictKind.HOTFIX and verdict.conclusion is Conclusion.PASS
    before = known is not None and known.evaluated_sha == verdict.head_sha and known.conclusion == Conclusion.PASS.value
    if (
        not passes
        or before
        or outcome.published is PublishResult.NONE
        or policy is None
        or policy.deploy.workflow is None
    ):
        return ()
    dispatch = DispatchWorkflow(
        repo=job.repo, number=job.number, installation=installation, sha=verdict.head_sha,
        workflow=policy.deploy.workflow,
    )  # fmt: skip
    return (dispatch,)


def _is_news(outcome: EvaluationOutcome) -> bool:
    """Return whether the verdict on a hotfix changed, which affects held deployments and incidents."""
    return outcome.verdict.kind is VerdictKind.HOTFIX and outcome.published is not PublishResult.UNCHANGED


def _show_unknown(
    context: JobContext,
    claimed: ClaimedJob[EvaluatePull] | ClaimedJob[EvaluateGroup],
    client: Client,
    number: int,
    sha: str | None,
    error: Exception,
) -> None:
    """Show on the check run that there is no verdict, since it may still show an earlier pass.

    Errors are only logged: the cause is often that GitHub is unavailable.
    """
    retry_at = error.retry_at if isinstance(error, TransientError) else None
    long = retry_at is not None and retry_at.timestamp() - time.time() > FIRST_RETRY
    final = isinstance(error, NotPermitted)
    if sha is None or isinstance(error, NotFound) or not (claimed.attempts >= SHOWN_AFTER or long or final):
        return
    why = str(error) if isinstance(error, GitHubError) else "The evaluation failed; the service's log says why."
    again = retry_at or datetime.fromtimestamp(time.time() + back_off(claimed.attempts, lambda: 0.5), UTC)
    try:
        evaluation.publish_unknown(
            client, claimed.job.repo, number, sha, why, None if final else again, now=context.now()
        )
    except GitHubError as second:
        log.info("check run could not be updated", reason=str(second), job=claimed.key)


def evaluate_group(context: JobContext, claimed: ClaimedJob[EvaluateGroup]) -> JobResult:
    """Evaluate the pull request of a merge group again, at the group's head."""
    job = claimed.job
    number = github_pulls.of_merge_group(job.head_ref)
    if number is None:
        log.warning("merge group without a pull request", repo=job.repo, head_ref=job.head_ref, delivery=claimed.cause)
        return JobResult()
    client, installation = context.client(job)
    with context.read() as connection:
        overrides = pulls.overrides_in(connection, job.repo)
    began = time.time()
    with context.lock(f"evaluate:{job.repo}@{job.sha}"):
        try:
            request = EvaluationRequest(
                client=client, caches=context.caches, repo=job.repo, number=number, now=context.now(), target=job.sha,
                group_ref=job.head_ref, overrides=overrides,
            )  # fmt: skip
            outcome = evaluation.evaluate_pull_request(request, force=job.force, after=_last_attempt(claimed))
        except Exception as error:
            _show_unknown(context, claimed, client, number, job.sha, error)
            raise
    context.budgets.record_left(installation, outcome.rate_left)
    report(claimed, number, outcome, began)
    return JobResult(retry=reason_to_retry(claimed, outcome))


def evaluate_head(context: JobContext, claimed: ClaimedJob[EvaluateHead]) -> JobResult:
    """Evaluate every open pull request with this head."""
    job = claimed.job
    client, installation = context.client(job)
    with context.read() as connection:
        known = pulls.numbers_with_head(connection, job.repo, job.sha)
    # For a commit on the default branch, GitHub lists only merged pull requests.
    numbers = sorted({*github_pulls.with_head(client, job.repo, job.sha), *known})
    return JobResult(
        jobs=tuple(
            EvaluatePull(
                repo=job.repo, number=number, installation=installation, sha=job.sha, likely=True, force=job.force
            )
            for number in numbers
        )
    )


def report(
    claimed: ClaimedJob[EvaluatePull] | ClaimedJob[EvaluateGroup], number: int, outcome: EvaluationOutcome, began: float
) -> None:
    """Log a verdict and update the metrics."""
    verdict, now = outcome.verdict, time.time()
    metrics.verdicts.labels(verdict.kind.value, verdict.conclusion.value, outcome.published.value).inc()
    metrics.evaluation_seconds.observe(now - began)
    metrics.verdict_seconds.observe(max(0.0, now - claimed.wanted_at))
    metrics.evaluation_calls.observe(outcome.calls)
    log.info(
        "verdict",
        delivery=claimed.cause,
        repo=claimed.job.repo,
        pull=number,
        sha=verdict.head_sha,
        kind=verdict.kind.value,
        conclusion=verdict.conclusion.value,
        failed=list(verdict.failed_rules),
        published=outcome.published.value,
        duration_ms=round((now - began) * 1000, 1),
        since_request_ms=round((now - claimed.wanted_at) * 1000, 1),
        calls=outcome.calls,
        round_trips=outcome.round_trips,
        rate_left=outcome.rate_left,
    )
