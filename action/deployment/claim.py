"""Ensure that only one run deploys to a target: the one with the oldest active deployment. Others follow it or stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from action.deployment.deployment_state import DeploymentState
from action.runner.command_errors import CommandFailed, DeploymentRefused, OutcomeUnknown
from action.runner.command_run import Run
from hotfix.backoff import delays
from hotfix.github.read.baseline import deployment_history
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory, RecordedDeployment
from hotfix.github.transport.errors import NotPermitted, RequestRefused
from hotfix.github.write.rollout import deployments, workflow_runs
from hotfix.github.write.rollout.deployments import DeploymentStatus

IN_PROGRESS_FOR = timedelta(hours=6)
"""Time after which an unfinished deployment that the Action did not create is no longer considered in progress."""
_MOVING = ("in_progress", "queued")


@dataclass(frozen=True, slots=True)
class Claim:
    """The result of claiming a target."""

    deployment: int
    mine: bool
    """False if another run has successfully done the same in the meantime."""
    history: EnvironmentHistory
    """The target's history after the claim, without the deployment that the claim created."""


def take(run: Run, state: DeploymentState, *, done: Callable[[EnvironmentHistory], RecordedDeployment | None]) -> Claim:
    """Create the deployment of a state, or follow another run that is deploying the same commit.

    `done` finds a deployment with which another run did the same since the caller last checked. The environment's
    history must be fresh. Raises DeploymentRefused while something else is being deployed there, CommandFailed if the
    followed run failed.
    """
    with run.needs("deployments: write"):
        while True:
            history = run.history(state.environment).of_task(state.task)
            _nothing_foreign(run, history)
            if other := _under_way(run, history):
                if _same_job_of_another_target(run, other):
                    _wait_for(run, other)
                elif other.sha != state.deployed_sha or other.payload.get("kind") != state.payload["kind"]:
                    raise _is_deploying(run, other)
                elif _follow(run, other):
                    return Claim(other.id, False, history)
                run.read_histories(state.environment)
                continue
            mine = create(run, state)
            history = _seen_with(run, state, mine)
            first = _under_way(run, history, mine)
            alone = first is None or first.id == mine
            others = history.without(mine)
            winner = done(others) if alone else first
            if winner is None:
                return Claim(mine, True, others)
            set_status(run, mine, DeploymentStatus(state="inactive", description=f"Deployment {winner.id} was first"))
            if alone:
                return Claim(winner.id, False, others)
            run.read_histories(state.environment)


def create(run: Run, state: DeploymentState, *, perhaps_created: bool = False) -> int:
    """Create a deployment exactly once, even if GitHub's response is lost, and return its ID.

    `perhaps_created`: an earlier process may have created it.
    """
    context, look_first = run.context, perhaps_created
    mark = {
        "version": 1,
        "key": state.key,
        "run": context.run_id,
        "attempt": context.run_attempt,
        "job": context.job,
        "runner": context.runner,
        **state.payload,
    }

    def once() -> int:
        nonlocal look_first
        if look_first:
            read = deployment_history.read(run.client, run.repo, [state.environment])
            for each in read[state.environment].records:
                if each.payload.get("key") == state.key:
                    return each.id
        look_first = True
        try:
            return made(state.deployed_ref)
        except RequestRefused:
            if state.deployed_ref == state.deployed_sha:
                raise
            return made(state.deployed_sha)  # the tag was deleted in the meantime

    def made(ref: str) -> int:
        return deployments.create(
            run.client,
            run.repo,
            ref=ref,
            environment=state.environment,
            production=state.production,
            description=state.description,
            payload=mark,
            task=state.task,
        )

    return run.recorded(once)


def set_status(run: Run, deployment: int, status: DeploymentStatus) -> None:
    """Set a deployment's status exactly once, even if GitHub's response is lost."""
    write = deployments.set_status

    def once() -> None:
        nonlocal write
        made, write = write, deployments.ensure_status
        made(run.client, run.repo, deployment, status)

    run.finish_quick_work()  # a late request must not overwrite this status
    with run.needs("deployments: write"):
        run.recorded(once)


def is_sibling(run: Run, other: RecordedDeployment) -> bool:
    """Return whether a deployment was created by another job of the same run attempt.

    Such a deployment is for another region, service or similar.
    """
    mark, here = other.payload, run.context
    same_attempt = (mark.get("run"), mark.get("attempt")) == (here.run_id, here.run_attempt)
    return same_attempt and (mark.get("job"), mark.get("runner")) != (here.job, here.runner)


