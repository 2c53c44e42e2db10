"""The timeline keeps what happened, whatever happens later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotfix.life.record import GivenCommand, IncidentRecord, IssueStateChange
from hotfix.life.timeline import TimelineEvent
from hotfix.life.words import markers, timeline_lines
from hotfix.life.words.plain import plain
from hotfix.life.words.status_comment import status_comment
from tests.unit.life.records import BEFORE, BRANCH, OLD, at, command, deployment, life, pull, record, settled, shipped


def lines(of: IncidentRecord, *events: TimelineEvent) -> list[str]:
    return [plain(timeline_lines.line(each)) for each in life(of, 100).timeline if each.event in events]


SEVERITY = (TimelineEvent.DECLARED, TimelineEvent.SEVERITY)


@pytest.mark.parametrize(
    ("commands", "body", "shown"),
    [
        ((), "Severity: P0", ["Incident declared as P0 by dana"]),
        (
            (command("severity P1 half works", "dana"),),
            "Severity: P0",
            ["Incident declared as P0 by dana", "Severity changed by dana: P1: half works"],
        ),
        (
            (command("declare P1", "alice"),),
            "Severity: P0",
            ["Incident declared as P0 by dana", "Severity changed by alice: P1"],
        ),
        ((command("declare P1", "alice"),), "", ["Incident declared by dana", "Severity changed by alice: P1"]),
        ((command("declare P0", "alice"),), "Severity: P0", ["Incident declared as P0 by dana"]),
    ],
)
def test_a_later_severity_leaves_the_declaration(
    commands: tuple[GivenCommand, ...], body: str, shown: list[str]
) -> None:
    assert lines(record(body=body, commands=commands), *SEVERITY) == shown


def test_the_declaring_command_names_its_own_severity() -> None:
    """The label was added by the App after the command, and the body is ignored."""
    commands = (command("declare P0", "alice", minutes=1), command("severity P1 half works", minutes=2))
    of = record(body="Severity: P1", commands=commands, labelled_at=at(1.5))
    assert lines(of, *SEVERITY)[0] == "Incident declared as P0 by alice"


def test_a_rollback_stays_when_the_next_fix_ships() -> None:
    back = deployment(4, 40, "success", sha=OLD, name="v1.2.3", kind="rollback")
    of = shipped(production=(*shipped().production, back, deployment(5, 60, "success")))
    assert lines(of, TimelineEvent.ROLLED_BACK) == ["Rolled back: v1.2.3 runs in production again"]


def test_a_rollback_before_the_fix_stays_when_it_ships() -> None:
    """A rollback of the broken release mitigates the incident until the fix is ready."""
    older = deployment(0, -900, "success", sha="e" * 40, name="v1.2.2")
    back = deployment(2, 10, "success", sha="e" * 40, name="v1.2.2", kind="rollback")
    of = shipped(production=(older, BEFORE, back, deployment(3, 29, "in_progress", "success")))
    assert lines(of, TimelineEvent.ROLLED_BACK) == ["Rolled back: v1.2.2 runs in production again"]


TURNS = (TimelineEvent.CLOSED, TimelineEvent.REOPENED)
MERGED = IssueStateChange(at=at(50), id=1, closed=True, by="dev", through="pull")
OURS = {"by": "hotfix", "ours": True}


def test_what_the_app_closes_or_reopens_has_a_reason() -> None:
    reopened = IssueStateChange(at=at(51), id=2, closed=False, **OURS)  # type: ignore[arg-type]
    closed = IssueStateChange(at=at(95), id=3, closed=True, **OURS)  # type: ignore[arg-type]
    assert lines(replace(settled(), turns=(MERGED, reopened, closed)), *TURNS) == [
        "Incident closed by a merge",
        "Incident reopened by the App: something was still open",
        "Incident closed by the App: the fix is verified and nothing is owed any more",
    ]


def test_what_the_app_does_for_a_person_names_the_person() -> None:
    commands = (command("resolve", "alice", minutes=20), command("reopen", "boss", minutes=30))
    turns = (
        IssueStateChange(at=at(21), id=1, closed=True, **OURS),  # type: ignore[arg-type]
        IssueStateChange(at=at(31), id=2, closed=False, **OURS),  # type: ignore[arg-type]
    )
    assert lines(record(pulls=(pull(),), commands=commands, turns=turns), *TURNS) == [
        "Incident closed by the App, as alice wrote",
        "Incident reopened by the App, as boss wrote",
    ]


def test_a_push_does_not_move_the_creation_of_a_branch() -> None:
    """Without a pull request, GitHub shows only the time of the branch's last commit."""
    first = life(record(branches=(BRANCH,)), 9)
    pushed = replace(BRANCH, sha="d" * 40, at=at(15))
    of = life(record(branches=(pushed,), refs=markers.read_refs(status_comment(first))), 16)
    (created,) = (entry for entry in of.timeline if entry.event is TimelineEvent.BRANCH)
    assert created.at == at(8) == of.periods[-1].since
    other = replace(pushed, name="hotfix/other")
    of = life(record(branches=(other,), refs=markers.read_refs(status_comment(first))), 16)
    assert of.periods[-1].since == at(15)
