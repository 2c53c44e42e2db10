"""Count the measurements of a gate until there are enough to pass, or too many have failed.

A measurement is independent of the HTTP client that takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hotfix.gates.gate import Gate, OnNoData, PrometheusGate


class MeasurementKind(StrEnum):
    """The result of a measurement."""

    PASSED = "passed"
    FAILED = "failed"
    NO_DATA = "no data"
    ERROR = "error"
    """The measurement itself failed, which says nothing about the version."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement of a gate."""

    kind: MeasurementKind
    message: str
    """A short description of the result."""
    wrong_use: str = ""
    """The mistake in the gate itself and how to fix it; empty if a later measurement may succeed."""
    value: float | None = None
    """The measured number, for plots; None if there is none."""


class GateLimits(Protocol):
    """Default limits for gates that do not set their own."""

    @property
    def interval(self) -> float:
        """Seconds between two measurements."""

    @property
    def count(self) -> int:
        """Number of measurements required."""

    @property
    def failure_limit(self) -> int:
        """Number of failed measurements allowed."""

    @property
    def error_limit(self) -> int:
        """Number of consecutive measurements without a result that are allowed."""

    @property
    def on_no_data(self) -> OnNoData:
        """The treatment of a measurement without data."""


@dataclass(slots=True)
class Tally:
    """The measurements of one gate so far."""

    gate: Gate
    interval: float
    count: int
    failure_limit: int
    error_limit: int
    on_no_data: OnNoData
    taken: int = 0
    """Total number of measurements."""
    counted: int = 0
    """Number of measurements with a result, passed or failed."""
    with_data: int = 0
    failed: int = 0
    errors: int = 0
    last: Measurement | None = None
    """The newest measurement, for the summary."""

    @classmethod
    def of(cls, gate: Gate, defaults: GateLimits) -> Tally:
        """Return an empty tally, with defaults for the limits that the gate does not set."""

        def own(name: str) -> object:
            value = getattr(gate, name)
            return getattr(defaults, name) if value is None else value

        limits = {n: own(n) for n in ("interval", "count", "failure_limit", "error_limit", "on_no_data")}
        return cls(gate, **limits)  # type: ignore[arg-type]

    @property
    def needed(self) -> int:
        """Number of measurements with data required to pass: at least one, regardless of the failure limit."""
        own = isinstance(self.gate, PrometheusGate) and not self.gate.samples_query
        return max(1, self.gate.min_samples) if own and isinstance(self.gate, PrometheusGate) else 1

    @property
    def enough(self) -> bool:
        """Whether there are enough measurements to pass."""
        return self.counted >= self.count and self.with_data >= self.needed

    def add(self, measurement: Measurement) -> WatchOutcome | None:
        """Count a measurement. Return the outcome if it is decided, None if more measurements are needed."""
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
    """The result of a watch."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WatchOutcome:
    """The outcome of a watch: the gate that decided it, and why."""

    result: WatchResult
    gate: str = ""
    message: str = ""
    samples: int = 0
