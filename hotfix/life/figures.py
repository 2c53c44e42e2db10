"""Compute figures about incidents, such as median times, SLA compliance and open debts."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotfix.life.incident_commands import ClockName
from hotfix.life.incident_life import Life
from hotfix.life.stages import review_began


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a set of incidents; a median is None without measurements."""

    incidents: int
    hotfixes: int
    """Number of incidents whose fix reached production."""
    rollbacks: int
    """Number of incidents with a rollback of the fix or of the release that caused the incident. Canary deployments
    stopped before the fix reached production are not included."""
    overrides: int
    open_debts: int
    within_sla: tuple[int, int]
    """Number of incidents that met their SLA, and number of those whose SLA is decided: the fix is in production or
    the time limit has passed."""
    medians: dict[str, timedelta | None]
    """Median times, by name: `declare`, `review`, `staging`, `production`, `restore`."""
    months: dict[str, int]
    """Number of hotfixes that reached production, by month such as `2026-03`. Months without any are included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The measurements of one incident."""

    declared_at: datetime
    severity: str
    can_wait: bool
    shipped_at: datetime | None
    """The time at which the fix last reached production; None if it did not."""
    rolled_back_at: datetime | None
    overrides: int
    open_debts: int
    within_sla: bool | None
    times: dict[str, timedelta | None]
    """Times by the same names as the medians."""


def measure(life: Life) -> Measured:
    """Return the measurements of one incident."""
    incident = life.incident
    back = incident.rollbacks[-1] if incident.rollbacks else None
    rules = incident.pull.ruling.rules if incident.pull and incident.pull.ruling else {}
    return Measured(
        declared_at=incident.declared_at,
        severity=incident.severity.value if incident.severity else "",
        can_wait=bool(incident.can_wait),
        shipped_at=incident.live.succeeded_at if incident.live else None,
        rolled_back_at=(back.succeeded_at or back.at) if back else None,
        overrides=sum(status == "overridden" for status in rules.values()),
        open_debts=len(life.open_debts),
        within_sla=within_sla(life),
        times={name: timed(life) for name, timed in _TIMED.items()},
    )


def figures(lives: Iterable[Life]) -> Figures:
    """Return the figures of the incidents, excluding those that can wait."""
    return figures_of(map(measure, lives))


def figures_of(measured: Iterable[Measured]) -> Figures:
    """Return the figures computed from measurements, excluding incidents that can wait."""
    counted = [one for one in measured if not one.can_wait]
    sla = [one.within_sla for one in counted if one.within_sla is not None]
    return Figures(
        incidents=len(counted),
        hotfixes=sum(one.shipped_at is not None for one in counted),
        rollbacks=sum(one.rolled_back_at is not None for one in counted),
        overrides=sum(one.overrides for one in counted),
        open_debts=sum(one.open_debts for one in counted),
        within_sla=(sum(sla), len(sla)),
        medians={name: _median(counted, name) for name in _TIMED},
        months=_months(one.shipped_at for one in counted),
    )


def by_month(measured: Iterable[Measured]) -> dict[str, list[Measured]]:
    """Return incidents by month of declaration, oldest first, including months without incidents.

    Incidents that can wait are excluded.
    """
    found = [one for one in measured if not one.can_wait]
    grouped: dict[str, list[Measured]] = {month: [] for month in _months(one.declared_at for one in found)}
    for one in found:
        grouped[f"{one.declared_at:%Y-%m}"].append(one)
    return grouped


def within_sla(life: Life) -> bool | None:
    """Return whether the fix was in production in time; None if still undecided or without an SLA."""
    clock = next((clock for clock in life.clocks if clock.name is ClockName.FIX), None)
    if clock is None:
        return None
    limit = clock.since + _limit(life)
    if clock.stopped_at is not None:
        return clock.stopped_at <= limit
    return False if life.incident.now > limit else None


def _limit(life: Life) -> timedelta:
    sla = life.incident.policy.sla
    return (sla.P0 if life.incident.severity == "P0" else sla.P1)[-1]


def time_to_declare(life: Life) -> timedelta | None:
    started = life.incident.about.started
    return life.incident.declared_at - started if started else None


def time_to_review(life: Life) -> timedelta | None:
    approval, since = life.incident.approval, review_began(life.incident)
    return approval.at - since if approval and since and approval.at >= since else None


def time_to_staging(life: Life) -> timedelta | None:
    staged = life.incident.staged
    return staged.succeeded_at - life.incident.declared_at if staged and staged.succeeded_at else None


def time_to_production(life: Life) -> timedelta | None:
    first = next((each.succeeded_at for each in life.incident.shipped if each.succeeded_at), None)
    return first - life.incident.declared_at if first else None


def time_to_restore(life: Life) -> timedelta | None:
    verified = life.incident.verified
    began = life.incident.about.started or life.incident.declared_at
    return verified.at - began if verified else None


_TIMED: dict[str, Callable[[Life], timedelta | None]] = {
    "declare": time_to_declare,
    "review": time_to_review,
    "staging": time_to_staging,
    "production": time_to_production,
    "restore": time_to_restore,
}


def _median(measured: Iterable[Measured], name: str) -> timedelta | None:
    seconds = [length.total_seconds() for one in measured if (length := one.times[name]) is not None]
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
