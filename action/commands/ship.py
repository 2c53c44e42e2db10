"""`ship`: run staging, tag, production, monitor and back-merge in one job."""

from __future__ import annotations

from action.commands import back_merge as back_merging
from action.commands.deploy import deploy, gates_of
from action.commands.monitor import monitor
from action.commands.tag import tag
from action.deployment import outcome_records as records
from action.deployment import preconditions, restore, verdict_gate
from action.deployment.process_lock import exclusive
from action.deployment.pull_metadata import of_evaluated
from action.deployment.ref_errors import check_refs
from action.runner.command_errors import UsageError, as_action_error
from action.runner.command_run import Run
from hotfix.github.write.rollout import deployments


def ship(run: Run) -> None:
    """Ship the approved commit to production and merge it back to the long-lived branches. Stops at the first failure.

    The verdict is evaluated first: no command of the repository runs for a commit that does not pass.
    """
    with exclusive(run.context.temp):
        _ship(run)


def _ship(run: Run) -> None:
    inputs, report = run.inputs, run.report
    production = preconditions.check_named_production(run)
    staging_name = preconditions.check_named_staging(run)
    if deployments.same_environment(production, staging_name):
        raise UsageError(f"Staging and production are both '{production}'.", about="staging-environment")
    staging = run.having(
        environment=staging_name,
        environment_url=inputs.staging_environment_url,
        health_url=inputs.staging_health_url,
        canary_steps=(100,),
        gates=(),
        rollback_run="",
    )
    ground = verdict_gate.permitted(run, run.sha)
    check_refs(run, of_evaluated(ground.read))
    back_merging.check_before(run)
    report.log(f"Staging: {staging_name}")
    deploy(staging)
    report.output("staging-deployment-id", report.outputs.get("deployment-id"))
    name = tag(run)
    to_production = run.having(environment=production, tag="" if inputs.dry_run else name)
    report.log(f"Production: {production}")
    gates = gates_of(run)
    state = deploy(to_production, watch_last_step=not gates)
    if gates:
        try:
            monitor(to_production, state)
        except Exception as error:  # on any error, the new version is no longer monitored
            if not inputs.dry_run:
                restore.after_failed_watch(to_production, state, as_action_error(error))
            raise
        if not inputs.dry_run:
            state.measured += [gate.quantity for gate in gates]
            if state.recorded:
                records.record_watched(to_production, state)
            else:
                records.record_finished(to_production, state)
    if not inputs.dry_run:
        report.reason = f"{state.name} runs in {production}, and the back-merge is still to be done."
    back_merging.back_merge(to_production)
    report.reason = ""
