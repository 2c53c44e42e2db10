"""Determine the current stage of an incident and how long each stage took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hotfix.life import debts
from hotfix.life.course import Course


class Stage(StrEnum):
    """A stage of an incident; the value is the displayed name."""

    DECLARED = "declared"
    PREPARING = "preparing"
    FIXING = "fixing"
    REVIEWING = "reviewing"
    STAGING = "staging"
    PRODUCTION = "production"
    WATCHING = "watching"
    VERIFIED = "verified"
    FOLLOW_UP = "follow-up"
    CLOSED = "closed"
    ROLLED_BACK = "rolled back"
    CAN_WAIT = "can wait"


ALLOWED = {
    Stage.DECLARED: "5-15 min",
    Stage.PREPARING: "10-20 min",
    Stage.FIXING: "20-60 min",
    Stage.REVIEWING: "10 min",
    Stage.STAGING: "15-30 min",
    Stage.PRODUCTION: "15-30 min",
    Stage.WATCHING: "15 min",
}
"""The time that the workflow allows for each stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period that the incident spent in a stage."""

    stage: Stage
    since: datetime
    until: datetime | None = None
    """The end; None for the current stage."""

    @property
    def length(self) -> timedelta | None:
        return self.until - self.since if self.until else None


def stage(course: Course) -> Stage:
    """Return the current stage: the latest one whose condition holds."""
    return next(each for each, holds in _HOLDS if holds(course))


def _rolled_back(course: Course) -> bool:
    """Return whether the fix was rolled back and the branch has no newer commits."""
    taken = course.live if course.rollback else None
    return taken is not None and (course.pull is None or taken.sha in (course.pull.head, course.pull.merge_sha))


def _over(course: Course) -> bool:
    """Return whether the issue is verified as resolved, by the fix or by a rollback."""
    return course.verified is not None and _mitigated(course)


def _mitigated(course: Course) -> bool:
    return bool(course.in_production_at or course.restored)


def _staging(course: Course) -> bool:
    pull = course.pull
    if pull is None or (pull.draft and pull.open):
        return False
    return pull.merged or (pull.ruling is not None and pull.ruling.conclusion == "success")


def _reviewing(course: Course) -> bool:
    pull = course.pull
    return bool(pull and not pull.draft and pull.ruling and pull.ruling.conclusion == "action_required")


_HOLDS: tuple[tuple[Stage, Callable[[Course], bool]], ...] = (
    (Stage.CLOSED, lambda course: not course.record.open),
    (Stage.CAN_WAIT, lambda course: bool(course.can_wait)),
    (Stage.FOLLOW_UP, lambda course: _over(course) and any(debt.open for debt in debts.debts(course))),
    (Stage.VERIFIED, _over),
    (Stage.WATCHING, _mitigated),
    (Stage.PRODUCTION, lambda course: bool(course.shipped) and course.shipped[-1].running),
    (Stage.ROLLED_BACK, _rolled_back),
    (Stage.STAGING, _staging),
    (Stage.REVIEWING, _reviewing),
    (Stage.FIXING, lambda course: bool(course.rivals or (course.pull and course.pull.open))),
    (Stage.PREPARING, lambda course: bool(course.record.branches)),
    (Stage.DECLARED, lambda course: True),
)


def periods(course: Course) -> tuple[Period, ...]:
    """Return the stages so far, each with its start and end; the last one is the current stage."""
    now = stage(course)
    begins = [(Stage.DECLARED, course.declared_at)]
    if now is not Stage.CAN_WAIT:
        begins += [(each, at) for each, began in _BEGAN if (at := began(course)) and at >= course.declared_at]
    path: list[tuple[Stage, datetime]] = []
    for each, at in sorted(begins, key=lambda begin: (begin[1], _ORDER.index(begin[0]))):
        if not path or _ORDER.index(each) > _ORDER.index(path[-1][0]):
            path.append((each, at))
    if path[-1][0] is not now:
        path = [step for step in path if _ORDER.index(step[0]) < _ORDER.index(now)] or path[:1]
        since = course.record.closed_at if now is Stage.CLOSED else None
        path.append((now, since or path[-1][1]))
    ends = [at for _, at in path[1:]]
    return tuple(Period(stage=each, since=at, until=end) for (each, at), end in zip(path, [*ends, None], strict=True))


def _opened_at(course: Course) -> datetime | None:
    return course.pull.created_at if course.pull else min((p.created_at for p in course.rivals), default=None)


def _asked_at(course: Course) -> datetime | None:
    return min((asked.at for asked in course.pull.asked), default=None) if course.pull else None


def _mitigated_at(course: Course) -> datetime | None:
    return course.in_production_at or (course.restored.succeeded_at if course.restored else None)


_BEGAN: tuple[tuple[Stage, Callable[[Course], datetime | None]], ...] = (
    (Stage.PREPARING, lambda course: min((branch.at for branch in course.record.branches), default=None)),
    (Stage.FIXING, _opened_at),
    (Stage.REVIEWING, _asked_at),
    (Stage.STAGING, lambda course: course.approval.at if course.approval else None),
    (Stage.PRODUCTION, lambda course: course.shipped[0].at if course.shipped else None),
    (Stage.ROLLED_BACK, lambda course: course.rollback.succeeded_at if course.rollback else None),
    (Stage.WATCHING, _mitigated_at),
    (Stage.VERIFIED, lambda course: course.verified.at if course.verified else None),
)
_ORDER = (
    Stage.DECLARED,
    Stage.CAN_WAIT,
    Stage.PREPARING,
    Stage.FIXING,
    Stage.REVIEWING,
    Stage.STAGING,
    Stage.PRODUCTION,
    Stage.ROLLED_BACK,
    Stage.WATCHING,
    Stage.VERIFIED,
    Stage.FOLLOW_UP,
    Stage.CLOSED,
)
