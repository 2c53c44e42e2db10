"""Define the result of one measurement, apart from the HTTP client that takes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MeasurementKind(StrEnum):
    """What a measurement says about the version."""

    PASSED = "passed"
    FAILED = "failed"
    NO_DATA = "no data"
    ERROR = "error"
    """Measuring itself did not work, which says nothing about the version."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer of a gate."""

    kind: MeasurementKind
    message: str
    """What was seen, in a few words."""
    wrong_use: str = ""
    """What is wrong with the gate itself, and the remedy; empty if a later measurement may succeed."""
    value: float | None = None
    """The number that was measured, for a plot; None if there is none."""
