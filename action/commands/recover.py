"""The step that always runs last: what a cancelled or killed step left half done is brought to an end."""

from __future__ import annotations

from action.deployment import deployment_state, undo
from action.deployment.deployment_state import DeploymentState, Phase
from action.runner import user_commands
from action.runner.command_run import Run
from action.runner.errors import Failed


def recover(run: Run) -> None:
    """Bring the traffic back to the previous version where a canary was interrupted. Raises RollbackFailed.

    Does nothing when nothing was left half done.
    """
    state = deployment_state.load(run.context.temp)
    if state is None:
        return
    report = run.report
    _end_process(state)
    report.output("deployment-id", state.deployment)
    match state.phase:
        case Phase.FINISHED:
            report.tell(f"{state.tag or state.sha[:12]} was deployed, but not recorded: recording it")
            undo.record_finished(run, state)
            return
        case Phase.ROLLED_BACK:
            report.tell("The rollback was done, but not recorded: recording it")
            report.output("rolled-back", True)
            undo.record_rolled_back(run, state)
            deployment_state.clear(run.context.temp)
        case Phase.STARTED | Phase.ROLLING_OUT | Phase.ROLLING_BACK:
            where = f"at {state.percentage} %" if state.percentage else "before it began"
            cause = Failed(f"The deployment was interrupted {where}.")
            if state.phase is Phase.ROLLING_BACK:
                state.reason = state.reason or "the run was interrupted"
                undo.bring_back(run, state)
                deployment_state.clear(run.context.temp)
            else:
                undo.undo(run, state, cause)
    if state.broken is None:
        raise Failed(_ending(run, state))
    report.output("rolled-back-to", state.before)


def _ending(run: Run, state: DeploymentState) -> str:
    if run.report.outputs.get("rolled-back") == "true":
        return f"The deployment was interrupted; {state.environment} is back on {state.before}."
    return f"The deployment was interrupted; {state.environment} was not changed by a rollback."


def _end_process(state: DeploymentState) -> None:
    """End the command of a killed step, if it still goes: it must not deploy on while we take it back."""
    if state.process and state.process_began and deployment_state.began(state.process) == state.process_began:
        user_commands.stop(state.process, lambda: not deployment_state.began(state.process))
