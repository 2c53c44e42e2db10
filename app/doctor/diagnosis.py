"""Define what a check of the set-up found, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """The state of one thing that was examined."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not for all that it is for."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The result of examining one thing."""

    check: str
    """What was looked at: `clock`, `permission checks`."""
    health: Health
    message: str
    """What is the case, one sentence."""
    fix: str = ""
    """What to do; empty if nothing is to be done."""


def ok(check: str, message: str) -> Diagnosis:
    """Return that something is as it must be."""
    return Diagnosis(check=check, health=Health.OK, message=message)


def warning(check: str, message: str, fix: str) -> Diagnosis:
    """Return that something works, but not for all that it is for."""
    return Diagnosis(check=check, health=Health.WARNING, message=message, fix=fix)


def problem(check: str, message: str, fix: str) -> Diagnosis:
    """Return that something is wrong."""
    return Diagnosis(check=check, health=Health.PROBLEM, message=message, fix=fix)


def sound(found: Sequence[Diagnosis]) -> bool:
    """Return whether nothing is wrong."""
    return not any(each.health is Health.PROBLEM for each in found)
