"""Measure several gates concurrently until each has enough measurements or one has failed."""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from action.runner import user_commands
from action.runner.inputs import Inputs
from hotfix.gates import measure as http
from hotfix.gates.gate import CommandGate, Gate
from hotfix.gates.measure import Probe
from hotfix.gates.tally import Measurement, MeasurementKind, Tally, WatchOutcome, WatchResult
from hotfix.text import durations

SHORTEST = 0.05
"""Minimum interval in seconds between two measurements of a gate, to protect the measured service."""


def measure(gate: Gate, extra: Mapping[str, str]) -> Measurement:
    """Measure a gate once, by HTTP or with the user's command. `extra`: environment variables for the command."""
    if not isinstance(gate, CommandGate):
        return http.measure(gate, Probe(os.environ))
    status = user_commands.run(gate.name, gate.command, extra, timeout=gate.timeout)
    if status == user_commands.TIMED_OUT:
        return Measurement(MeasurementKind.ERROR, f"took longer than {durations.text(gate.timeout)}")
    return Measurement(MeasurementKind.FAILED if status else MeasurementKind.PASSED, user_commands.shown(status))


@dataclass(slots=True)
class MonotonicClock:
    """The clock; replaced in tests."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class MeasurementLoop:
    """A callable that measures gates concurrently."""

    inputs: Inputs
    on_measurement: Callable[[Gate, Measurement], None]
    """Callback for every measurement."""
    clock: MonotonicClock = field(default_factory=MonotonicClock)
    measure: Callable[[Gate, Mapping[str, str]], Measurement] = measure

    def __call__(
        self, gates: Sequence[Gate], extra: Mapping[str, str], *, duration: float | None = None
    ) -> tuple[WatchOutcome, list[Tally]]:
        """Measure each gate `count` times, or for `duration` seconds, one interval apart.

        The first measurement follows after an interval: an earlier one would measure the previous version.
        """
        begun = self.clock.now()
        tallies = [Tally.of(gate, self.inputs) for gate in gates]
        due = [(begun + self._first(tally, duration), at) for at, tally in enumerate(tallies)]
        heapq.heapify(due)
        while due:
            when, at = heapq.heappop(due)
            tally = tallies[at]
            self.clock.sleep(max(0.0, when - self.clock.now()))
            measurement = self.measure(tally.gate, extra)
            outcome = tally.add(measurement)
            self.on_measurement(tally.gate, measurement)
            if outcome:
                return self._with(outcome, tallies), tallies
            after = max(when + max(tally.interval, SHORTEST), self.clock.now())
            ended = tally.enough if duration is None else after > begun + duration
            if not ended:
                heapq.heappush(due, (after, at))
            elif tally.with_data < tally.needed:
                last = f"; last: {tally.last.message}" if tally.last else ""
                why = f"{tally.with_data} of {tally.taken} measurements had data, {tally.needed} needed{last}"
                return self._with(WatchOutcome(WatchResult.UNKNOWN, tally.gate.name, why), tallies), tallies
        return self._with(WatchOutcome(WatchResult.PASSED), tallies), tallies

    @staticmethod
    def _first(tally: Tally, duration: float | None) -> float:
        return tally.interval if duration is None else min(tally.interval, duration)

    @staticmethod
    def _with(outcome: WatchOutcome, tallies: list[Tally]) -> WatchOutcome:
        return WatchOutcome(outcome.result, outcome.gate, outcome.message, sum(t.taken for t in tallies))
