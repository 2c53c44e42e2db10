"""Events that are out of order, repeated or late result in the same comment and timeline."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix.life.reconcile.plan import plan
from hotfix.life.record import IncidentRecord
from hotfix.life.words.status_comment import status_comment
from tests.unit.life.records import command, life, settled

COMMANDS = (
    command("severity P1 less bad than thought", minutes=5, id=1),
    command("assign commander @bob", minutes=5, id=2),
    command("note the database is slow", by="eve", minutes=5, id=3),
    command("snooze fix 30m", by="eve", minutes=6, id=4),
    command("ship", by="mallory", writer=False, minutes=7, id=5),
    command("done logs quiet", by="eve", minutes=45, id=6),
    command("verified", by="bob", minutes=46, id=7),
)
WHOLE = replace(settled(), commands=(*settled().commands, *COMMANDS))
LISTS = ("commands", "production", "staging", "sub_issues", "pulls", "turns", "branches", "labels")


@st.composite
def histories(draw: st.DrawFn) -> IncidentRecord:
    """Generate the same record with its lists shuffled and items repeated."""
    changes: dict[str, Any] = {}
    for name in LISTS:
        items = list(getattr(WHOLE, name))
        again = draw(st.lists(st.sampled_from(items), max_size=3)) if items else []
        changes[name] = tuple(draw(st.permutations(items + again)))
    return replace(WHOLE, **changes)


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(min_value=1, max_value=4000))
def test_shuffled_histories_give_the_same_life(history: IncidentRecord, minutes: int) -> None:
    expected, found = life(WHOLE, minutes), life(history, minutes)
    assert found.timeline == expected.timeline
    assert status_comment(found) == status_comment(expected)
    assert plan(found) == plan(expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(COMMANDS), unique=True), st.integers(min_value=1, max_value=4000))
def test_any_part_of_a_history_gives_a_life(commands: list[Any], minutes: int) -> None:
    """A lost event only causes a delay: any subset of a record can be folded."""
    for name in (field.name for field in fields(IncidentRecord) if isinstance(getattr(WHOLE, field.name), tuple)):
        without: dict[str, Any] = (
            {"commands": tuple(commands), name: ()} if name != "commands" else {name: tuple(commands)}
        )
        status_comment(life(replace(WHOLE, **without), minutes))
