"""The incident's description: issue form, free text and invalid input."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hotfix.life.incident_form import FIELDS, can_wait, read
from hotfix.severities import Category, MinorKind, Severity
from tests.unit.life.records import FORM, T0, command, life, record


def test_the_form_is_read() -> None:
    about = read(FORM, T0)
    assert (about.severity, about.category, about.component) == (Severity.P0, Category.DOWN, "checkout")
    assert (about.users_percent, about.revenue, about.commander) == (40.0, "", "alice")
    assert about.started == datetime(2026, 3, 1, 2, 40, tzinfo=UTC)
    assert (about.customer_facing, about.problem) == (True, "Every order fails with a 500.")
    assert (about.missing, about.problems) == ((), ())


def test_the_same_headings_written_by_hand_are_read() -> None:
    about = read("**Severity:** P1\nComponent: login\n\n## Started\n2026-03-01 02:00 UTC\n", T0)
    assert (about.severity, about.component) == (Severity.P1, "login")
    assert about.started == T0 - timedelta(hours=1)
    assert "Users affected" in about.missing


def test_an_empty_body_lacks_every_field_that_is_asked_for() -> None:
    assert set(FIELDS) - set(read("", T0).missing) == {"Revenue impact", "Incident commander"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Severity: P0/P1", "names P0 and P1"),
        ("Severity: P0\nSeverity: P1", "more than once"),
        ("Severity: bad", "not P0, P1 or P2"),
        ("Started: 2026-03-01T02:00", "no time zone"),
        ("Started: yesterday", "can't be read"),
        ("Started: 2026-03-01T05:00Z", "later than the declaration"),
        ("Users affected: 140 %", "exceeds 100 %"),
        ("Incident commander: whoever is up", "not one login"),
        ("Customer-facing: maybe", "neither yes nor no"),
    ],
)
def test_what_cannot_be_used_is_reported(line: str, words: str) -> None:
    assert any(words in problem for problem in read(line, T0).problems)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Security vulnerability", Category.SECURITY),
        ("Data corruption or loss", Category.DATA_LOSS),
        ("API endpoint down", Category.DOWN),
        ("Payment processing failure", Category.PAYMENT),
        ("Authentication or authorization failure", Category.AUTH),
        ("Performance degradation", Category.PERFORMANCE),
        ("Certificate expiration", Category.CERTIFICATE),
        ("Feature request", MinorKind.FEATURE),
        ("Cosmetic", MinorKind.COSMETIC),
        ("Other", None),
    ],
)
def test_every_category_of_the_form_is_known(text: str, category: Category | MinorKind | None) -> None:
    assert read(f"Category: {text}", T0).category is category


@pytest.mark.parametrize(
    ("body", "waits"),
    [
        ("Severity: P2", True),
        ("Severity: P0\nCategory: Feature request", True),
        ("Severity: P1\nCategory: Cosmetic", True),
        ("Severity: P1\nUsers affected: 2 %", True),
        ("Severity: P1\nUsers affected: 2 %\nCategory: Security vulnerability", False),
        ("Severity: P1\nUsers affected: 5 %", False),
        ("Severity: P0", False),
    ],
)
def test_what_can_wait_for_the_next_release(body: str, waits: bool) -> None:
    about = read(body, T0)
    assert bool(can_wait(about, about.severity)) is waits


def test_a_commander_decides_that_it_cannot_wait() -> None:
    minor = record(body="Severity: P1\nCategory: Cosmetic\nIncident commander: alice")
    assert life(minor).incident.can_wait
    assert not life(record(body=minor.body, commands=(command("severity P1 the logo offends"),)), 9).incident.can_wait
    assert life(record(body=minor.body, commands=(command("declare P0", by="eve"),)), 9).incident.can_wait
