"""`deploy`: record, roll out step by step, check each step, and take it back when a check fails."""

from __future__ import annotations

from collections.abc import Sequence

from action.deployment import claim, deployment_state, preconditions, undo
from action.deployment.deployment_state import DeploymentState, Phase
from action.deployment.target import Target, latest_change, plan
from action.gates.gate_inputs import Gate, HealthGate, shown
from action.gates.health import wait_until_healthy
from action.gates.quantities import how_long
from action.gates.watching import watch
from action.runner.command_run import Run
from action.runner.errors import Failed, Refused, Unknown
from hotfix.github.write import deployments
from hotfix.github.write.deployments import Deployment


def deploy(run: Run, *, watch_last_step: bool = True) -> Target:
    """Deploy the commit to the environment. Raises Failed when that failed, whether it was taken back or not.

    `watch_last_step`: measure the gates after the last step too; not where monitoring follows at once.
    """
    report, inputs = run.report, run.inputs
    target = plan(run)
    report.fact("Environment", target.environment)
    report.fact("Version", f"{target.tag} ({target.sha[:12]})" if target.tag else target.sha)
    report.fact("Runs there now", target.before or "nothing yet")
    report.output("rolled-back", False)
    preconditions.environment_exists(run, target.environment)
    if already := _already_there(run, target):
        report.tell(f"{target.name} runs in {target.environment} already (deployment {already.id})")
        report.output("deployment-id", already.id)
        if not inputs.dry_run:
            undo.retire_others(run, target.environment, already.id)
        return target
    preconditions.check(run, target)
    if inputs.dry_run:
        _say_plan(run, target)
        return target
    kind = "production" if target.production else target.environment
    taken = claim.take(
        run,
        environment=target.environment,
        production=target.production,
        ref=target.tag or target.sha,
        sha=target.sha,
        description=f"Hotfix {target.name} to {kind}",
        payload={
            "kind": "deploy",
            "tag": target.tag,
            "previous": {"tag": target.previous_tag, "sha": target.previous_sha},
            "steps": list(inputs.canary_steps),
        },
        done=lambda mine: _already_there(run, target, mine),
    )
    report.output("deployment-id", taken.deployment.id)
    if not taken.mine:
        report.tell(f"Another run has deployed {target.name} to {target.environment}")
        return target
    _as_it_was(run, target, taken.deployment)
    _roll_out(run, target, taken.deployment, watch_last_step)
    return target


def _as_it_was(run: Run, target: Target, mine: Deployment) -> None:
    """Raises Refused where another run deployed another commit since we looked: what was asked before holds no more."""
    now = plan(run)
    if now.previous_sha == target.previous_sha:
        return
    words = f"{now.before} came to {target.environment} meanwhile"
    run.patiently(lambda: deployments.ensure_status(run.client, run.repo, mine.id, "inactive", words))
    raise Refused(f"{words}.", "Run this job again; it looks anew.")


def _roll_out(run: Run, target: Target, deployment: Deployment, watch_last_step: bool) -> None:
    inputs, report, temp = run.inputs, run.report, run.context.temp
    state = undo.begun(run, target, deployment)
    deployment_state.save(temp, state)
    try:
        for percentage in inputs.canary_steps:
            last = percentage == inputs.canary_steps[-1]
            undo.note(run, state, f"{percentage} % on {target.name}")
            state.percentage, state.phase = percentage, Phase.ROLLING_OUT
            _command(run, state, f"Deploy {target.name} to {target.environment}, {percentage} %", inputs.run, "run")
            wait_until_healthy(run, state)
            if last and inputs.smoke:
                _command(run, state, f"Smoke test of {target.environment}", inputs.smoke, "smoke")
            if not last or (watch_last_step and inputs.gates):
                _measure(run, state, gates_of(run))
    except (Failed, Unknown) as error:
        undo.undo(run, state, error)
        raise
    state.phase = Phase.FINISHED
    deployment_state.save(temp, state)
    undo.record_finished(run, state)
    report.tell(f"{target.name} runs in {target.environment}")


def gates_of(run: Run) -> list[Gate]:
    """The gates: the health address is one of them."""
    inputs = run.inputs
    health = (
        [HealthGate(health=inputs.health_url, status=inputs.health_status, timeout=inputs.health_timeout)]
        if inputs.health_url
        else []
    )
    return [*health, *inputs.gates]


def _measure(run: Run, state: DeploymentState, gates: Sequence[Gate]) -> None:
    if gates:
        run.report.tell(f"Measuring {len(gates)} gate{'s' if len(gates) > 1 else ''} at {state.percentage} %")
        watch(run, gates, undo.variables(state), where=f"at {state.percentage} %")


def _command(run: Run, state: DeploymentState, title: str, command: str, about: str) -> None:
    status = undo.command(run, state, title, command)
    if status:
        raise Failed(f"The command of '{about}' ended with exit status {status} at {state.percentage} %.", about=about)


def _already_there(run: Run, target: Target, mine: Deployment | None = None) -> Deployment | None:
    """The deployment of ours by which this very commit runs there. None after one of another commit that was cut off,
    left where it is, or could not be taken back: then nobody knows that it still does. `mine`: has just begun."""
    with run.needs("deployments: write"):
        _, settled = run.patiently(lambda: latest_change(run, target.environment, mine))
        running = run.patiently(lambda: deployments.running(run.client, run.repo, target.environment))
    same = settled and running and running.sha == target.sha and running.payload.get("kind") == "deploy"
    return running if same else None


def _say_plan(run: Run, target: Target) -> None:
    inputs = run.inputs
    for percentage in inputs.canary_steps:
        run.report.would(f"run the deploy command for {percentage} % of {target.environment} with {target.name}")
        if inputs.health_url:
            run.report.would(f"wait up to {how_long(inputs.health_wait)} for {shown(inputs.health_url)} to be healthy")
        for gate in inputs.gates if percentage == inputs.canary_steps[-1] else gates_of(run):
            run.report.would(f"measure the gate {gate.name}")
    if inputs.smoke:
        run.report.would("run the smoke test")
    back = (
        f"run rollback-run to bring {target.before} back" if inputs.rollback_run and target.before else "leave it there"
    )
    run.report.would(f"{back} if any of it fails")
