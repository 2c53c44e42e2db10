"""Messages to external services: which are sent, to whom, and when an incident ends and starts again."""

from __future__ import annotations

from typing import Any

from hotfix.life.figures import time_to_restore
from hotfix.life.incident_life import Life
from hotfix.life.record import IncidentRecord, IssueStateChange
from hotfix.life.words.announcements import CHANNEL, PAGERDUTY, STATUS_PAGE, announcements, public_title
from tests.unit.life.records import at, command, life, record, shipped

VERIFIED = command("verified", minutes=40, id=9)


def kinds(of: Life, to: str) -> list[str]:
    return [each.kind for each in announcements(of, to)]


def turn(minutes: float, *, closed: bool, through: str = "", ours: bool = False) -> IssueStateChange:
    return IssueStateChange(at=at(minutes), id=int(minutes), closed=closed, by="dev", through=through, ours=ours)


def test_each_recipient_gets_the_messages_meant_for_it() -> None:
    of = life(shipped(commands=(VERIFIED,)), 50)
    assert kinds(of, CHANNEL)[:4] == ["declared", "staged", "deployed", "resolved"]
    assert kinds(of, STATUS_PAGE) == ["declared", "deployed", "resolved"]
    assert kinds(of, PAGERDUTY) == ["declared", "deployed", "resolved"]


def ended(*turns: IssueStateChange, **more: Any) -> IncidentRecord:
    return shipped(turns=turns, **more)


def test_a_reopened_incident_is_announced_and_ends_again() -> None:
    of = ended(turn(50, closed=True), turn(60, closed=False), commands=(VERIFIED,))
    assert kinds(life(of, 61), PAGERDUTY)[2:] == ["resolved", "reopened"]
    assert "reopened" in kinds(life(of, 61), CHANNEL)
    assert kinds(life(of, 61), STATUS_PAGE)[2:] == ["resolved"]
    again = ended(
        turn(50, closed=True), turn(60, closed=False), turn(70, closed=True), commands=(VERIFIED,), open=False
    )
    found = announcements(life(again, 71), PAGERDUTY)[2:]
    assert [each.kind for each in found] == ["resolved", "reopened", "resolved"]
    assert len({each.key for each in found}) == 3


def test_the_command_reopens_as_a_person_does() -> None:
    said = (VERIFIED, command("reopen", by="boss", minutes=60, id=11))
    of = ended(turn(50, closed=True), turn(61, closed=False, ours=True), commands=said)
    assert kinds(life(of, 62), PAGERDUTY)[2:] == ["resolved", "reopened"]


def test_a_merge_that_closes_early_announces_nothing() -> None:
    of = ended(turn(35, closed=True, through="pull"), turn(36, closed=False, ours=True))
    assert kinds(life(of, 37), PAGERDUTY) == ["declared", "deployed"]


def test_customers_read_the_component_without_markup() -> None:
    body = record().body.replace("checkout", "<b>check</b>out [x](https://evil.test) `a`")
    of = life(record(body=body))
    (declared,) = announcements(of, STATUS_PAGE)
    assert "check out x (https://evil.test) a" in declared.text
    assert not set("<>[]`") & set(declared.text + public_title(of))


def test_a_repeated_verified_changes_no_time_or_message() -> None:
    once = life(shipped(commands=(VERIFIED,)), 50)
    twice = life(shipped(commands=(VERIFIED, command("verified", minutes=45, id=10))), 50)
    assert announcements(twice, CHANNEL) == announcements(once, CHANNEL)
    assert time_to_restore(twice) == time_to_restore(once)
    reopened = (VERIFIED, command("reopen", by="boss", minutes=60, id=11), command("verified", minutes=70, id=12))
    again = life(shipped(commands=reopened), 71)
    assert again.incident.verified == reopened[-1]
