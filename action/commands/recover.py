"""`recover`: finish what a cancelled or killed step left half done. The step that always runs last."""

from __future__ import annotations

from action.deployment import deployment_state, undo
from action.deployment.deployment_state import DeploymentState, Phase
from action.deployment.sole_actor import after_all_others
from action.runner.command_errors import CommandFailed
from action.runner.command_run import Run


def recover(run: Run) -> None:
    """End what still runs of an interrupted step, and bring the previous version back if it had changed traffic.

    Does nothing if nothing was left half done. Raises RollbackFailed; OutcomeUnknown, with traffic untouched, if
    something of the interrupted step may still run.
    """
    temp = run.context.temp
    if deployment_state.path(temp).exists():
        run.report.output("rolled-back", False)
    with after_all_others(temp):
        if state := deployment_state.load(temp):
            _finish(run, state)


def _finish(run: Run, state: DeploymentState) -> None:
    report = run.report
    report.output("deployment-id", state.deployment)
    match state.phase:
        case Phase.FINISHED:
            report.log(f"{state.name} was deployed, but not recorded: recording it")
            undo.record_finished(run, state)
            return
        case Phase.ROLLED_BACK:
            report.log("The rollback was done, but not recorded: recording it")
            report.output("rolled-back", True)
            undo.record_rolled_back(run, state, perhaps_created=True)
            deployment_state.clear(run.context.temp)
        case Phase.ROLLING_BACK:
            state.reason = state.reason or "the run was interrupted"
            undo.bring_back(run, state)
            deployment_state.clear(run.context.temp)
        case Phase.STARTED | Phase.ROLLING_OUT:
            where = f"at {state.percentage} %" if state.percentage else "before it began"
            undo.undo(run, state, CommandFailed(f"The deployment was interrupted {where}."))
    if state.broken is None:
        raise CommandFailed(_ending(run, state))
    report.output("rolled-back-to", state.before)


def _ending(run: Run, state: DeploymentState) -> str:
    if run.report.outputs.get("rolled-back") == "true":
        return f"The deployment was interrupted; {state.environment} is back on {state.before}."
    return f"The deployment was interrupted; {state.environment} was not changed by a rollback."
