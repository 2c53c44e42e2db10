"""Determine who must act now in an incident, and what they must do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hotfix.life import debts
from hotfix.life.course import Course
from hotfix.life.deadlines import clocks
from hotfix.life.incident_commands import ClockName
from hotfix.life.stages import Stage, stage


class NextTask(StrEnum):
    """A task for a person; `words.phrases` holds the displayed text."""

    SAY_SEVERITY = "say severity"
    CHOOSE_PULL = "choose pull"
    START = "start"
    OPEN_PULL = "open pull"
    FINISH_DRAFT = "finish draft"
    FIX_RULES = "fix rules"
    REVIEW = "review"
    AWAIT_DEPLOYMENT = "await deployment"
    STAGE = "stage"
    SHIP = "ship"
    WATCH_DEPLOYMENT = "watch deployment"
    VERIFY = "verify"
    PAY_DEBTS = "pay debts"
    RETHINK = "rethink"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class NextStep:
    """A person and the task they must do now."""

    who: str
    """A login; empty if unknown."""
    task: NextTask
    about: tuple[str, ...] = ()
    """Rule IDs, kinds of debts, or the numbers of rival pull requests such as `#12`."""


def next_steps(course: Course) -> tuple[NextStep, ...]:
    """Return the tasks that must be done now, most urgent first; empty if there are none."""
    if course.rivals:
        return (NextStep(course.commander, NextTask.CHOOSE_PULL, tuple(f"#{p.number}" for p in course.rivals)),)
    now = stage(course)
    if course.severity is None and now not in (Stage.CLOSED, Stage.CAN_WAIT):
        return (NextStep(course.commander, NextTask.SAY_SEVERITY), *_of_stage(course, now))
    return _of_stage(course, now)


def _of_stage(course: Course, now: Stage) -> tuple[NextStep, ...]:
    if now in _OF_COMMANDER:
        return (NextStep(course.commander, _OF_COMMANDER[now]),)
    match now:
        case Stage.PREPARING:
            by = next((branch.by for branch in course.record.branches if branch.by), course.commander)
            return (NextStep(by, NextTask.OPEN_PULL),)
        case Stage.FIXING if course.pull:
            task = NextTask.FINISH_DRAFT if course.pull.draft else NextTask.FIX_RULES
            return (NextStep(course.author, task, _rules(course, "failed")),)
        case Stage.REVIEWING:
            clock = next((clock for clock in clocks(course) if clock.name is ClockName.REVIEW and clock.running), None)
            people = clock.people if clock else (course.pull.requested if course.pull else ())
            return tuple(NextStep(who, NextTask.REVIEW, _rules(course, "pending")) for who in people or ("",))
        case Stage.STAGING:
            return (NextStep(course.commander, _deploying(course)),)
        case Stage.FOLLOW_UP:
            owed: dict[str, list[str]] = {}
            for debt in debts.debts(course):
                if debt.open:
                    owed.setdefault(debt.owner, []).append(debt.kind)
            return tuple(NextStep(who, NextTask.PAY_DEBTS, tuple(dict.fromkeys(kinds))) for who, kinds in owed.items())
        case Stage.ROLLED_BACK:
            return (NextStep(course.author or course.commander, NextTask.RETHINK),)
    return ()


def _deploying(course: Course) -> NextTask:
    """Return how a hotfix that passes gets to production; the App starts the policy's workflow for an open one."""
    if course.staged:
        return NextTask.SHIP
    staging = [each for each in course.record.staging if course.pull and each.sha == course.pull.head]
    if staging and staging[-1].running:
        return NextTask.WATCH_DEPLOYMENT
    starts = course.policy.deploy.workflow and course.pull and course.pull.open
    return NextTask.AWAIT_DEPLOYMENT if starts and not course.deployments else NextTask.STAGE


def _rules(course: Course, status: str) -> tuple[str, ...]:
    """Return the rules that have this status in the published verdict."""
    rules = course.pull.ruling.rules if course.pull and course.pull.ruling else {}
    return tuple(rule for rule, found in rules.items() if found == status)


_OF_COMMANDER = {
    Stage.DECLARED: NextTask.START,
    Stage.PRODUCTION: NextTask.WATCH_DEPLOYMENT,
    Stage.WATCHING: NextTask.VERIFY,
}
"""The commander's task in each stage in which the commander must act."""
