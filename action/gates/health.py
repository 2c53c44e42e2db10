"""Wait until a version is healthy."""

from __future__ import annotations

import time

from action.deployment.deployment_state import DeploymentState
from action.runner.command_errors import CommandFailed
from action.runner.command_run import Run
from hotfix.backoff import delays
from hotfix.gates.gate import HealthGate, Quantity, shown
from hotfix.gates.measure import Probe, health
from hotfix.gates.tally import MeasurementKind
from hotfix.text import durations


def wait_until_healthy(run: Run, state: DeploymentState) -> None:
    """Poll the health URL until it responds as expected. Raises CommandFailed if it does not in time."""
    if not state.health_url:
        return
    gate = HealthGate(health=state.health_url, status=state.health_status, timeout=state.health_timeout)
    until = time.monotonic() + state.health_wait
    for delay in delays(first=0.2, longest=5.0, factor=1.5):
        seen = health(gate, Probe())
        if seen.kind is MeasurementKind.PASSED:
            break
        if time.monotonic() + delay > until:
            wait = durations.text(state.health_wait)
            raise CommandFailed(
                f"{shown(state.health_url)} was not healthy within {wait}: {seen.message}.", about="health-url"
            )
        time.sleep(delay)
    state.measured.append(Quantity.HEALTH)
    run.report.log(f"{shown(state.health_url)} is healthy ({seen.message})")
