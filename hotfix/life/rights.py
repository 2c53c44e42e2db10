"""Authorize commands: decide which of the given commands are accepted, and why the others are refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotfix.life.incident_commands import CommandName, IncidentRole
from hotfix.life.record import GivenCommand, IncidentRecord
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCommands:
    """The accepted and refused commands of an incident."""

    accepted: tuple[GivenCommand, ...] = ()
    refused: tuple[tuple[GivenCommand, str], ...] = ()
    """Newly refused commands, each with the reason in one sentence. Commands refused earlier are not included."""
    commander: str = ""
    """The login of the current incident commander; empty if unknown."""


def authorize(record: IncidentRecord, first: str) -> AnsweredCommands:
    """Accept or refuse the commands in the order they were given.

    `first` is the login of the commander until another one is assigned.
    """
    commander = first
    accepted: list[GivenCommand] = []
    refused: list[tuple[GivenCommand, str]] = []
    for command in in_order(record.commands):
        if command.request.name is CommandName.OVERRIDE or command.ruling is False:
            continue
        if command.ruling is None and (why := why_not(command, commander, record) or _unknown(command, record)):
            refused.append((command, why))
            continue
        accepted.append(command)
        if command.request.name is CommandName.ASSIGN and command.request.target == IncidentRole.COMMANDER:
            commander = command.request.text
    return AnsweredCommands(accepted=tuple(accepted), refused=tuple(refused), commander=commander)


def in_order(commands: Iterable[GivenCommand]) -> tuple[GivenCommand, ...]:
    """Return the commands without duplicates, oldest first; those with the same timestamp are ordered by comment ID."""
    found = {(command.id, command.index): command for command in commands}
    return tuple(sorted(found.values(), key=lambda command: (command.at, command.id, command.index)))


def why_not(command: GivenCommand, commander: str, record: IncidentRecord) -> str:
    """Return why the author may not give this command, in one sentence; empty if they may."""
    name = command.request.name
    if name in ANYONE:
        return ""
    if name in WRITERS:
        return "" if command.writer else f"`{WORD} {name}` needs write access to this repository"
    leaders = record.people.incident_commanders | record.people.tech_leads
    if command.by.casefold() in {login.casefold() for login in (commander, *leaders) if login}:
        return ""
    by = f"this incident's commander {commander}" if commander else "this incident's commander"
    return f"`{WORD} {name}` is for {by}, the policy's incident commanders and tech leads; {command.by} is none of them"


def _unknown(command: GivenCommand, record: IncidentRecord) -> str:
    who = command.request.text
    if command.request.name is CommandName.ASSIGN and who.casefold() in record.strangers:
        return f"{who} has no access to this repository, so nothing can be assigned to them"
    return ""
