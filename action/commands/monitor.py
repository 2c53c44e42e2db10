"""`monitor`: measure the gates after the full rollout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from action.commands.deploy import gates_of
from action.deployment import deployment_state, outcome_records, preconditions
from action.deployment.deployment_state import DeploymentState
from action.deployment.previous_version import with_previous_version
from action.deployment.target import Target, plan
from action.gates.deployment_watch import watch
from action.runner.command_errors import OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix.gates.gate import CommandGate, Gate
from hotfix.github.transport.errors import GitHubError
from hotfix.text import durations


def _environ(run: Run, environment: str, gates: Sequence[Gate]) -> dict[str, str]:
    """Return the environment variables for the gate commands, with empty values for what can't be read.

    If no gate runs a command, GitHub is not queried, so the job needs no permissions.
    """
    if not any(isinstance(gate, CommandGate) for gate in gates):
        return {}
    target, deployment = Target(environment=environment, production=False, sha=run.sha, tag=""), 0
    try:
        target = plan(run.having(environment=environment))
        running = run.history(target.environment).of_task(run.task).running
        deployment = running.id if running and running.sha == target.sha else 0
        target = with_previous_version(run, target)
    except (OutcomeUnknown, UsageError, GitHubError) as error:
        # This says nothing about the version, and a failure of this step may trigger a rollback.
        run.report.warn(f"The gates' commands receive no previous version: {error}")
    return replace(deployment_state.begin(run, target), percentage=100, deployment=deployment).environ


def monitor(run: Run, state: DeploymentState | None = None) -> None:
    """Measure every gate for `duration`. `state`: the deployment's, if called by `ship`.

    Raises CommandFailed or OutcomeUnknown.
    """
    report, inputs = run.report, run.inputs
    gates = gates_of(run)
    if not gates:
        raise UsageError("There is nothing to watch.", "Add 'health-url: ...' or a list of 'gates'.", about="gates")
    environment = inputs.environment or run.production_environment
    if inputs.dry_run:
        report.would(f"watch {len(gates)} gates for {durations.text(inputs.duration)}")
        return
    preconditions.check_gates(run)
    report.output("samples", 0)
    report.log(f"Watching {environment} for {durations.text(inputs.duration)}")
    watch(
        run,
        gates,
        state.environ if state else _environ(run, environment, gates),
        where=f"in {durations.text(inputs.duration)} of watching",
        duration=inputs.duration,
    )
    if state is None:  # `ship` knows its own deployment
        outcome_records.check_watched(run, environment, run.sha)
