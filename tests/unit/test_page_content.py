"""Data stored for the pages of an incident and of a verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.storage.snapshots import INCIDENT, PULL
from app.tasks.page_content import named, of_life
from app.web.pages.act_now_page import _acting
from app.web.pages.page_records import Row
from app.web.pages.pull_page import _drawn, changes
from app.web.pages.rendering import _templates
from hotfix.finding import Finding, Status, passed
from hotfix.render.json_output import as_json
from tests.unit.life.records import at, deployment, life, settled, shipped
from tests.unit.render.shown import a_failure, a_verdict


def test_another_hotfix_s_deployments_are_not_shown() -> None:
    """This applies to both environments, and to successful and failed deployments."""
    staged = deployment(4, 39, "success", sha="e" * 40, environment="staging", name="v1.2.4-hotfix.2")
    failed = deployment(5, 40, "failure", sha="e" * 40, name="v1.2.4-hotfix.2")
    before = shipped()
    of = shipped(staging=(*before.staging, staged), production=(*before.production, failed))
    shown = of_life(life(of, 100)).page["deployments"]
    assert [(one["environment"], one["name"]) for one in shown] == [
        ("staging", "v1.2.4-hotfix.1"),
        ("production", "v1.2.4-hotfix.1"),
    ]


def test_the_author_is_shown_by_login() -> None:
    assert [named("the author", "mia"), named("the author", ""), named("tara", "mia")] == ["mia", "the author", "tara"]
    finding = as_json(a_verdict(review=a_failure("tara asks for changes", actors=("the author", "tara"))))["findings"][
        0
    ]
    drawn = _drawn(finding, "mia")
    assert drawn["actors"] == ["mia", "tara"]
    assert "tara" in drawn["names"]


def test_a_page_lists_what_a_message_does_not_contain() -> None:
    failure = a_failure("a.py, b.py, c.py and 1 more are moved", details=("b.py: moved", "d.py: moved"))
    assert _drawn(as_json(a_verdict(scope=failure))["findings"][0], "mia")["details"] == ("d.py: moved",)


def test_a_changed_reason_is_shown() -> None:
    """The rule has the same status in both evaluations, but another message, or only other details."""
    first, second, third = (
        as_json(a_verdict(size=a_failure(message, details=details)))
        for message, details in (
            ("120 lines", ("a.py: 120",)),
            ("130 lines", ("a.py: 120",)),
            ("130 lines", ("b.py: 9",)),
        )
    )
    assert "size: still failed, now: 130 lines (before: 120 lines)" in list(changes(first, second))
    other_head = {**second, "findings": [{**one, "details": ["b.py: 9 in 1234567"]} for one in second["findings"]]}
    pushed = {**second, "findings": [{**one, "details": ["b.py: 9 in 89abcde"]} for one in second["findings"]]}
    assert not list(changes(other_head, pushed))
    assert "size: still failed, new: b.py: 9; no longer: a.py: 120" in list(changes(second, third))


def test_only_what_changed_apart_from_the_head_is_shown() -> None:
    """A message or a detail that names another commit, and is the same otherwise, is not a reason."""
    before, after = (
        as_json(a_verdict(commits=a_failure(f"In commit {sha}, it lacks `Tested:`", details=details)))
        for sha, details in (
            ("1234567", ("1234567 “wip”: it lacks `Tested:`",)),
            ("89abcde", ("89abcde “wip”: it lacks `Tested:`", "89abcde “wip”: it lacks `Fixes`")),
        )
    )
    assert "commits: still failed, new: 89abcde “wip”: it lacks `Fixes`" in list(changes(before, after))


def test_another_text_of_a_rule_that_is_fine_is_not_shown() -> None:
    """A passing rule's text doesn't matter; a pending one's contains times. That another person must act matters."""

    def verdict(text: str, reviewer: str) -> dict[str, Any]:
        waiting = Finding(status=Status.PENDING, message=f"due by {text}", remediation="review", actors=(reviewer,))
        return as_json(a_verdict(size=passed(f"{text} lines"), review=waiting))

    assert not list(changes(verdict("03:12", "lead"), verdict("03:22", "lead")))
    assert list(changes(verdict("03:12", "lead"), verdict("03:22", "boss"))) == [
        "review: still pending, now: due by 03:22 (before: due by 03:12)"
    ]


def test_the_most_severe_incidents_come_first() -> None:
    """Their clocks may be due later than those of a less severe one, or of a hotfix that passes already."""

    def row(number: int, kind: str, **card: object) -> Row:
        return Row("acme/shop", number, kind, number, {"stage": "fixing", "pulls": [], "debts": [], **card})

    severities = enumerate(("", "P1", "P0", "P1"), 2)
    by_due = [row(1, PULL), *(row(number, INCIDENT, severity=severity) for number, severity in severities)]
    assert [one.number for one in _acting(by_due)] == [4, 3, 5, 1, 2]


def test_a_change_of_production_is_shown() -> None:
    before = {**as_json(a_verdict()), "production": {"tag": "v1", "sha": "1" * 40, "shipped_as": ""}}
    after = {**before, "production": {**before["production"], "shipped_as": "v1-hotfix.1"}}
    assert list(changes(before, after)) == ["in production as v1-hotfix.1"]
    assert "in production" not in " ".join(changes({**before, "production": None}, before))
    assert list(changes(after, before)) == ["no longer in production as v1-hotfix.1"]
    failed = {**before, "production": {**before["production"], "ended": {"at": "2026-03-01", "ran": False}}}
    assert list(changes(before, failed)) == ["its deployment to production failed"]
    assert not list(changes(failed, failed))


def test_a_replaced_hotfix_does_not_just_pass() -> None:
    shown = _templates().get_template("parts.html").module.pull_acts  # type: ignore[attr-defined]
    card = {"acts": [], "conclusion": "pass", "failing": [], "author": "mia", "shipped": "v1-hotfix.1", "no_longer": ""}
    assert "runs in production as <code>v1-hotfix.1</code>" in shown(card)
    replaced = shown(card | {"shipped": "", "no_longer": "v1-hotfix.1"})
    assert "<strong>mia</strong> must act: this ran in production as <code>v1-hotfix.1</code>" in replaced
    assert "Every rule passes" not in replaced
    assert "Every rule passes" in shown(card | {"shipped": ""})
    failed = shown(card | {"shipped": "", "ended": "its deployment to production failed at 03:12 UTC"})
    assert "<strong>mia</strong> must act: every rule passes, but its deployment to production failed" in failed
    assert "can ship it" not in failed


def test_a_closed_incident_names_its_unticked_lines() -> None:
    closed = of_life(life(replace(settled(), open=False, closed_at=at(95)), 100)).page
    assert closed["left_open"].startswith("Closed with 8 checklist lines not ticked: Stakeholders notified, ")
    assert of_life(life(settled(), 100)).page["left_open"] == ""
