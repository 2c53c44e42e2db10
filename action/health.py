"""Waiting for a new version to come up."""

from __future__ import annotations

import time

from action.errors import Failed
from action.gate_inputs import shown
from action.gates import Kind, health
from action.quantities import how_long
from action.run import Run
from action.saved import Saved

FIRST_POLL = 0.2
LONGEST_POLL = 5.0
"""Seconds between two tries."""


def wait_until_healthy(run: Run, state: Saved) -> None:
    """Ask the health address until it answers as expected. Raises Failed when it does not in time."""
    if not state.health_url:
        return
    until = time.monotonic() + state.health_wait
    pause = FIRST_POLL
    while True:
        seen = health(state.health_url, state.health_status, state.health_timeout)
        if seen.kind is Kind.PASSED:
            run.report.tell(f"{shown(state.health_url)} is healthy ({seen.why})")
            return
        if time.monotonic() + pause > until:
            raise Failed(
                f"{shown(state.health_url)} was not healthy within {how_long(state.health_wait)}: {seen.why}.",
                about="health-url",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL)
