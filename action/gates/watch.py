"""Measures several gates side by side until each has said enough, or one has said too much."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from action.gates.gate_inputs import Gate, OnNoData, PrometheusGate
from action.gates.measurement import Kind, Measurement, measure
from action.runner.inputs import Inputs

SHORTEST = 0.05
"""Seconds between two measurements of a gate at the least: none at all would be an attack on what is measured."""


@dataclass(slots=True)
class Tally:
    """What one gate measured so far."""

    gate: Gate
    interval: float
    count: int
    failure_limit: int
    error_limit: int
    on_no_data: OnNoData
    taken: int = 0
    """Measurements in all."""
    counted: int = 0
    """Those that say something about the version."""
    with_data: int = 0
    failed: int = 0
    errors: int = 0
    """In a row."""
    last: Measurement | None = None
    """The newest, for the summary."""

    @classmethod
    def of(cls, gate: Gate, inputs: Inputs) -> Tally:
        """Nothing measured yet; what the gate does not set for itself, the inputs do."""

        def own(name: str) -> object:
            value = getattr(gate, name)
            return getattr(inputs, name) if value is None else value

        limits = {n: own(n) for n in ("interval", "count", "failure_limit", "error_limit", "on_no_data")}
        return cls(gate, **limits)  # type: ignore[arg-type]

    @property
    def needed(self) -> int:
        """Measurements with data before it can pass."""
        own = isinstance(self.gate, PrometheusGate) and not self.gate.samples_query
        return self.gate.min_samples if own and isinstance(self.gate, PrometheusGate) else 0

    @property
    def enough(self) -> bool:
        """Has it said enough to pass?"""
        return self.counted >= self.count and self.with_data >= self.needed

    def add(self, measurement: Measurement) -> Outcome | None:
        """Count a measurement; what must be said now, or None while it may go on."""
        self.taken += 1
        self.last = measurement
        failed = measurement.kind is Kind.FAILED or (
            measurement.kind is Kind.NO_DATA and self.on_no_data is OnNoData.FAIL
        )
        if failed or measurement.kind is Kind.PASSED:
            self.counted += 1
            self.failed += failed
            self.errors = 0
            self.with_data += measurement.kind is not Kind.NO_DATA
        else:
            self.errors += 1
        return self._said(measurement)

    def _said(self, last: Measurement) -> Outcome | None:
        if last.wrong_use:
            return Outcome(Verdict.UNKNOWN, self.gate.name, last.wrong_use)
        if self.failed > self.failure_limit:
            times = f"failed {self.failed} of {self.counted} times, {self.failure_limit} allowed; last: "
            return Outcome(Verdict.FAILED, self.gate.name, f"{times if self.counted > 1 else ''}{last.message}")
        if self.errors > self.error_limit:
            times = f"could not be measured {self.errors} times in a row, {self.error_limit} allowed; last: "
            return Outcome(Verdict.UNKNOWN, self.gate.name, f"{times}{last.message}")
        return None


class Verdict(StrEnum):
    """How a watch ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "could not tell"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which gate decided it, and why."""

    verdict: Verdict
    gate: str = ""
    message: str = ""
    samples: int = 0


@dataclass(slots=True)
class Clock:
    """Real time; tests put another in its place."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Watch:
    """Measures gates side by side; call it with them."""

    inputs: Inputs
    told: Callable[[Gate, Measurement], None]
    """Is told every measurement."""
    clock: Clock = field(default_factory=Clock)
    measure: Callable[[Gate, Mapping[str, str]], Measurement] = measure

    def __call__(
        self, gates: Sequence[Gate], extra: Mapping[str, str], *, duration: float | None = None
    ) -> tuple[Outcome, list[Tally]]:
        """Measure each gate `count` times, or for `duration` seconds, one interval apart.

        The first measurement comes after an interval: before, it would measure the version before.
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
            self.told(tally.gate, measurement)
            if outcome:
                return self._with(outcome, tallies), tallies
            after = max(when + max(tally.interval, SHORTEST), self.clock.now())
            ended = tally.enough if duration is None else after > begun + duration
            if not ended:
                heapq.heappush(due, (after, at))
            elif tally.with_data < tally.needed:
                why = f"{tally.with_data} measurements with data, {tally.needed} needed"
                return self._with(Outcome(Verdict.UNKNOWN, tally.gate.name, why), tallies), tallies
        return self._with(Outcome(Verdict.PASSED), tallies), tallies

    @staticmethod
    def _first(tally: Tally, duration: float | None) -> float:
        return tally.interval if duration is None else min(tally.interval, duration)

    @staticmethod
    def _with(outcome: Outcome, tallies: list[Tally]) -> Outcome:
        return Outcome(outcome.verdict, outcome.gate, outcome.message, sum(t.taken for t in tallies))
