"""Who may give which command, and what became of each that was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotfix.life.incident_commands import Name, Role
from hotfix.life.record import Order, Record
from hotfix.text.comment_commands import WORD

ANYONE = frozenset({Name.HELP, Name.STATUS})
WRITERS = frozenset({Name.DECLARE, Name.START, Name.DONE, Name.NOTE, Name.ASSIGN, Name.SNOOZE, Name.RECHECK})
LEADERS = frozenset(
    {Name.SEVERITY, Name.SHIP, Name.ROLLBACK, Name.VERIFIED, Name.POST_MORTEM, Name.RESOLVE, Name.REOPEN}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """Every order with its answer."""

    accepted: tuple[Order, ...] = ()
    refused: tuple[tuple[Order, str], ...] = ()
    """Those that are new, each with the reason in one sentence."""
    commander: str = ""
    """Who commands now; empty if nobody is known."""


def rule(record: Record, first: str) -> Ruled:
    """Go through the orders as they were given. `first`: who commands until somebody else is assigned."""
    commander = first
    accepted: list[Order] = []
    refused: list[tuple[Order, str]] = []
    for order in in_order(record.orders):
        if order.request.name is Name.OVERRIDE or order.ruling is False:
            continue
        if order.ruling is None and (why := why_not(order, commander, record) or _unknown(order, record)):
            refused.append((order, why))
            continue
        accepted.append(order)
        if order.request.name is Name.ASSIGN and order.request.target == Role.COMMANDER:
            commander = order.request.text
    return Ruled(accepted=tuple(accepted), refused=tuple(refused), commander=commander)


def in_order(orders: Iterable[Order]) -> tuple[Order, ...]:
    """Return each order once, oldest first; within one second by the comments' ids."""
    found = {(order.id, order.index): order for order in orders}
    return tuple(sorted(found.values(), key=lambda order: (order.at, order.id, order.index)))


def why_not(order: Order, commander: str, record: Record) -> str:
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


def _unknown(order: Order, record: Record) -> str:
    who = order.request.text
    if order.request.name is Name.ASSIGN and who.casefold() in record.strangers:
        return f"{who} has no access to this repository, so nothing can be assigned to them"
    return ""
