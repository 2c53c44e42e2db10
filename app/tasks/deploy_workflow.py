"""Start the policy's deploy workflow for a commit whose verdict changed to pass."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from app.job_context import JobContext
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import DispatchWorkflow
from hotfix.github import evaluation
from hotfix.github.evaluation import EvaluationRequest
from hotfix.github.external_id import ExternalId
from hotfix.github.read.pull import rest_pulls
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused, TransientError
from hotfix.github.write.checks import check_run_writes
from hotfix.github.write.rollout import deployments, workflow_runs
from hotfix.policy import Policy
from hotfix.verdict import VerdictKind

log = structlog.get_logger(part="shipping")

PASSES = "success"
PATIENCE = 30
"""Number of attempts (about half an hour) to wait for a check run to complete."""


def _policy(context: JobContext, client: Client, repo: str, numbers: Sequence[int]) -> Policy:
    """Return the repository's policy. If it is not cached, it is read by an evaluation that publishes nothing.

    Raises TransientError if it can't be read: the production environment must not be guessed.
    """
    if context.policy(repo) is None and numbers:
        asked = EvaluationRequest(client=client, caches=context.caches, repo=repo, number=numbers[0], now=context.now())
        evaluation.evaluate_pull_request(asked, publish=False)
    policy = context.policy(repo)
    if policy is None:
        raise TransientError(f"The policy of {repo} is not known yet.")
    return policy


def dispatch(context: JobContext, claimed: ClaimedJob[DispatchWorkflow]) -> JobResult:
    """Start the policy's deploy workflow for a commit that passes."""
    job = claimed.job
    repo, number, sha, workflow = job.repo, job.number, job.sha, job.workflow
    client, _ = context.client(job)
    pull = rest_pulls.read(client, repo, number)
    head = pull["head"]
    same_repo = (head["repo"] or {}).get("full_name", "").casefold() == repo.casefold()
    run = check_run_writes.existing_on(client, repo, sha)
    if pull["state"] != "open" or head["sha"] != sha:
        return JobResult()
    if (run is None or not run.completed) and claimed.attempts < PATIENCE:
        raise TransientError(f"The verdict on {sha[:12]} is not visible on GitHub yet.")
    if run is None or run.conclusion != PASSES or ExternalId.parse(run.external_id).kind is not VerdictKind.HOTFIX:
        return JobResult()
    if not same_repo:
        log.warning("hotfix of a fork is not shipped automatically", repo=repo, pull=number, sha=sha)
        return JobResult()
    section = _policy(context, client, repo, (number,)).production
    if not (
        workflow_runs.was_dispatched(client, repo, workflow, sha)
        or _was_shipped(client, repo, section.environment, sha)
    ):
        try:
            workflow_runs.dispatch_head(
                client, repo, workflow, head["ref"], pull["base"]["repo"]["default_branch"], sha,
                environments=(section.staging, section.environment),
            )  # fmt: skip
        except (RequestRefused, NotFound, NotPermitted) as error:
            log.warning("deploy workflow could not be started", repo=repo, workflow=workflow, reason=str(error))
            return JobResult()
        log.info("deploy workflow started", repo=repo, pull=number, sha=sha, workflow=workflow, delivery=claimed.cause)
    return JobResult()


def _was_shipped(client: Client, repo: str, production: str, sha: str) -> bool:
    """Return whether the Action started to deploy this commit to production.

    A workflow run on the default branch does not show the commit to deploy, and a deployment that was rolled back must
    not be repeated automatically.
    """
    return deployments.was_begun(client, repo, production, sha)
