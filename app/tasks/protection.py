"""Answer GitHub's question whether a deployment that the App protects may go on.

It is approved or rejected as soon as that is certain, on the same grounds as in the Action. Until then it is held: a
report on the deployment says what it is waiting for, and every event that may change the answer brings the job back.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from app.job_context import JobContext
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import AnswerProtection
from app.storage import pulls
from hotfix.deploy_permission import Decision, Permission, permission
from hotfix.github import evaluation
from hotfix.github.evaluation import EvaluationRequest
from hotfix.github.read.pull import pull_search
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, RequestRefused
from hotfix.github.write.rollout import deployment_protection, deployments, workflow_runs

log = structlog.get_logger(part="protection")

CHECK_EVERY = 300.0
"""Seconds between two looks at a held deployment that no event is about: its events may have been lost."""
HELD_AT_MOST = 30 * 86400.0
"""Seconds after which GitHub itself gives up."""
MOST_REPORTS = 8
"""GitHub takes ten reports on a deployment; the last is kept for the answer."""
ANY_ATTEMPT = 1_000_000
_ORDER = (Decision.PERMITTED, Decision.PENDING, Decision.UNKNOWN, Decision.REFUSED)


def answer(context: JobContext, claimed: ClaimedJob[AnswerProtection]) -> JobResult:
    """Approve or reject a deployment, or hold it while the answer is pending."""
    job = claimed.job
    if job.answered:
        return JobResult()
    client, _ = context.client(job)
    now = context.now().timestamp()
    job = job if job.requested_at else replace(job, requested_at=now)
    found = _permission(context, client, job)
    held = found.decision in (Decision.PENDING, Decision.UNKNOWN)
    if held and (now - job.requested_at > HELD_AT_MOST or _is_over(client, job)):
        return JobResult()
    if not held:
        approve = found.decision is Decision.PERMITTED
        comment = f"{'Approved' if approve else 'Rejected'}: {found.reason}."
        _send(client, job, comment, approve=approve)
    elif found.reason != job.reported and job.reports < MOST_REPORTS:
        if not _send(client, job, f"Held: {found.reason}. It goes on as soon as that is settled.", approve=None):
            return JobResult()
        job = replace(job, reported=found.reason, reports=job.reports + 1)
    log.info(
        "deployment protection", delivery=claimed.cause, repo=job.repo, run=job.run_id, environment=job.environment,
        sha=job.sha, decision=found.decision.value, reason=found.reason,
    )  # fmt: skip
    return JobResult(jobs=(replace(job, delay=CHECK_EVERY if held else 0.0, answered=not held),))


def _send(client: Client, job: AnswerProtection, comment: str, *, approve: bool | None) -> bool:
    """Send an answer or a report. False if GitHub takes none: it was answered before, or the run ended meanwhile."""
    try:
        deployment_protection.answer(client, job.repo, job.run_id, job.environment, approve=approve, comment=comment)
    except (RequestRefused, NotFound) as error:
        log.warning("the deployment answer was not accepted", repo=job.repo, run=job.run_id, reason=str(error))
        return False
    return True


def _is_over(client: Client, job: AnswerProtection) -> bool:
    """Return whether the workflow run has ended, so that nobody is waiting for an answer.

    Asked from the second look on.
    """
    return bool(job.reports) and workflow_runs.run_ended(client, job.repo, job.run_id, ANY_ATTEMPT)


def _permission(context: JobContext, client: Client, job: AnswerProtection) -> Permission:
    """Return whether the commit may be deployed to that environment, evaluated afresh."""
    numbers = pull_search.of_head(client, job.repo, job.sha)
    if not numbers:
        return Permission(
            Decision.REFUSED,
            f"{job.sha[:12]} is not the head of a pull request that is open or was merged at that head",
        )
    with context.read() as connection:
        overrides = pulls.overrides_in(connection, job.repo)
    found: list[Permission] = []
    for number in numbers:
        request = EvaluationRequest(
            client=client, caches=context.caches, repo=job.repo, number=number, now=context.now(), expect_sha=job.sha,
            overrides=overrides, likely=True,
        )  # fmt: skip
        outcome = evaluation.evaluate_pull_request(request, publish=False)
        found.append(permission(outcome.verdict, job.sha, pull=outcome.read.pull))
        policy = outcome.read.policy.policy.production
    # Pull requests with one head share its check: the worst of them counts.
    worst = max(found, key=lambda each: _ORDER.index(each.decision))
    if worst.decision is not Decision.PERMITTED:
        return worst
    if not deployments.same_environment(job.environment, policy.environment):
        return worst
    if deployments.succeeded(client, job.repo, policy.staging, job.sha):
        return worst
    return Permission(Decision.PENDING, f"{job.sha[:12]} has yet to be deployed to {policy.staging} successfully")
