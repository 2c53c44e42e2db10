"""Decide who must act now in an incident, and what they must do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hotfix.life import debts
from hotfix.life.course import Course
from hotfix.life.deadlines import clocks
from hotfix.life.incident_commands import ClockName
from hotfix.life.stages import Stage, stage


class NextTask(StrEnum):
    """What somebody must do. How it is put into words is `words.acts`'."""

    SAY_SEVERITY = "say severity"
    CHOOSE_PULL = "choose pull"
    START = "start"
    OPEN_PULL = "open pull"
    FINISH_DRAFT = "finish draft"
    FIX_RULES = "fix rules"
    REVIEW = "review"
    STAGE = "stage"
    SHIP = "ship"
    WATCH_DEPLOYMENT = "watch deployment"
    VERIFY = "verify"
    PAY_DEBTS = "pay debts"
    RETHINK = "rethink"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class NextStep:
    """Somebody, and what they must do."""

    who: str
    """A login; empty if nobody is known."""
    task: NextTask
    about: tuple[str, ...] = ()
    """Rule ids, or the kinds of debts."""


def next_steps(course: Course) -> tuple[NextStep, ...]:
    """Return who must act now, the most urgent first; empty if nobody must."""
    if course.rivals:
        return (NextStep(course.commander, NextTask.CHOOSE_PULL, tuple(f"#{p.number}" for p in course.rivals)),)
    now = stage(course)
    if course.severity is None and now not in (Stage.CLOSED, Stage.CAN_WAIT):
        return (NextStep(course.commander, NextTask.SAY_SEVERITY), *_of_stage(course, now))
    return _of_stage(course, now)


def _of_stage(course: Course, now: Stage) -> tuple[NextStep, ...]:
    make = _ACTS.get(now)
    return make(course) if make else ()


def _declared(course: Course) -> tuple[NextStep, ...]:
    return (NextStep(course.commander, NextTask.START),)


def _preparing(course: Course) -> tuple[NextStep, ...]:
    by = next((branch.by for branch in course.record.branches if branch.by), course.commander)
    return (NextStep(by, NextTask.OPEN_PULL),)


def _fixing(course: Course) -> tuple[NextStep, ...]:
    pull = course.pull
    if pull is None:
        return ()
    failed = tuple(rule for rule, status in (pull.ruling.rules if pull.ruling else {}).items() if status == "failed")
    task = NextTask.FINISH_DRAFT if pull.draft else NextTask.FIX_RULES
    return (NextStep(course.author, task, failed),)


def _reviewing(course: Course) -> tuple[NextStep, ...]:
    clock = next((clock for clock in clocks(course) if clock.name is ClockName.REVIEW and clock.running), None)
    people = clock.people if clock else (course.pull.requested if course.pull else ())
    pending = tuple(
        rule
        for rule, status in (course.pull.ruling.rules if course.pull and course.pull.ruling else {}).items()
        if status == "pending"
    )
    return tuple(NextStep(who, NextTask.REVIEW, pending) for who in people) or (NextStep("", NextTask.REVIEW, pending),)


def _staging(course: Course) -> tuple[NextStep, ...]:
    return (NextStep(course.commander, NextTask.SHIP if course.staged else NextTask.STAGE),)


def _production(course: Course) -> tuple[NextStep, ...]:
    return (NextStep(course.commander, NextTask.WATCH_DEPLOYMENT),)


def _watching(course: Course) -> tuple[NextStep, ...]:
    return (NextStep(course.commander, NextTask.VERIFY),)


def _owing(course: Course) -> tuple[NextStep, ...]:
    owed: dict[str, list[str]] = {}
    for debt in debts.debts(course):
        if debt.open:
            owed.setdefault(debt.owner, []).append(debt.kind)
    return tuple(NextStep(who, NextTask.PAY_DEBTS, tuple(dict.fromkeys(kinds))) for who, kinds in owed.items())


def _rolled_back(course: Course) -> tuple[NextStep, ...]:
    return (NextStep(course.author or course.commander, NextTask.RETHINK),)


_ACTS: dict[Stage, Callable[[Course], tuple[NextStep, ...]]] = {
    Stage.DECLARED: _declared,
    Stage.PREPARING: _preparing,
    Stage.FIXING: _fixing,
    Stage.REVIEWING: _reviewing,
    Stage.STAGING: _staging,
    Stage.PRODUCTION: _production,
    Stage.WATCHING: _watching,
    Stage.FOLLOW_UP: _owing,
    Stage.ROLLED_BACK: _rolled_back,
}
