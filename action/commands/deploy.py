"""`deploy`: deploy to staging or production step by step, check each step, and roll back if a check fails."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from action.deployment import claim, deployment_state, preconditions, restore
from action.deployment import outcome_records as records
from action.deployment.deployment_state import DeploymentState, Phase
from action.deployment.previous_version import with_previous_version
from action.deployment.process_lock import exclusive
from action.deployment.target import Target, plan
from action.gates.deployment_watch import watch
from action.gates.health import wait_until_healthy
from action.runner import user_commands
from action.runner.command_errors import CommandFailed, DeploymentRefused, OutcomeUnknown, UsageError, as_action_error
from action.runner.command_run import Run
from hotfix.gates.gate import Gate, HealthGate, PrometheusGate, Quantity, ResponseTimeGate, shown
from hotfix.gates.tally import Measurement
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory, RecordedDeployment
from hotfix.github.write.rollout.deployments import DeploymentStatus
from hotfix.text import durations


def deploy(run: Run, *, watch_last_step: bool = True) -> DeploymentState:
    """Deploy the commit to the environment and return the deployment's state.

    Raises CommandFailed if that failed, whether or not it was rolled back.

    `watch_last_step`: measure the gates after the last step too; not needed if monitoring follows immediately.
    """
    report, inputs = run.report, run.inputs
    one_target(run)
    preconditions.check_named_staging(run)
    target = plan(run)
    history = run.history(target.environment).of_task(run.task)
    now = history.running
    report.fact("Environment", target.environment)
    report.fact("Version", f"{target.tag} ({target.sha[:12]})" if target.tag else target.sha)
    report.fact("Runs there now", (now.tag or now.sha[:12]) if now else "nothing yet")
    report.output("rolled-back", False)
    preconditions.environment_exists(run, target.environment)
    if already := _already_there(run, target, history):
        report.log(f"{target.name} runs in {target.environment} already (deployment {already.id})")
        report.output("deployment-id", already.id)
        state = deployment_state.begin(run, with_previous_version(run, target))
        _finish(state, already.id)
        if not inputs.dry_run:
            records.retire_others(run, state)
        return state
    target = preconditions.check(run, target)
    state = deployment_state.begin(run, target)
    if inputs.dry_run:
        _report_plan(run, target)
        return state
    with exclusive(run.context.temp):
        taken = claim.take(run, state, done=lambda history: _already_there(run, target, history))
        report.output("deployment-id", taken.deployment)
        if not taken.mine:
            report.log(f"Another run has deployed {target.name} to {target.environment}")
            _finish(state, taken.deployment)
            return state
        _ensure_unchanged(run, target, history, taken)
        state.deployment = taken.deployment
        _roll_out(run, state, watch_last_step)
        return state


def one_target(run: Run) -> None:
    """Raise UsageError if this job is one of several in a matrix that could not be distinguished."""
    if run.context.job_total > 1 and not run.inputs.target:
        raise UsageError(
            f"This is one of {run.context.job_total} jobs of a matrix, which count as one deployment without a target.",
            "Distinguish them, for example with 'target: ${{ matrix.region }}'.",
            about="target",
        )


def gates_of(run: Run) -> list[Gate]:
    """Return the gates, including one for `health-url`."""
    inputs = run.inputs
    health = (
        [HealthGate(health=inputs.health_url, status=inputs.health_status, timeout=inputs.health_timeout)]
        if inputs.health_url
        else []
    )
    return [*health, *inputs.gates]


def _ensure_unchanged(run: Run, target: Target, before: EnvironmentHistory, taken: claim.Claim) -> None:
    """Raise DeploymentRefused if another version was deployed since the preconditions were checked."""
    then, now = before.running, taken.history.running
    if now is None or (then and then.id == now.id) or now.sha == target.sha:
        return
    words = f"{now.tag or now.payload.get('tag') or now.sha[:12]} came to {target.environment} meanwhile"
    claim.set_status(run, taken.deployment, DeploymentStatus(state="inactive", description=words))
    raise DeploymentRefused(f"{words}.", "Run this job again; it checks again.")


def _roll_out(run: Run, state: DeploymentState, watch_last_step: bool) -> None:
    inputs, report = run.inputs, run.report
    try:
        deployment_state.save(run.context, state)
        for percentage in inputs.canary_steps:
            last = percentage == inputs.canary_steps[-1]
            records.note(run, state, f"{percentage} % on {state.name}")
            state.percentage, state.phase = percentage, Phase.ROLLING_OUT
            _command(run, state, f"Deploy {state.name} to {state.environment}, {percentage} %", inputs.run, "run")
            wait_until_healthy(run, state)
            if last and inputs.smoke:
                _command(run, state, f"Smoke test of {state.environment}", inputs.smoke, "smoke")
                state.measured.append(Quantity.SMOKE)
            if not last or (watch_last_step and inputs.gates):
                _measure(run, state, gates_of(run))
    except Exception as error:  # on any error, the new version must not stay half deployed
        restore.after_failed_deployment(run, state, as_action_error(error))
        raise
    state.phase = Phase.FINISHED
    restore.save(run, state)
    try:
        records.record_finished(run, state)
    except OutcomeUnknown as error:
        if watch_last_step:
            raise
        report.warn(f"{error.what} It is watched first.")
        return
    report.log(f"{state.name} runs in {state.environment}")


def _finish(state: DeploymentState, deployment: int) -> None:
    """Note that the commit runs by a deployment of an earlier or other run."""
    state.deployment, state.percentage, state.phase, state.recorded = deployment, 100, Phase.FINISHED, True


def _measure(run: Run, state: DeploymentState, gates: Sequence[Gate]) -> None:
    if gates:
        run.report.log(f"Measuring {len(gates)} gate{'s' if len(gates) > 1 else ''} at {state.percentage} %")
        where = f"at {state.percentage} %"
        watch(run, gates, state.environ, where=where, on_measurement=partial(_note_number, state))
        state.measured += [gate.quantity for gate in gates]


def _note_number(state: DeploymentState, gate: Gate, measurement: Measurement) -> None:
    """Save a gate's measurement if it is a number with a limit, for the plots on the service's pages."""
    if measurement.value is not None and isinstance(gate, PrometheusGate | ResponseTimeGate):
        state.add_number(gate.name, gate.max, time.time(), measurement.value)


def _command(run: Run, state: DeploymentState, title: str, command: str, about: str) -> None:
    status = restore.run_command(run, state, title, command)
    if status:
        raise CommandFailed(
            f"The command of '{about}' ended with {user_commands.shown(status)} at {state.percentage} %.", about=about
        )


def _already_there(run: Run, target: Target, history: EnvironmentHistory) -> RecordedDeployment | None:
    """Return the Action's deployment by which this commit already runs in the environment.

    None if a deployment of another commit was interrupted, abandoned or could not be rolled back, since it is then
    unknown what runs. Also None if another job of this attempt deployed it, for example to another region or service,
    or if this runner rolled it back and that is not recorded on GitHub yet.
    """
    last, running = history.last_change, history.running
    if not (last and last.settled and running and running.sha == target.sha):
        return None
    if running.payload.get("kind") != "deploy" or claim.is_sibling(run, running):
        return None
    saved = deployment_state.last_on_this_runner(run.context, target.environment, run.task)
    taken_back = saved and saved[0].phase is Phase.ROLLED_BACK and saved[0].broken == running.id
    return None if taken_back else running


def _report_plan(run: Run, target: Target) -> None:
    inputs = run.inputs
    for percentage in inputs.canary_steps:
        run.report.would(f"run the deploy command for {percentage} % of {target.environment} with {target.name}")
        if inputs.health_url:
            wait = durations.text(inputs.health_wait)
            run.report.would(f"wait up to {wait} for {shown(inputs.health_url)} to be healthy")
        for gate in inputs.gates if percentage == inputs.canary_steps[-1] else gates_of(run):
            run.report.would(f"measure the gate {gate.name}")
    if inputs.smoke:
        run.report.would("run the smoke test")
    back = (
        f"run rollback-run to restore {target.previous_name}"
        if inputs.rollback_run and target.previous_name
        else "leave it there"
    )
    run.report.would(f"{back} if any of it fails")
