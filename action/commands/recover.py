"""`recover`: finish the work of a cancelled or killed step. This step always runs last."""

from __future__ import annotations

from action.deployment import deployment_state, restore
from action.deployment import outcome_records as records
from action.deployment.deployment_state import DeploymentState, Phase
from action.deployment.process_lock import after_all_others
from action.runner.command_errors import CommandFailed
from action.runner.command_run import Run
from action.runner.inputs import Command


def recover(run: Run) -> None:
    """End the processes of an interrupted step, and restore the previous version if the step had changed traffic.

    Does nothing if nothing was left unfinished. Raises RollbackFailed. Raises OutcomeUnknown, without changing traffic,
    if a process of the interrupted step may still be running.
    """
    temp = run.context.temp
    if deployment_state.path(temp).exists():
        run.report.output("rolled-back", False)
    with after_all_others(temp):
        if state := deployment_state.load(temp):
            if state.log_url == run.context.run_url:
                _finish(run, state)
            else:
                _leave(run, state)


def _leave(run: Run, state: DeploymentState) -> None:
    """Warn about, but do not touch, the unfinished deployment of an earlier job: others may have deployed since."""
    run.report.warn(
        f"An earlier job on this runner left its deployment of {state.name} to {state.environment} unfinished "
        f"({state.log_url}). This job does not change it. If nothing has been deployed since, use 'command: rollback'."
    )
    deployment_state.clear(run.context.temp)


def _finish(run: Run, state: DeploymentState) -> None:
    report = run.report
    report.output("deployment-id", state.deployment)
    match state.phase:
        case Phase.FINISHED:
            report.log(f"{state.name} was deployed, but not recorded: recording it")
            records.record_finished(run, state)
            return
        case Phase.ROLLED_BACK:
            report.log("The rollback was done, but not recorded: recording it")
            report.output("rolled-back", True)
            records.record_rolled_back(run, state, perhaps_created=True)
        case Phase.ROLLING_BACK:
            state.reason = state.reason or "the run was interrupted"
            restore.restore(run, state)
        case Phase.STARTED | Phase.ROLLING_OUT:
            where = f"at {state.percentage} %" if state.percentage else "before it began"
            restore.after_failed_deployment(run, state, CommandFailed(f"The deployment was interrupted {where}."))
    if state.broken is None:
        raise CommandFailed(_ending(run, state))
    report.output("rolled-back-to", state.previous_name)
    if run.inputs.command is not Command.ROLLBACK:  # for this command, a completed rollback is a success
        raise CommandFailed(
            f"{state.environment} is back on {state.previous_name}. It was rolled back because: {state.reason}"
        )


def _ending(run: Run, state: DeploymentState) -> str:
    if run.report.outputs.get("rolled-back") == "true":
        return f"The deployment was interrupted; {state.environment} is back on {state.previous_name}."
    return f"The deployment was interrupted; {state.environment} was not changed by a rollback."
