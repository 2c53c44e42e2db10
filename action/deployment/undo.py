"""Bringing the previous version back, and writing down how a deployment ended. For deploy, rollback and recovery."""

from __future__ import annotations

import shlex

from action.deployment import deployment_state
from action.deployment.deployment_state import DeploymentState, Phase
from action.deployment.target import Target
from action.gates.health import wait_until_healthy
from action.runner import user_commands
from action.runner.command_run import Run
from action.runner.errors import ActionError, Failed, RollbackFailed, Unknown, UsageError
from hotfix.github.transport.errors import GitHubError
from hotfix.github.write import deployments
from hotfix.github.write.deployments import Deployment


def begun(run: Run, target: Target, deployment: Deployment) -> DeploymentState:
    """What must be known of a deployment that begins, to bring back what ran before and to say so."""
    inputs = run.inputs
    return DeploymentState(
        environment=target.environment,
        deployment=deployment.id,
        tag=target.tag,
        sha=target.sha,
        previous_tag=target.previous_tag,
        previous_sha=target.previous_sha,
        rollback_run=inputs.rollback_run,
        variables=target.variables(0, deployment.id),
        health_url=inputs.health_url,
        health_status=inputs.health_status,
        health_timeout=inputs.health_timeout,
        health_wait=inputs.health_wait,
        environment_url=inputs.environment_url or "",
        log_url=run.context.run_url,
    )


def variables(state: DeploymentState) -> dict[str, str]:
    """What the user's commands get to know. In a rollback the hotfix gets no traffic: 0 percent."""
    back = state.phase is Phase.ROLLING_BACK
    return {**state.variables, "HOTFIX_PERCENTAGE": "0" if back else str(state.percentage)}


def command(run: Run, state: DeploymentState, title: str, text: str) -> int:
    """Run one of the user's commands, its process on record so that it can be ended if we are killed."""
    temp = run.context.temp

    def started(process: int) -> None:
        state.process, state.process_began = process, deployment_state.began(process)
        deployment_state.save(temp, state)

    deployment_state.save(temp, state)
    run.report.tell(title)
    try:
        return user_commands.run(title, text, variables(state), started=started)
    finally:
        state.process, state.process_began = 0, ""


def undo(run: Run, state: DeploymentState, cause: ActionError) -> None:
    """Bring the previous version back after a failure and record it. Raises RollbackFailed when that fails too."""
    report = run.report
    state.reason = str(cause)
    if state.phase is Phase.STARTED:
        _record(run, state, "failure", state.reason)
    elif not state.rollback_run or not state.previous_sha:
        missing = "no rollback-run was given" if state.previous_sha else "nothing ran there before"
        report.warn(f"{state.environment} is left as it is: {missing}.")
        _record(run, state, "failure", f"{deployments.LEFT}: {state.reason}")
    else:
        report.tell(f"{cause.what} Rolling {state.environment} back to {state.before}")
        bring_back(run, state)
    deployment_state.clear(run.context.temp)


def bring_back(run: Run, state: DeploymentState) -> None:
    """Run the rollback command, see that it is healthy, record it. Can be done again when it was interrupted."""
    report = run.report
    note(run, state, f"Rolling back to {state.before}")
    state.phase = Phase.ROLLING_BACK
    try:
        status = command(run, state, f"Roll {state.environment} back to {state.before}", state.rollback_run)
        if status:
            raise Failed(f"The command of 'rollback-run' ended with exit status {status}.", about="rollback-run")
        wait_until_healthy(run, state)
    except Failed as error:
        report.output("rolled-back", False)
        _record(run, state, "error", f"rollback-failed: {error.what}")
        deployment_state.clear(run.context.temp)
        raise RollbackFailed(
            f"THE ROLLBACK FAILED: {state.environment} may run {state.tag or state.sha[:12]} or anything else. "
            f"{error.what} It was rolled back because: {state.reason}",
            f"Bring {state.before} back by hand:\n{by_hand(state)}",
            about="rollback-run",
        ) from None
    state.phase = Phase.ROLLED_BACK
    deployment_state.save(run.context.temp, state)
    report.output("rolled-back", True)
    report.tell(f"{state.before} runs in {state.environment} again")
    record_rolled_back(run, state)


def record_rolled_back(run: Run, state: DeploymentState) -> None:
    """Write down that the previous version runs again."""
    if state.broken is None:
        _record(run, state, "failure", f"Rolled back to {state.before}: {state.reason}")
        return
    _record(run, state, "success", f"Rolled back to {state.before}")
    words = f"Rolled back to {state.before} by deployment {state.deployment}"
    if state.broken:  # 0: nothing that is on record
        _best_effort(run, state.broken, "failure", words)
    retire_others(run, state.environment, state.deployment)


def record_finished(run: Run, state: DeploymentState) -> None:
    """Write down that the new version runs, and retire what ran before. Raises Unknown when GitHub stays silent."""
    _write(run, state.deployment, "success", f"{state.tag or state.sha[:12]} runs", state)
    retire_others(run, state.environment, state.deployment)
    deployment_state.clear(run.context.temp)


def note(run: Run, state: DeploymentState, description: str) -> None:
    """Say on the deployment what is being done. Only for show: nothing stops for it."""
    try:
        deployments.ensure_status(
            run.client,
            run.repo,
            state.deployment,
            "in_progress",
            description,
            environment_url=state.environment_url,
            log_url=state.log_url,
        )
    except GitHubError as error:
        run.report.tell(f"The deployment's status could not be set: {error}")


def by_hand(state: DeploymentState) -> str:
    """The manual commands of a rollback."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables(state).items() if value]
    return "\n".join([*exports, state.rollback_run.strip()])


def _record(run: Run, state: DeploymentState, end: str, description: str) -> None:
    _best_effort(run, state.deployment, end, description, state)


def _best_effort(run: Run, deployment: int, end: str, description: str, state: DeploymentState | None = None) -> None:
    """A failure is being told already: that GitHub can't be told as well must not hide it."""
    try:
        _write(run, deployment, end, description, state)
    except (Unknown, UsageError, GitHubError) as error:
        run.report.warn(f"Deployment {deployment} could not be marked '{end}': {error}")


def _write(run: Run, deployment: int, end: str, description: str, state: DeploymentState | None) -> None:
    with run.needs("deployments: write"):
        run.patiently(
            lambda: deployments.ensure_status(
                run.client,
                run.repo,
                deployment,
                end,
                description,
                environment_url=state.environment_url if state else "",
                log_url=state.log_url if state else "",
            )
        )


def retire_others(run: Run, environment: str, keep: int) -> None:
    """Mark the deployments that this one took the place of inactive. A warning is all that it fails with."""
    words = f"Deployment {keep} took its place"
    try:
        run.patiently(lambda: deployments.retire_others(run.client, run.repo, environment, keep, words))
    except (Unknown, GitHubError) as error:
        run.report.warn(f"Earlier deployments could not be marked inactive: {error}")
