"""Determine the current stage of an incident and how long each stage took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hotfix.life import debts
from hotfix.life.incident import Incident


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


def stage(incident: Incident) -> Stage:
    """Return the current stage: the latest one whose condition holds."""
    return next(each for each, holds in _HOLDS if holds(incident))


def _rolled_back(incident: Incident) -> bool:
    """Return whether the fix was rolled back and the branch has no newer commits."""
    taken = incident.live if incident.rollback else None
    return taken is not None and (incident.pull is None or taken.sha in (incident.pull.head, incident.pull.merge_sha))


def _over(incident: Incident) -> bool:
    """Return whether the issue is verified as resolved, by the fix or by a rollback."""
    return incident.verified is not None and _mitigated(incident)


def _mitigated(incident: Incident) -> bool:
    return bool(incident.in_production_at or incident.restored)


def _staging(incident: Incident) -> bool:
    pull = incident.pull
    if pull is None or (pull.draft and pull.open):
        return False
    return pull.merged or (pull.ruling is not None and pull.ruling.conclusion == "success")


def _reviewing(incident: Incident) -> bool:
    pull = incident.pull
    return bool(pull and not pull.draft and pull.ruling and pull.ruling.conclusion == "action_required")


_HOLDS: tuple[tuple[Stage, Callable[[Incident], bool]], ...] = (
    (Stage.CLOSED, lambda incident: not incident.record.open),
    (Stage.CAN_WAIT, lambda incident: bool(incident.can_wait)),
    (Stage.FOLLOW_UP, lambda incident: _over(incident) and any(debt.open for debt in debts.debts(incident))),
    (Stage.VERIFIED, _over),
    (Stage.WATCHING, _mitigated),
    (Stage.PRODUCTION, lambda incident: bool(incident.shipped) and incident.shipped[-1].running),
    (Stage.ROLLED_BACK, _rolled_back),
    (Stage.STAGING, _staging),
    (Stage.REVIEWING, _reviewing),
    (Stage.FIXING, lambda incident: bool(incident.rivals or (incident.pull and incident.pull.open))),
    (Stage.PREPARING, lambda incident: bool(incident.record.branches)),
    (Stage.DECLARED, lambda incident: True),
)


def periods(incident: Incident) -> tuple[Period, ...]:
    """Return the stages so far, each with its start and end; the last one is the current stage."""
    now = stage(incident)
    begins = [(Stage.DECLARED, incident.declared_at)]
    if now is not Stage.CAN_WAIT:
        begins += [(each, at) for each, began in _BEGAN if (at := began(incident)) and at >= incident.declared_at]
    path: list[tuple[Stage, datetime]] = []
    for each, at in sorted(begins, key=lambda begin: (begin[1], _ORDER.index(begin[0]))):
        if not path or _ORDER.index(each) > _ORDER.index(path[-1][0]):
            path.append((each, at))
    if path[-1][0] is not now:
        path = [step for step in path if _ORDER.index(step[0]) < _ORDER.index(now)] or path[:1]
        since = incident.record.closed_at if now is Stage.CLOSED else dict(begins).get(now)
        path.append((now, max(since or path[-1][1], path[-1][1])))
    ends = [at for _, at in path[1:]]
    return tuple(Period(stage=each, since=at, until=end) for (each, at), end in zip(path, [*ends, None], strict=True))


def _opened_at(incident: Incident) -> datetime | None:
    return incident.pull.created_at if incident.pull else min((p.created_at for p in incident.rivals), default=None)


def review_began(incident: Incident) -> datetime | None:
    """Return when a tech lead could review the head; if none was requested, when anybody's review was."""
    asked = incident.pull.asked if incident.pull else ()
    return incident.reviewable_since or min((one.at for one in asked), default=None)


def _mitigated_at(incident: Incident) -> datetime | None:
    return incident.in_production_at or (incident.restored.succeeded_at if incident.restored else None)


_BEGAN: tuple[tuple[Stage, Callable[[Incident], datetime | None]], ...] = (
    (Stage.PREPARING, lambda incident: min((branch.at for branch in incident.record.branches), default=None)),
    (Stage.FIXING, _opened_at),
    (Stage.REVIEWING, review_began),
    (Stage.STAGING, lambda incident: incident.approval.at if incident.approval else None),
    (Stage.PRODUCTION, lambda incident: incident.shipped[0].at if incident.shipped else None),
    (Stage.ROLLED_BACK, lambda incident: incident.rollback.succeeded_at if incident.rollback else None),
    (Stage.WATCHING, _mitigated_at),
    (Stage.VERIFIED, lambda incident: incident.verified.at if incident.verified else None),
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
