"""What follows from a passing verdict: production may be deployed to, and the policy's workflow is started."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from app.job_context import Context, JobResult
from app.queue.job_table import Claimed
from app.queue.jobs import AnswerProtection, DispatchWorkflow
from hotfix.github import evaluation
from hotfix.github.external_id import ExternalId
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, Refused, TransientError
from hotfix.github.write import check_run, deployment_protection, deployments, workflow_runs
from hotfix.policy import Policy
from hotfix.verdict import Kind

log = structlog.get_logger(part="shipping")

STAGING = "staging"
PASSES = "success"
PATIENCE = 30
"""Attempts, about half an hour, that a question waits for a verdict that could not be told yet."""


def answer_protection(context: Context, claimed: Claimed[AnswerProtection]) -> JobResult:
    """Approve a deployment that the App protects, or reject it with the reason."""
    job = claimed.job
    repo, sha, environment = job.repo, job.sha, job.environment
    client, _ = context.client(job)
    why_not = _why_not(context, client, repo, sha, environment, attempts=claimed.attempts)
    verdict = f"the verdict on {sha[:12]} is a pass"
    comment = (f"Approved: {verdict}" if why_not is None else f"Rejected: {why_not}") + "."
    try:
        deployment_protection.answer(client, repo, job.run_id, environment, approve=why_not is None, comment=comment)
    except Refused as error:  # answered before, or the run ended meanwhile
        log.warning("the deployment took no answer", repo=repo, run=job.run_id, reason=str(error))
    log.info(
        "deployment protection", delivery=claimed.cause, repo=repo, run=job.run_id, environment=environment, sha=sha,
        approved=why_not is None, message=why_not,
    )  # fmt: skip
    return JobResult()


def _why_not(context: Context, client: Client, repo: str, sha: str, environment: str, *, attempts: int) -> str | None:
    """Why this commit may not go there; None when it may."""
    run = check_run.existing_on(client, repo, sha)
    if run is None:
        return f"there is no verdict on {sha[:12]}; a hotfix is deployed at the commit that was judged"
    if not run.completed and attempts < PATIENCE:
        raise TransientError(f"There is no verdict on {sha[:12]} yet.")
    if run.conclusion != PASSES:
        return f"the verdict on {sha[:12]} is no pass: see the check `hotfix` there"
    state = ExternalId.parse(run.external_id)
    if state.kind is not Kind.HOTFIX:
        return f"{sha[:12]} is not a hotfix, so no rule has judged it"
    production = _policy(context, client, repo, state.pulls).production.environment
    if deployments.same_environment(environment, production) and not deployments.succeeded(client, repo, STAGING, sha):
        return f"{sha[:12]} was not deployed to {STAGING} successfully; deploy it there first"
    return None


def _policy(context: Context, client: Client, repo: str, numbers: Sequence[int]) -> Policy:
    """The repository's policy; where it is not remembered, a judging that publishes nothing reads it.
    Raises TransientError: what production is must not be guessed."""
    if context.policy(repo) is None and numbers:
        evaluation.judge_pull(client, context.caches, repo, numbers[0], now=datetime.now(UTC), publish=False)
    policy = context.policy(repo)
    if policy is None:
        raise TransientError(f"The policy of {repo} is not known yet.")
    return policy


def dispatch(context: Context, claimed: Claimed[DispatchWorkflow]) -> JobResult:
    """Start the policy's deploy workflow for a commit that passes."""
    job = claimed.job
    repo, number, sha, workflow = job.repo, job.number, job.sha, job.workflow
    client, _ = context.client(job)
    pull = client.get("/repos/{repo}/pulls/{number}", repo=repo, number=number)
    head = pull["head"]
    same_repo = (head["repo"] or {}).get("full_name", "").casefold() == repo.casefold()
    run = check_run.existing_on(client, repo, sha)
    if pull["state"] != "open" or head["sha"] != sha:
        return JobResult()
    if (run is None or not run.completed) and claimed.attempts < PATIENCE:
        raise TransientError(f"The verdict on {sha[:12]} does not show yet.")
    if run is None or run.conclusion != PASSES or ExternalId.parse(run.external_id).kind is not Kind.HOTFIX:
        return JobResult()
    if not same_repo:
        log.warning("a fork's hotfix is not shipped by itself", repo=repo, pull=number, sha=sha)
        return JobResult()
    if not (
        workflow_runs.was_dispatched(client, repo, workflow, sha) or _was_shipped(context, client, repo, number, sha)
    ):
        try:
            _start(client, repo, workflow, head["ref"], sha, pull["base"]["repo"]["default_branch"])
        except (Refused, NotFound, NotPermitted) as error:
            log.warning("the deploy workflow could not be started", repo=repo, workflow=workflow, reason=str(error))
            return JobResult()
        log.info("deploy workflow started", repo=repo, pull=number, sha=sha, workflow=workflow, delivery=claimed.cause)
    return JobResult()


def _was_shipped(context: Context, client: Client, repo: str, number: int, sha: str) -> bool:
    """Did the Action begin to deploy this very commit to production? A run on the default branch does not show which
    commit it was given, and what was tried and taken back must not be tried again by itself."""
    production = _policy(context, client, repo, (number,)).production.environment
    return any(each.is_ours for each in deployments.newest(client, repo, production, sha=sha))


def _start(client: Client, repo: str, workflow: str, branch: str, sha: str, default: str) -> None:
    """On the very commit that passed; where production, and so the hotfix branch, is older than the workflow, on the
    default branch with the commit as its input `sha`. GitHub does not tell which run was given what: a start whose
    answer was lost is made again, and the Action finds what the first one did."""
    try:
        workflow_runs.dispatch(client, repo, workflow, branch)
    except (Refused, NotFound):
        workflow_runs.dispatch(client, repo, workflow, default, sha=sha)
