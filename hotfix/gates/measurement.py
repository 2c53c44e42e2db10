"""The result of one measurement, independent of the HTTP client that takes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
