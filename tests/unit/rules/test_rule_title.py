"""The `title` rule."""

from __future__ import annotations

import pytest

from hotfix.facts import Facts
from hotfix.finding import Finding, Status
from hotfix.rules.base import Level
from hotfix.rules.title import RULE, TitleOptions
from tests.unit.factories import BODY, MESSAGE, a_commit, a_facts, a_pull


def evaluate(facts: Facts, options: TitleOptions | None = None) -> Finding:
    return RULE.evaluate(facts, options or TitleOptions())


def labelled(severity: str, *labels: str) -> Facts:
    return a_facts(
        pull=a_pull(body=BODY.replace("P0", severity), labels=("hotfix", *labels)),
        commits=(a_commit(message=MESSAGE.replace("P0", severity)),),
    )


def test_it_only_warns_by_default() -> None:
    assert TitleOptions().level is Level.WARN


def test_a_sound_title_and_label_pass() -> None:
    assert evaluate(a_facts()).status is Status.PASSED


@pytest.mark.parametrize(
    ("title", "better"),
    [
        ("Expired sessions", "HOTFIX: Expired sessions"),
        ("hotfix: expired sessions", "HOTFIX: expired sessions"),
        ("[Hotfix] expired sessions", "HOTFIX: expired sessions"),
        ("HOTFIX:expired sessions", "HOTFIX: expired sessions"),
        ("HOTFIX: [issue name]", "HOTFIX: [issue name]"),
        ("HOTFIX: ", "HOTFIX: [issue name]"),
        ("Hotfixes are slow", "HOTFIX: Hotfixes are slow"),
    ],
)
def test_another_title_fails_with_the_command_that_fixes_it(title: str, better: str) -> None:
    finding = evaluate(a_facts(pull=a_pull(title=title)))
    assert finding.status is Status.FAILED
    assert finding.commands == (f"gh pr edit 42 --repo acme/shop --title '{better}'",)


def test_a_title_cannot_run_a_command() -> None:
    finding = evaluate(a_facts(pull=a_pull(title="$(rm -rf /) 'x'")))
    assert "'HOTFIX: $(rm -rf /) '" in finding.commands[0]


@pytest.mark.parametrize(
    ("severity", "label"),
    [("P0", "priority:critical"), ("P0", "Priority:Critical"), ("P1", "priority:high"), ("P1", "priority:critical")],
)
def test_a_label_that_fits_passes(severity: str, label: str) -> None:
    assert evaluate(labelled(severity, label)).status is Status.PASSED


def test_a_label_that_does_not_fit_is_replaced() -> None:
    finding = evaluate(labelled("P0", "priority:high"))
    assert finding.status is Status.FAILED
    assert finding.commands == (
        "gh pr edit 42 --repo acme/shop --add-label priority:critical --remove-label priority:high",
    )


def test_no_label_fails() -> None:
    assert evaluate(labelled("P1")).commands == ("gh pr edit 42 --repo acme/shop --add-label priority:high",)


def test_the_policy_names_the_labels() -> None:
    assert evaluate(labelled("P0", "sev0"), TitleOptions(p0_labels="sev0")).status is Status.PASSED


def test_without_a_severity_any_priority_label_fits() -> None:
    assert evaluate(labelled("none", "priority:high")).status is Status.PASSED


def test_a_clone_has_no_title() -> None:
    assert evaluate(a_facts(pull=None)).status is Status.NOT_EVALUATED


@pytest.mark.parametrize(
    "title", ["HOTFIX: \u200b", "HOTFIX: -", "HOTFIX: n/a", "HOTFIX: \u202egnp.exe", "HOTFIX:\u00a0a"]
)
def test_a_title_that_shows_nothing_or_hides_something_fails(title: str) -> None:
    """Zero-width characters and those that reverse the text are not a description."""
    assert evaluate(a_facts(pull=a_pull(title=title))).status is Status.FAILED


@pytest.mark.parametrize("title", ["HOTFIX: ", "HOTFIX: ...", "HOTFIX: TBD", "HOTFIX: [issue name]"])
def test_a_title_that_says_nothing_is_called_so(title: str) -> None:
    """The title has the prefix, so the message must not say that it is missing."""
    finding = RULE.evaluate(a_facts(pull=a_pull(title=title)), TitleOptions())
    assert finding.message == "The title says nothing after `HOTFIX:`"
    assert finding.commands[0].endswith("--title 'HOTFIX: [issue name]'")


def test_two_problems_read_as_one_sentence() -> None:
    found = evaluate(a_facts(pull=a_pull(title="Expired sessions", labels=("hotfix",))))
    assert found.message == (
        "The title does not start with `HOTFIX:`; no label fits the severity P0: priority:critical"
    )
