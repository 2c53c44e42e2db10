"""Figures about incidents: how long each part took, how many kept their SLA, what is still owed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotfix.life.fold import Life
from hotfix.life.incident_commands import ClockName


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of it; a median is None if nothing was measured."""

    incidents: int
    hotfixes: int
    """Incidents whose fix reached production."""
    rollbacks: int
    overrides: int
    open_debts: int
    within_sla: tuple[int, int]
    """How many kept it, of how many whose time is over or whose fix is in production."""
    medians: dict[str, timedelta | None]
    """By what was timed: `declare`, `review`, `staging`, `production`, `restore`."""
    months: dict[str, int]
    """`2026-03` -> hotfixes that reached production then, without gaps."""


def figures(lives: Iterable[Life]) -> Figures:
    """Return the figures of incidents; those that can wait don't count."""
    counted = [life for life in lives if not life.course.can_wait]
    sla = [kept for life in counted if (kept := within_sla(life)) is not None]
    shipped = [life for life in counted if life.course.live is not None]
    return Figures(
        incidents=len(counted),
        hotfixes=len(shipped),
        rollbacks=sum(life.course.rollback is not None for life in counted),
        overrides=sum(
            status == "overridden"
            for life in counted
            if life.course.pull and life.course.pull.ruling
            for status in life.course.pull.ruling.rules.values()
        ),
        open_debts=sum(len(life.open_debts) for life in counted),
        within_sla=(sum(sla), len(sla)),
        medians={name: _median(counted, timed) for name, timed in _TIMED.items()},
        months=_months(life.course.live.succeeded_at for life in shipped if life.course.live),
    )


def within_sla(life: Life) -> bool | None:
    """Return whether the fix was in production in time; None while that is open, or without an SLA."""
    clock = next((clock for clock in life.clocks if clock.name is ClockName.FIX), None)
    if clock is None:
        return None
    limit = clock.since + _limit(life)
    if clock.stopped_at is not None:
        return clock.stopped_at <= limit
    return False if life.course.now > limit else None


def _limit(life: Life) -> timedelta:
    sla = life.course.policy.sla
    return (sla.P0 if life.course.severity == "P0" else sla.P1)[-1]


def time_to_declare(life: Life) -> timedelta | None:
    started = life.course.about.started
    return life.course.declared_at - started if started else None


def time_to_review(life: Life) -> timedelta | None:
    pull, approval = life.course.pull, life.course.approval
    asked = min((one.at for one in pull.asked), default=None) if pull else None
    return approval.at - asked if approval and asked and approval.at >= asked else None


def time_to_staging(life: Life) -> timedelta | None:
    staged = life.course.staged
    return staged.succeeded_at - life.course.declared_at if staged and staged.succeeded_at else None


def time_to_production(life: Life) -> timedelta | None:
    first = next((each.succeeded_at for each in life.course.shipped if each.succeeded_at), None)
    return first - life.course.declared_at if first else None


def time_to_restore(life: Life) -> timedelta | None:
    verified = life.course.verified
    began = life.course.about.started or life.course.declared_at
    return verified.at - began if verified else None


_TIMED: dict[str, Callable[[Life], timedelta | None]] = {
    "declare": time_to_declare,
    "review": time_to_review,
    "staging": time_to_staging,
    "production": time_to_production,
    "restore": time_to_restore,
}


def _median(lives: Iterable[Life], timed: Callable[[Life], timedelta | None]) -> timedelta | None:
    seconds = [length.total_seconds() for life in lives if (length := timed(life)) is not None]
    return timedelta(seconds=statistics.median(seconds)) if seconds else None


def _months(times: Iterable[datetime | None]) -> dict[str, int]:
    found = sorted(f"{at:%Y-%m}" for at in times if at is not None)
    if not found:
        return {}
    year, month = map(int, found[0].split("-"))
    months: dict[str, int] = {}
    while (name := f"{year:04}-{month:02}") <= found[-1]:
        months[name] = found.count(name)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months
