"""Count the measurements of a gate until they suffice to pass, or too many failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hotfix.gates.gate import Gate, OnNoData, PrometheusGate
from hotfix.gates.measurement import Measurement, MeasurementKind


class GateLimits(Protocol):
    """What holds for a gate that does not say so itself."""

    @property
    def interval(self) -> float:
        """Seconds between two measurements."""

    @property
    def count(self) -> int:
        """Measurements that suffice."""

    @property
    def failure_limit(self) -> int:
        """Failed measurements that are allowed."""

    @property
    def error_limit(self) -> int:
        """How many measurements in a row may fail to give a result."""

    @property
    def on_no_data(self) -> OnNoData:
        """What a measurement without data counts as."""


@dataclass(slots=True)
class Tally:
    """What one gate has measured so far."""

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
    def of(cls, gate: Gate, defaults: GateLimits) -> Tally:
        """Return an empty tally; what the gate does not set for itself, the defaults do."""

        def own(name: str) -> object:
            value = getattr(gate, name)
            return getattr(defaults, name) if value is None else value

        limits = {n: own(n) for n in ("interval", "count", "failure_limit", "error_limit", "on_no_data")}
        return cls(gate, **limits)  # type: ignore[arg-type]

    @property
    def needed(self) -> int:
        """Measurements with data before it can pass: one at the least, whatever is allowed to fail."""
        own = isinstance(self.gate, PrometheusGate) and not self.gate.samples_query
        return max(1, self.gate.min_samples) if own and isinstance(self.gate, PrometheusGate) else 1

    @property
    def enough(self) -> bool:
        """Whether there are enough measurements to pass."""
        return self.counted >= self.count and self.with_data >= self.needed

    def add(self, measurement: Measurement) -> WatchOutcome | None:
        """Count a measurement. Return the outcome if it decides; None while measuring goes on."""
        self.taken += 1
        self.last = measurement
        failed = measurement.kind is MeasurementKind.FAILED or (
            measurement.kind is MeasurementKind.NO_DATA and self.on_no_data is OnNoData.FAIL
        )
        if failed or measurement.kind is MeasurementKind.PASSED:
            self.counted += 1
            self.failed += failed
            self.errors = 0
            self.with_data += measurement.kind is not MeasurementKind.NO_DATA
        else:
            self.errors += 1
        return self._outcome(measurement)

    def _outcome(self, last: Measurement) -> WatchOutcome | None:
        if last.wrong_use:
            return WatchOutcome(WatchResult.UNKNOWN, self.gate.name, last.wrong_use)
        if self.failed > self.failure_limit:
            times = f"failed {self.failed} of {self.counted} times, {self.failure_limit} allowed; last: "
            return WatchOutcome(
                WatchResult.FAILED, self.gate.name, f"{times if self.counted > 1 else ''}{last.message}"
            )
        if self.errors > self.error_limit:
            times = f"could not be measured {self.errors} times in a row, {self.error_limit} allowed; last: "
            return WatchOutcome(WatchResult.UNKNOWN, self.gate.name, f"{times}{last.message}")
        return None


class WatchResult(StrEnum):
    """How a watch ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WatchOutcome:
    """Which gate decided it, and why."""

    result: WatchResult
    gate: str = ""
    message: str = ""
    samples: int = 0
