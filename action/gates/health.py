"""Waiting for a new version to come up."""

from __future__ import annotations

import time

from action.deployment.deployment_state import DeploymentState
from action.gates.gate_inputs import shown
from action.gates.measurement import Kind, health
from action.gates.quantities import how_long
from action.runner.command_run import Run
from action.runner.errors import Failed

FIRST_POLL = 0.2
LONGEST_POLL = 5.0
"""Seconds between two tries."""


def wait_until_healthy(run: Run, state: DeploymentState) -> None:
    """Ask the health address until it answers as expected. Raises Failed when it does not in time."""
    if not state.health_url:
        return
    until = time.monotonic() + state.health_wait
    pause = FIRST_POLL
    while True:
        seen = health(state.health_url, state.health_status, state.health_timeout)
        if seen.kind is Kind.PASSED:
            run.report.tell(f"{shown(state.health_url)} is healthy ({seen.message})")
            return
        if time.monotonic() + pause > until:
            raise Failed(
                f"{shown(state.health_url)} was not healthy within {how_long(state.health_wait)}: {seen.message}.",
                about="health-url",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL)