def _same_job_of_another_target(run: Run, other: RecordedDeployment) -> bool:
    return is_sibling(run, other) and other.payload.get("job") == run.context.job


def _seen_with(run: Run, state: DeploymentState, mine: int) -> EnvironmentHistory:
    """Return the target's history as soon as it contains the deployment `mine`.

    Before that, it may also lack deployments of other runs. Raises OutcomeUnknown if it never appears.
    """
    for delay in islice(delays(first=0.5, longest=16.0), 6):
        run.read_histories(state.environment)
        history = run.history(state.environment).of_task(state.task)
        if history.find(mine):
            return history
        time.sleep(delay)
    raise OutcomeUnknown(f"GitHub does not show deployment {mine}, which it has created.", "Run the job again.")


def _nothing_foreign(run: Run, history: EnvironmentHistory) -> None:
    """Raise DeploymentRefused while jobs with `environment:` or other tools deploy to the environment."""
    for each in history.records:
        moving = not each.is_ours and each.status.state in _MOVING and each.run_id != run.context.run_id
        if not moving or datetime.now(UTC) - each.created_at > IN_PROGRESS_FOR:
            continue
        if each.run_id and _ask(run, each, each.run_id, attempt=None):
            continue
        where = each.status.log_url or f"deployment {each.id} by {each.creator}"
        inactive = f"gh api repos/{run.repo}/deployments/{each.id}/statuses -f state=inactive"
        raise DeploymentRefused(
            f"Something else is deploying {each.tag or each.sha[:12]} to {history.environment}: {where}.",
            f"Wait for it, then run this job again. If it has ended without reporting a result: {inactive}",
        )


def _under_way(run: Run, history: EnvironmentHistory, mine: int = 0) -> RecordedDeployment | None:
    """Return the oldest active deployment whose run has not ended; mark those whose run has ended as interrupted."""
    for each in history.under_way:
        if each.id == mine or not _ended(run, each):
            return each
        set_status(
            run, each.id, DeploymentStatus(state="error", description="Its run ended without a result: interrupted")
        )
    return None


def _ended(run: Run, other: RecordedDeployment) -> bool:
    """Return whether the run that created a deployment has ended.

    The steps of a job run one after the other, so an earlier step of this job has ended.
    """
    mark, here = other.payload, run.context
    number, attempt = mark.get("run"), mark.get("attempt")
    if not isinstance(number, int) or not isinstance(attempt, int):
        return True
    if number == here.run_id:
        same_job = mark.get("job") == here.job and mark.get("runner") == here.runner
        return attempt < here.run_attempt or (attempt == here.run_attempt and same_job)
    return _ask(run, other, number, attempt)


def _ask(run: Run, other: RecordedDeployment, number: int, attempt: int | None) -> bool:
    try:
        return run.patiently(lambda: workflow_runs.run_ended(run.client, run.repo, number, attempt))
    except NotPermitted as error:
        raise OutcomeUnknown(
            f"{_who(run, other)} may still be deploying, and this job is not permitted to check ({error}).",
            "Give the job 'permissions: {actions: read}'.",
            about="token",
        ) from None


def _wait_for(run: Run, other: RecordedDeployment) -> DeploymentStatus:
    """Wait until another deployment or its run has ended. Return the deployment's last status."""
    for delay in delays(first=1.0, longest=10.0, factor=1.5):
        status = run.patiently(lambda: deployments.latest_status(run.client, run.repo, other.id))
        if not status.under_way or _ended(run, other):
            break
        time.sleep(delay)
    return status


def _follow(run: Run, other: RecordedDeployment) -> bool:
    """Wait for another run's deployment of the same commit.

    Returns False if the run ended without finishing it. Raises CommandFailed if the deployment failed.
    """
    run.report.log(f"{_who(run, other)} is deploying the same commit already: waiting for it")
    status = _wait_for(run, other)
    if status.state in ("failure", "error"):
        raise CommandFailed(
            f"{_who(run, other)} deployed the same commit and failed: {status.description.rstrip('.')}."
        )
    return status.state == "success"


def _is_deploying(run: Run, other: RecordedDeployment) -> DeploymentRefused:
    what = other.payload.get("tag") or other.sha[:12]
    return DeploymentRefused(
        f"{_who(run, other)} is deploying {what} to {other.environment}.",
        "Wait for it or cancel it, then run this job again.",
    )


def _who(run: Run, other: RecordedDeployment) -> str:
    return f"The run {run.context.server_url}/{run.repo}/actions/runs/{other.run_id}"
