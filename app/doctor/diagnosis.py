"""The result of a set-up check, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """The status of one diagnosis."""

    OK = "ok"
    WARNING = "warning"
    """Working, but not completely."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The result of one check."""

    check: str
    """The name of the check, such as `clock` or `permission checks`."""
    health: Health
    message: str
    """The finding, in one sentence."""
    fix: str = ""
    """How to fix it; empty if no action is needed."""


def ok(check: str, message: str) -> Diagnosis:
    """Return a diagnosis for a check that passed."""
    return Diagnosis(check=check, health=Health.OK, message=message)


def warning(check: str, message: str, fix: str) -> Diagnosis:
    """Return a diagnosis for something that works, but not completely."""
    return Diagnosis(check=check, health=Health.WARNING, message=message, fix=fix)


def problem(check: str, message: str, fix: str) -> Diagnosis:
    """Return a diagnosis for something that is wrong."""
    return Diagnosis(check=check, health=Health.PROBLEM, message=message, fix=fix)


def sound(found: Sequence[Diagnosis]) -> bool:
    """Return whether none of the diagnoses is a problem."""
    return not any(each.health is Health.PROBLEM for each in found)
