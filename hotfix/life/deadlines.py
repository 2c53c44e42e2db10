"""Compute an incident's deadlines and whom to remind of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hotfix.life import debts
from hotfix.life.debts import DebtKind
from hotfix.life.incident import Incident
from hotfix.life.incident_commands import ClockName, CommandName
from hotfix.rules.review import RULE as REVIEW
from hotfix.severities import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A time limit of a clock, at which a reminder is sent."""

    id: str
    """The alarm's ID within its clock: `1`, `2`, ..., or `snoozed ID` with the comment ID of the snooze command."""
    at: datetime
    last: bool = True
    """Whether it is the clock's final limit; False for an earlier warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClock:
    """A clock of an incident, running or stopped."""

    name: ClockName
    since: datetime
    alarms: tuple[Alarm, ...]
    """Alarms in the order in which they are due."""
    people: tuple[str, ...] = ()
    """Logins to remind; if empty, no reminder is sent."""
    stopped_at: datetime | None = None
    """The time at which the clock's goal was reached; None while it runs."""
    snoozed_from: datetime | None = None
    """The time from which snooze commands count; None for the start of the clock."""

    @property
    def running(self) -> bool:
        return self.stopped_at is None

    def next(self, now: datetime) -> Alarm | None:
        """Return the next alarm; None if the clock is stopped or all its alarms are in the past."""
        return next((alarm for alarm in self.alarms if alarm.at > now), None) if self.running else None

    def over(self, now: datetime) -> tuple[Alarm, ...]:
        """Return the alarms that are due by now, in order."""
        return tuple(alarm for alarm in self.alarms if alarm.at <= now)


def clocks(incident: Incident) -> tuple[IncidentClock, ...]:
    """Return all clocks that have started, running or stopped; none for an incident that can wait."""
    if incident.can_wait:
        return ()
    return tuple(_snoozed(clock, incident) for make in _CLOCKS if (clock := make(incident)))


def _limits(since: datetime, limits: tuple[timedelta, ...], run: str = "") -> tuple[Alarm, ...]:
    """Return the alarms of a clock.

    `run` identifies a run after the first. It is part of the alarm IDs, so that a clock that is restarted sends its
    reminders again.
    """
    last, again = len(limits), f".{run}" if run else ""
    return tuple(
        Alarm(id=f"{number}{again}", at=since + limit, last=number == last) for number, limit in enumerate(limits, 1)
    )


def _run(previous: int) -> str:
    """Return the run of a clock after this number of previous runs."""
    return str(previous + 1) if previous else ""


def _fix(incident: Incident) -> IncidentClock | None:
    """Return the clock from the declaration until the fix, or a verified rollback, is in production."""
    limits = {Severity.P0: incident.policy.sla.P0, Severity.P1: incident.policy.sla.P1}.get(
        incident.severity or Severity.P2
    )
    if limits is None:
        return None
    restored = incident.restored.succeeded_at if incident.restored and incident.verified else None
    return IncidentClock(
        name=ClockName.FIX,
        since=incident.declared_at,
        alarms=_limits(incident.declared_at, limits),
        people=_known(incident.commander),
        stopped_at=incident.in_production_at or restored,
    )


def _review(incident: Incident) -> IncidentClock | None:
    """Return the clock from the time at which the head can be reviewed until a tech lead approves or requests changes.

    It stops when changes are requested, because the author must act then, and starts again with each new head, base or
    spec. While a rule fails, or without a verdict on the head, there is no such clock: the review is requested early,
    but the author must act first.
    """
    pull, since, requested = incident.pull, incident.reviewable_since, incident.review_requested_at
    if pull is None or pull.draft or since is None or requested is None:
        return None
    if pull.ruling is None or pull.ruling.conclusion == "failure":
        return None
    decided = [
        each.at
        for each in incident.review_decisions
        if each.sha == pull.head and (pull.changed_at is None or each.at > pull.changed_at)
    ]
    over = min(decided, default=None) or (pull.closed_at if not pull.open else None)
    limit = incident.policy.options(REVIEW).time_limit
    open_requests = {login.casefold() for login in pull.requested}
    asked = [one.who for one in incident.review_requests]
    turn = len(incident.earlier_decisions) if requested >= max(incident.earlier_decisions, default=requested) else 0
    return IncidentClock(
        name=ClockName.REVIEW,
        since=since,
        alarms=_limits(since, (limit,), f"{since:%Y%m%dT%H%M%S}" if since > requested else _run(turn)),
        people=tuple(dict.fromkeys(who for who in asked if who.casefold() in open_requests)) or (asked[-1],),
        stopped_at=max(over, since) if over else None,
        snoozed_from=requested,
    )


