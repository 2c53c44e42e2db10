"""Approve or reject deployments that the App protects by a deployment protection rule.

The decision is made as soon as it is certain, on the same grounds as in the Action. Until then the deployment is held:
a report on it gives the reason, and every event that may change the decision enqueues the job again. If GitHub refuses
to return data, nothing is decided, and the deployment is held until its workflow run ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from app.job_context import JobContext
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import AnswerProtection
from app.queue.retry import FINAL_AFTER
from app.storage import pulls
from hotfix.deploy_permission import Decision, Permission, permission
from hotfix.github import evaluation
from hotfix.github.evaluation import EvaluationRequest
from hotfix.github.read.pull import pull_search
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused, TransientError
from hotfix.github.write.rollout import deployments, workflow_runs

log = structlog.get_logger(part="protection")

CHECK_EVERY = 300.0
"""Seconds between two evaluations of a held deployment without an event, since events may have been lost."""
HELD_AT_MOST = 30 * 86400.0
"""Seconds after which GitHub itself fails a pending deployment."""
MOST_REPORTS = 8
"""Maximum number of reports on a deployment. GitHub accepts ten; the rest is reserved for the decision."""
SHOWN_WITHIN = 3
"""Number of attempts (some seconds) after which it is certain that a commit is not the head of any pull request: GitHub
may list a pull request only after it starts the workflow."""
_STAGING, _NO_PULL, _REFUSED = "staging", "no pull request", "refused"
"""Reasons other than rules in `Permission.about`."""
_ORDER = (Decision.PERMITTED, Decision.PENDING, Decision.UNKNOWN, Decision.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The result of one evaluation of a deployment."""

    permission: Permission
    passing: bool = False
    """Whether the reason is temporary, so that a retry may soon lead to another result without an event."""

    @property
    def mark(self) -> str:
        """The decision and its reasons as data. A report is made when this changes, not when the wording does."""
        return " ".join((self.permission.decision.value, *self.permission.about))


def answer(context: JobContext, claimed: ClaimedJob[AnswerProtection]) -> JobResult:
    """Approve or reject a deployment, or hold it while the decision is pending."""
    job, now = claimed.job, context.now().timestamp()
    if job.answered and job.answered >= job.newest:
        return JobResult()
    since = job.requested_at if job.requested_at and job.newest == job.seen else now
    job = replace(job, deployment=0, seen=job.newest, requested_at=since)
    client, _ = context.client(job)
    try:
        look = _look(context, client, job, claimed.attempts)
    except (NotPermitted, NotFound, RequestRefused) as error:
        found = Permission(Decision.UNKNOWN, str(error).removesuffix("."), (_REFUSED,))
        look = _Look(permission=found, passing=not isinstance(error, NotPermitted))
    found = look.permission
    log.info(
        "deployment evaluated", delivery=claimed.cause, repo=job.repo, run=job.run_id, environment=job.environment,
        sha=job.sha, decision=found.decision.value, reason=found.reason,
    )  # fmt: skip
    if found.decision in (Decision.PERMITTED, Decision.REFUSED):
        return _answer(client, job, found, claimed.attempts)
    if now - job.requested_at > HELD_AT_MOST:
        return JobResult()
    return _hold(client, job, look, claimed.attempts)


def _answer(client: Client, job: AnswerProtection, found: Permission, attempts: int) -> JobResult:
    """Approve or reject. A decision that GitHub does not accept is retried while the workflow run is in progress."""
    approve = found.decision is Decision.PERMITTED
    comment = f"{'Approved' if approve else 'Rejected'}: {found.reason}."
    try:
        deployments.answer_rule(client, job.repo, job.run_id, job.environment, approve=approve, comment=comment)
    except (RequestRefused, NotFound, NotPermitted) as error:
        log.warning("deployment review was not accepted", repo=job.repo, run=job.run_id, reason=str(error))
        final = attempts >= FINAL_AFTER
        # A repeated refusal is final: the deployment was decided before, or the protection rule was removed.
        if not (final and isinstance(error, RequestRefused)) and not _has_ended(client, job, final=final):
            if final or isinstance(error, NotPermitted):
                return JobResult(jobs=(replace(job, delay=CHECK_EVERY),))
            return JobResult(jobs=(job,), retry=str(error))
    return JobResult(jobs=(replace(job, answered=max(job.seen, 1)),))


