"""Decide whether an incident should be open, based on who closed it and why, and on its open debts."""

from __future__ import annotations

from datetime import datetime

from hotfix.life.debts import debts
from hotfix.life.incident import Incident
from hotfix.life.incident_commands import CommandName
from hotfix.life.record import GivenCommand, IssueStateChange


def resolved(incident: Incident) -> GivenCommand | None:
    """Return the command that resolves the incident; None if there is none or the incident was reopened later."""
    found = incident.commands(CommandName.RESOLVE)
    return found[-1] if found and not _opened_since(incident, found[-1].at, found[-1].id) else None


def settled(incident: Incident) -> bool:
    """Return whether the issue is verified as resolved, all debts are paid, and it was not reopened after that."""
    if incident.verified is None or incident.can_wait or not (incident.in_production_at or incident.restored):
        return False
    owed = debts(incident)
    if any(debt.open for debt in owed):
        return False
    since = max([incident.verified.at, *(debt.paid_at for debt in owed if debt.paid_at)])
    return not _opened_since(incident, since)


def to_reopen(incident: Incident) -> bool:
    """Return whether the App reopens the incident: a merge or commit closed it too early, for the first time."""
    last = _last_turn(incident, closed=True)
    if incident.record.open or last is None or not last.through or incident.can_wait or resolved(incident):
        return False
    if any(turn.ours and not turn.closed for turn in incident.record.turns):
        return False
    return incident.in_production_at is None or any(debt.open for debt in debts(incident))


def reopen_order(incident: Incident) -> GivenCommand | None:
    """Return the command that reopens a closed incident; None if there is none."""
    last = _last_turn(incident, closed=True)
    found = incident.commands(CommandName.REOPEN)
    if incident.record.open or not found:
        return None
    return found[-1] if last is None or (found[-1].at >= last.at and not found[-1].answered) else None


def _opened_since(incident: Incident, at: datetime, comment: int = 0) -> bool:
    """Return whether the incident was reopened after `at`.

    Among commands with that timestamp, those in comments with a higher ID than `comment` are later.
    """
    by_hand = any(turn.at > at and not turn.closed and not turn.ours for turn in incident.record.turns)
    return by_hand or any((command.at, command.id) > (at, comment) for command in incident.commands(CommandName.REOPEN))


def _last_turn(incident: Incident, *, closed: bool) -> IssueStateChange | None:
    found = [turn for turn in incident.record.turns if turn.closed is closed]
    return max(found, key=lambda turn: (turn.at, turn.id), default=None)