def _verify(incident: Incident) -> IncidentClock | None:
    since = incident.in_production_at
    if since is None:
        return None
    return IncidentClock(
        name=ClockName.VERIFY,
        since=since,
        alarms=_limits(since, (incident.policy.clocks.verify,), _run(incident.rollback_count)),
        people=_known(incident.commander),
        stopped_at=incident.verified.at if incident.verified else None,
    )


def _watch(incident: Incident) -> IncidentClock | None:
    """Return the clock of the watch, which sends no reminders: failing gates have their own alerts."""
    since = incident.in_production_at
    if since is None:
        return None
    alarms = _limits(since, incident.policy.clocks.watch)
    end = alarms[-1].at
    return IncidentClock(
        name=ClockName.WATCH, since=since, alarms=alarms, stopped_at=end if incident.now >= end else None
    )


def _of_debts(incident: Incident, name: ClockName, kind: DebtKind, people: tuple[str, ...]) -> IncidentClock | None:
    owed = [debt for debt in debts.debts(incident) if debt.kind is kind]
    since = incident.in_production_at
    if not owed or since is None:
        return None
    paid = max((debt.paid_at or since for debt in owed), default=None) if not any(d.open for d in owed) else None
    return IncidentClock(
        name=name,
        since=since,
        alarms=_limits(since, (max(debt.due for debt in owed) - since,), _run(incident.rollback_count)),
        people=people,
        stopped_at=paid,
    )


def _back_merge(incident: Incident) -> IncidentClock | None:
    return _of_debts(incident, ClockName.BACK_MERGE, DebtKind.BACK_MERGE, _known(incident.author, incident.commander))


def _follow_ups(incident: Incident) -> IncidentClock | None:
    return _of_debts(incident, ClockName.FOLLOW_UPS, DebtKind.FOLLOW_UP, _known(incident.author, incident.commander))


def _post_mortem(incident: Incident) -> IncidentClock | None:
    return _of_debts(incident, ClockName.POST_MORTEM, DebtKind.POST_MORTEM, _known(incident.post_mortem_owner))


def _known(*logins: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(login for login in logins if login))


def _snoozed(clock: IncidentClock, incident: Incident) -> IncidentClock:
    """Return the clock with its snooze commands applied.

    Each one replaces the alarms due before its end with one at its end; if all alarms are in the past, it adds one.
    """
    alarms, since = clock.alarms, clock.snoozed_from or clock.since
    for command in incident.commands(CommandName.SNOOZE):
        if command.request.target != clock.name or command.request.duration is None or command.at < since:
            continue
        until = command.at + command.request.duration
        kept = [alarm for alarm in alarms if alarm.at <= command.at or alarm.at > until]
        moved = [alarm for alarm in alarms if command.at < alarm.at <= until]
        last = moved[-1].last if moved else True
        if moved or not any(alarm.at > command.at for alarm in alarms):
            kept.append(Alarm(id=f"snoozed {command.id}", at=until, last=last))
        alarms = tuple(sorted(kept, key=lambda alarm: alarm.at))
    return replace(clock, alarms=alarms)


_CLOCKS: tuple[Callable[[Incident], IncidentClock | None], ...] = (
    _fix,
    _review,
    _verify,
    _watch,
    _back_merge,
    _follow_ups,
    _post_mortem,
)