def _hold(client: Client, job: AnswerProtection, look: _Look, attempts: int) -> JobResult:
    """Hold the deployment, and report the reason unless the last report gave the same."""
    final = attempts >= FINAL_AFTER
    reports = job.reports_made[1] if job.reports_made[:1] == (job.seen,) else 0
    mark = f"{job.seen} {look.mark}"
    soon = look.passing and not final
    try:
        # Checked from the second evaluation on: a run that has just requested the deployment has not ended.
        if (job.reported or attempts) and _has_ended(client, job, final=final):
            return JobResult()
        if not soon and mark != job.reported and reports < MOST_REPORTS:
            # Counted before it is sent: GitHub may accept the report although its response is lost.
            job = replace(job, reports_made=(job.seen, reports + 1))
            comment = f"Held: {look.permission.reason}. It continues once that is settled."
            deployments.answer_rule(client, job.repo, job.run_id, job.environment, approve=None, comment=comment)
            job = replace(job, reported=mark)
    except TransientError as error:
        at = error.retry_at.timestamp() if error.retry_at else None
        return JobResult(jobs=(job,), retry=error.reason, retry_at=at)
    except (NotPermitted, NotFound, RequestRefused) as error:
        # The deployment stays held without a report.
        log.warning("deployment report was not accepted", repo=job.repo, run=job.run_id, reason=str(error))
        job = replace(job, reported=mark)
    if soon:
        return JobResult(jobs=(job,), retry=look.permission.reason)
    return JobResult(jobs=(replace(job, delay=CHECK_EVERY),))


def _has_ended(client: Client, job: AnswerProtection, *, final: bool) -> bool:
    """Return whether the workflow run has ended, so that the deployment needs no decision.

    `final`: whether repeated answers of GitHub are final, so that a run that is not found was deleted. Otherwise
    TransientError is raised if the run is not found.
    """
    try:
        return workflow_runs.is_completed(client, job.repo, job.run_id)
    except NotFound as error:
        if final:
            return True
        raise TransientError(str(error)) from None
    except NotPermitted:
        return False


def _look(context: JobContext, client: Client, job: AnswerProtection, attempts: int) -> _Look:
    """Evaluate again whether the commit may be deployed to the environment."""
    with context.read() as connection:
        known = pulls.numbers_with_head(connection, job.repo, job.sha)
        overrides = pulls.overrides_in(connection, job.repo)
    numbers = pull_search.of_head(client, job.repo, job.sha) or sorted(known)
    if not numbers:
        reason = f"{job.sha[:12]} is not the head of a pull request that is open or was merged at that head"
        certain = attempts >= SHOWN_WITHIN
        decision = Decision.REFUSED if certain else Decision.UNKNOWN
        return _Look(permission=Permission(decision, reason, (_NO_PULL,)), passing=not certain)
    found: list[_Look] = []
    for number in numbers:
        with context.read() as connection:
            row = pulls.known(connection, job.repo, number)
        seen_at = datetime.fromtimestamp(row.seen_at, UTC) if row and row.seen_at else None
        request = EvaluationRequest(
            client=client, caches=context.caches, repo=job.repo, number=number, now=context.now(), expect_sha=job.sha,
            expect_updated_at=seen_at, overrides=overrides, likely=True,
        )  # fmt: skip
        outcome = evaluation.evaluate_pull_request(request, publish=False)
        permitted = permission(outcome.verdict, job.sha, pull=outcome.read.pull)
        passing = permitted.decision is Decision.UNKNOWN and outcome.verdict.retry
        found.append(_Look(permission=permitted, passing=passing))
        policy = outcome.read.policy.policy.production
    # Pull requests with the same head share its check run: the worst result decides.
    worst = max(found, key=lambda each: _ORDER.index(each.permission.decision))
    if worst.permission.decision is not Decision.PERMITTED:
        return worst
    if deployments.same_environment(job.environment, policy.staging) or deployments.succeeded(
        client, job.repo, policy.staging, job.sha
    ):
        return worst
    reason = f"{job.sha[:12]} has yet to be deployed to {policy.staging} successfully"
    return _Look(permission=Permission(Decision.PENDING, reason, (_STAGING,)))
