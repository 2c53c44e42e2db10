"""Who may give which command, and what became of each that was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotfix.life.incident_commands import CommandName, IncidentRole
from hotfix.life.record import IncidentComment, IncidentRecord
from hotfix.text.comment_commands import WORD

ANYONE = frozenset({CommandName.HELP, CommandName.STATUS})
WRITERS = frozenset(
    {
        CommandName.DECLARE,
        CommandName.START,
        CommandName.DONE,
        CommandName.NOTE,
        CommandName.ASSIGN,
        CommandName.SNOOZE,
        CommandName.RECHECK,
    }
)
LEADERS = frozenset(
    {
        CommandName.SEVERITY,
        CommandName.SHIP,
        CommandName.ROLLBACK,
        CommandName.VERIFIED,
        CommandName.POST_MORTEM,
        CommandName.RESOLVE,
        CommandName.REOPEN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCommands:
    """Every order with its answer."""

    accepted: tuple[IncidentComment, ...] = ()
    refused: tuple[tuple[IncidentComment, str], ...] = ()
    """Those that are new, each with the reason in one sentence."""
    commander: str = ""
    """Who commands now; empty if nobody is known."""


def rule(record: IncidentRecord, first: str) -> AnsweredCommands:
    """Go through the orders as they were given. `first`: who commands until somebody else is assigned."""
    commander = first
    accepted: list[IncidentComment] = []
    refused: list[tuple[IncidentComment, str]] = []
    for order in in_order(record.orders):
        if order.request.name is CommandName.OVERRIDE or order.ruling is False:
            continue
        if order.ruling is None and (why := why_not(order, commander, record) or _unknown(order, record)):
            refused.append((order, why))
            continue
        accepted.append(order)
        if order.request.name is CommandName.ASSIGN and order.request.target == IncidentRole.COMMANDER:
            commander = order.request.text
    return AnsweredCommands(accepted=tuple(accepted), refused=tuple(refused), commander=commander)


def in_order(orders: Iterable[IncidentComment]) -> tuple[IncidentComment, ...]:
    """Return each order once, oldest first; within one second by the comments' ids."""
    found = {(order.id, order.index): order for order in orders}
    return tuple(sorted(found.values(), key=lambda order: (order.at, order.id, order.index)))


def why_not(order: IncidentComment, commander: str, record: IncidentRecord) -> str:
    """Return why the person may not give this order, in one sentence; empty if they may."""
    name = order.request.name
    if name in ANYONE:
        return ""
    if name in WRITERS:
        return "" if order.writer else f"`{WORD} {name}` needs write access to this repository"
    leaders = record.people.incident_commanders | record.people.tech_leads
    if order.by.casefold() in {login.casefold() for login in (commander, *leaders) if login}:
        return ""
    by = f"this incident's commander {commander}" if commander else "this incident's commander"
    return f"`{WORD} {name}` is for {by}, the policy's incident commanders and tech leads, and {order.by} is none"


def _unknown(order: IncidentComment, record: IncidentRecord) -> str:
    who = order.request.text
    if order.request.name is CommandName.ASSIGN and who.casefold() in record.strangers:
        return f"{who} has no access to this repository, so nothing can be assigned to them"
    return ""
