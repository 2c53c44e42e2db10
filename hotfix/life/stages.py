"""Decide where an incident stands, and how long each stage took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hotfix.life import debts
from hotfix.life.course import Course


class Stage(StrEnum):
    """One step of the life; its value is its name on every page."""

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
"""What the workflow allows for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stage that the incident went through or is in."""

    stage: Stage
    since: datetime
    until: datetime | None = None
    """None while it lasts."""

    @property
    def length(self) -> timedelta | None:
        return self.until - self.since if self.until else None


def stage(course: Course) -> Stage:
    """Return the first stage, from the end of the life backwards, that the incident is in."""
    return next(each for each, holds in _HOLDS if holds(course))


def _closed(course: Course) -> bool:
    return not course.record.open


def _can_wait(course: Course) -> bool:
    return bool(course.can_wait)


def _rolled_back(course: Course) -> bool:
    """Return whether the fix was rolled back and the branch has not moved on since."""
    taken = course.live if course.rollback else None
    return taken is not None and (course.pull is None or taken.sha in (course.pull.head, course.pull.merge_sha))


def _follow_up(course: Course) -> bool:
    return _over(course) and any(debt.open for debt in debts.debts(course))


def _over(course: Course) -> bool:
    """Return whether somebody verified that the issue is resolved, by the fix or by a rollback."""
    return course.verified is not None and bool(course.in_production_at or course.restored)


def _watching(course: Course) -> bool:
    return bool(course.in_production_at or course.restored)


def _production(course: Course) -> bool:
    return bool(course.shipped) and course.shipped[-1].running


def _staging(course: Course) -> bool:
    pull = course.pull
    if pull is None or (pull.draft and pull.open):
        return False
    return pull.merged or (pull.ruling is not None and pull.ruling.conclusion == "success")


def _reviewing(course: Course) -> bool:
    pull = course.pull
    return bool(pull and not pull.draft and pull.ruling and pull.ruling.conclusion == "action_required")


def _fixing(course: Course) -> bool:
    return bool(course.rivals or (course.pull and course.pull.open))


def _preparing(course: Course) -> bool:
    return bool(course.record.branches)


def _always(course: Course) -> bool:
    return True


_HOLDS: tuple[tuple[Stage, Callable[[Course], bool]], ...] = (
    (Stage.CLOSED, _closed),
    (Stage.CAN_WAIT, _can_wait),
    (Stage.FOLLOW_UP, _follow_up),
    (Stage.VERIFIED, _over),
    (Stage.WATCHING, _watching),
    (Stage.PRODUCTION, _production),
    (Stage.ROLLED_BACK, _rolled_back),
    (Stage.STAGING, _staging),
    (Stage.REVIEWING, _reviewing),
    (Stage.FIXING, _fixing),
    (Stage.PREPARING, _preparing),
    (Stage.DECLARED, _always),
)


def periods(course: Course) -> tuple[Period, ...]:
    """Return the stages so far, each with its begin and end; the last one is the present stage."""
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


def _branch_at(course: Course) -> datetime | None:
    return min((branch.at for branch in course.record.branches), default=None)


def _pull_at(course: Course) -> datetime | None:
    return course.pull.created_at if course.pull else min((p.created_at for p in course.rivals), default=None)


def _review_at(course: Course) -> datetime | None:
    return min((asked.at for asked in course.pull.asked), default=None) if course.pull else None


def _staging_at(course: Course) -> datetime | None:
    return course.approval.at if course.approval else None


def _production_at(course: Course) -> datetime | None:
    return course.shipped[0].at if course.shipped else None


def _watching_at(course: Course) -> datetime | None:
    return course.in_production_at or (course.restored.succeeded_at if course.restored else None)


def _verified_at(course: Course) -> datetime | None:
    return course.verified.at if course.verified else None


def _rolled_back_at(course: Course) -> datetime | None:
    return course.rollback.succeeded_at if course.rollback else None


_BEGAN: tuple[tuple[Stage, Callable[[Course], datetime | None]], ...] = (
    (Stage.PREPARING, _branch_at),
    (Stage.FIXING, _pull_at),
    (Stage.REVIEWING, _review_at),
    (Stage.STAGING, _staging_at),
    (Stage.PRODUCTION, _production_at),
    (Stage.ROLLED_BACK, _rolled_back_at),
    (Stage.WATCHING, _watching_at),
    (Stage.VERIFIED, _verified_at),
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
