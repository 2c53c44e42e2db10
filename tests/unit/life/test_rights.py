"""Who may run which command."""

from __future__ import annotations

import pytest

from hotfix.life.record import GivenCommand
from tests.unit.life.records import command, life, record

WRITE = ("declare P1", "done logs", "note x", "assign commander @bob", "snooze fix 1h", "recheck", "start fix-it")
LEAD = ("severity P1 less bad", "ship", "rollback", "verified", "post-mortem 2026-03-02T15:00Z", "resolve", "reopen")


def accepted(one: GivenCommand) -> bool:
    ruled = life(record(commands=(one,)), 10).incident.answered_commands
    assert len(ruled.accepted) + len(ruled.refused) == 1
    return bool(ruled.accepted)


@pytest.mark.parametrize("text", ["help", "status"])
def test_anyone_may_ask(text: str) -> None:
    assert accepted(command(text, by="stranger", writer=False))


@pytest.mark.parametrize("text", WRITE)
def test_writing_needs_write_access(text: str) -> None:
    assert accepted(command(text, by="eve"))
    assert not accepted(command(text, by="stranger", writer=False))


@pytest.mark.parametrize("text", LEAD)
def test_leading_is_for_commanders_and_tech_leads(text: str) -> None:
    assert all(accepted(command(text, by=who)) for who in ("alice", "Alice", "boss", "lead"))
    assert not accepted(command(text, by="eve"))


def test_a_refusal_says_who_may() -> None:
    ((_, why),) = life(record(commands=(command("ship", by="eve"),)), 10).incident.answered_commands.refused
    assert "commander alice" in why
    assert "eve" in why


def test_the_new_commander_may_and_the_old_one_may_not() -> None:
    handed = command("assign commander @bob", minutes=5)
    assert life(record(commands=(handed, command("ship", by="bob", minutes=6))), 10).incident.commander == "bob"
    ruled = life(record(commands=(handed, command("ship", by="alice", minutes=6))), 10).incident.answered_commands
    assert [one.request.name for one, _ in ruled.refused] == ["ship"]


def test_what_was_answered_before_stays_answered() -> None:
    """The reaction is the record; later changes of permissions don't affect it."""
    ruled = life(
        record(
            commands=(
                command("severity P1 x", by="eve", ruling=True, answered=True),
                command("severity P0 y", ruling=False, answered=True, minutes=6),
            )
        ),
        10,
    ).incident.answered_commands
    assert [one.by for one in ruled.accepted] == ["eve"]
    assert ruled.refused == ()


def test_the_declarer_is_commander_by_default() -> None:
    assert life(record(body="Severity: P0")).incident.commander == "dana"
    assert life(record(strangers=frozenset({"alice"}))).incident.commander == "dana"
    by_command = record(labelled_at=None, labels=(), body="", commands=(command("declare P0", by="eve"),))
    assert life(by_command, 10).incident.commander == "eve"


def test_a_declaration_without_write_access_declares_nothing() -> None:
    of = record(labelled_at=None, labels=(), body="", commands=(command("declare P0", by="stranger", writer=False),))
    assert life(of, 10).incident.severity is None
