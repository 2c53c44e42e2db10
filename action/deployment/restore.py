"""Run a deployment's commands with its state saved, and restore the previous version after a failure.

Traffic comes first: GitHub is not queried before `rollback-run` has run. The exception is a deployment that had
succeeded, for which GitHub is queried for a few seconds, since a newer one may have replaced it.
"""

from __future__ import annotations

import secrets
import shlex
from dataclasses import replace

from action.deployment import deployment_state
from action.deployment import outcome_records as records
from action.deployment.deployment_state import DeploymentState, Phase
from action.gates.health import wait_until_healthy
from action.runner import processes, user_commands
from action.runner.command_errors import ActionError, CommandFailed, RollbackFailed
from action.runner.command_run import Run
from action.runner.processes import ProcessId


def run_command(run: Run, state: DeploymentState, title: str, text: str) -> int:
    """Save the state, then run one of the user's commands and return its exit status.

    Raises CommandFailed if the state can't be saved, except during a rollback.
    """
    if state.phase is Phase.ROLLING_BACK:
        save(run, state)
        run.report.log(title)
        return user_commands.run(title, text, state.environ)

    def keep(process: ProcessId) -> None:
        state.left.append(process)
        save(run, state)

    try:
        deployment_state.save(run.context, state)
    except OSError as error:
        raise CommandFailed(
            f"The state could not be saved ({error}), so a cancelled run could not restore the previous version.",
            "Check whether the disk is full or a command removes files in RUNNER_TEMP.",
        ) from None
    run.report.log(title)
    return user_commands.run(title, text, state.environ, on_leaving=keep)


def save(run: Run, state: DeploymentState) -> None:
    """Save the state. A failure is only a warning, since traffic does not depend on it."""
    try:
        deployment_state.save(run.context, state)
    except OSError as error:
        run.report.warn(
            f"The state could not be saved ({error}): if this step is killed now, nothing finishes its work."
        )


def after_failed_deployment(run: Run, state: DeploymentState, cause: ActionError) -> None:
    """Restore the previous version after a deployment failed, and record it. Raises RollbackFailed."""
    report = run.report
    state.reason = str(cause)
    if state.phase is Phase.STARTED:
        records.record_end(run, state.deployment, "failure", state.reason, state)
    elif missing := _no_way_back(state):
        report.warn(f"{state.environment} is left as it is: {missing}.")
        records.record_end(run, state.deployment, "failure", f"Not rolled back: {state.reason}", state)
    else:
        report.log(f"{cause.what} Rolling {state.environment} back to {state.previous_name}")
        restore(run, state)
        return
    deployment_state.clear(run.context.temp)


def after_failed_watch(run: Run, state: DeploymentState, cause: ActionError) -> None:
    """Restore the previous version after a deployment succeeded but failed monitoring.

    Changes nothing if GitHub reports within seconds that a newer version runs there. Raises CommandFailed or
    RollbackFailed.
    """
    report = run.report
    if missing := _no_way_back(state):
        report.warn(f"{state.environment} is left as it is: {missing}.")
        return
    report.log(f"{cause.what} Rolling {state.environment} back to {state.previous_name}")
    _nothing_newer(run, state)
    back = replace(
        state,
        deployment=0,
        key=secrets.token_hex(8),
        broken=state.deployment,
        percentage=100,
        phase=Phase.ROLLING_BACK,
        reason=str(cause),
        series=[],
    )
    restore(run, back)
    report.output("rolled-back-to", back.previous_name)


def restore(run: Run, state: DeploymentState) -> None:
    """Run the rollback command, check the health, then record the rollback. Can be repeated after an interruption.

    If it can't be recorded on GitHub, the state is kept, and the job's last step records it.
    """
    report = run.report
    state.phase, state.measured = Phase.ROLLING_BACK, []
    _end_left(run, state)
    try:
        status = run_command(run, state, f"Roll {state.environment} back to {state.previous_name}", state.rollback_run)
        if status:
            raise CommandFailed(
                f"The command of 'rollback-run' ended with {user_commands.shown(status)}.", about="rollback-run"
            )
        wait_until_healthy(run, state)
    except CommandFailed as error:
        report.output("rolled-back", False)
        ended = state.deployment or state.broken or 0
        words = f"rollback-failed: {error.what}"
        records.record_end(run, ended, "error", words, state)
        deployment_state.clear(run.context.temp)
        raise RollbackFailed(
            f"THE ROLLBACK FAILED: {state.environment} may run {state.name} or something else. "
            f"{error.what} It was rolled back because: {state.reason}",
            f"Restore {state.previous_name} manually:\n{by_hand(state)}",
            about="rollback-run",
        ) from None
    state.phase = Phase.ROLLED_BACK
    save(run, state)
    report.output("rolled-back", True)
    report.log(f"{state.previous_name} runs in {state.environment} again")
    records.record_rolled_back(run, state)


def _end_left(run: Run, state: DeploymentState) -> None:
    """End processes that the deployment's commands left running, since they could deploy the new version again."""
    for process in state.left:
        run.report.log("Ending processes that a command of the deployment left running")
        if not processes.end(process, polite=user_commands.GRACE):
            run.report.warn(
                "Processes that a command of the deployment left running could not be ended, and may still deploy."
            )
    state.left = []


def by_hand(state: DeploymentState) -> str:
    """Return the commands for a manual rollback."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in state.environ.items() if value]
    return "\n".join([*exports, state.rollback_run.strip()])


def _no_way_back(state: DeploymentState) -> str:
    if not state.previous_sha:
        return "nothing ran there before"
    return "" if state.rollback_run else "no rollback-run was given"


def _nothing_newer(run: Run, state: DeploymentState) -> None:
    """Raise CommandFailed if another deployment replaced this one.

    Marks it as being rolled back first, so that others can see it.
    """
    records.note(run, state, f"Rolling back to {state.previous_name}")
    read, newer = records.newest_after(run, state)
    if not read:
        run.report.warn("Whether something newer runs there could not be read from GitHub: it is rolled back anyway.")
    if newer is None:
        return
    what, words = records.name_of(newer), f"Deployment {newer.id} took its place"
    records.record_end(run, state.deployment, "inactive", words)
    deployment_state.clear(run.context.temp)
    raise CommandFailed(
        f"{what} came to {state.environment} after {state.name} (deployment {newer.id}), so nothing was rolled back.",
        f"Check whether {what} works. To roll back anyway, use 'command: rollback' with 'to: ...'.",
    )
