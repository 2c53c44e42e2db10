"""The `severity` rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotfix.facts import Change, Facts
from hotfix.finding import Finding, Status
from hotfix.policy import Policy
from hotfix.render.check_page import summary
from hotfix.rules.severity import RULE, SeverityOptions, declared
from hotfix.severities import Category, MinorKind, Severity, category
from tests.unit.factories import BODY, MESSAGE, a_commit, a_facts, a_file, a_pull
from tests.unit.render.shown import a_verdict

WAIT = "can wait for the next release"


def evaluate(facts: Facts, options: SeverityOptions | None = None) -> Finding:
    return RULE.evaluate(facts, options or SeverityOptions())


def with_spec(text: str, body: str = "Emergency fix for #7", message: str = MESSAGE) -> Facts:
    file = a_file("specs/hotfix-x.md", change=Change.ADDED, after=text)
    return a_facts(files=(file,), pull=a_pull(body=body), commits=(a_commit(message=message),))


def with_body(body: str, severity: str = "P0") -> Facts:
    return a_facts(pull=a_pull(body=body), commits=(a_commit(message=MESSAGE.replace("P0", severity)),))


def test_a_sound_hotfix_passes() -> None:
    assert evaluate(a_facts()).status is Status.PASSED


@pytest.mark.parametrize("severity", ["P0", "P1"])
def test_p0_and_p1_pass(severity: str) -> None:
    assert evaluate(with_body(BODY.replace("P0", severity), severity)).status is Status.PASSED


def test_another_severity_of_the_incident_is_named() -> None:
    """A commander may have changed it since the hotfix was written, so this fails nothing."""
    facts = with_body(BODY.replace("P0", "P1"), "P1")
    assert facts.pull
    incidents = ((7, Severity.P0), (8, Severity.P1), (9, Severity.P0))
    finding = evaluate(replace(facts, pull=replace(facts.pull, incidents=incidents)))
    assert finding.status is Status.PASSED
    assert finding.message.endswith(", although incident #7 says P0 and incident #9 says P0")
    assert "although" not in evaluate(replace(facts, pull=replace(facts.pull, incidents=incidents[1:2]))).message


def test_a_failure_names_the_incident_s_severity_too() -> None:
    """Next to an incident of P0, “No severity is declared” says only half."""
    silent = a_facts(
        commits=(a_commit(message="hotfix: x"),), pull=a_pull(body="Fixes #7", incidents=((7, Severity.P0),))
    )
    assert evaluate(silent).message == "No severity is declared, although incident #7 says P0"
    shown = summary(a_verdict(severity=evaluate(silent)), policy=Policy(), facts=silent)
    assert "**no severity in the hotfix**, although incident #7 says P0" in shown
    lower = with_body(BODY.replace("P0", "P2"), "P2")
    assert lower.pull
    lower = replace(lower, pull=replace(lower.pull, incidents=((7, Severity.P0),)))
    assert evaluate(lower).message.endswith(f"{WAIT}, although incident #7 says P0")


def test_p2_can_wait() -> None:
    finding = evaluate(with_body(BODY.replace("P0", "P2"), "P2"))
    assert finding.status is Status.FAILED
    assert WAIT in finding.message


def test_p3_can_wait_like_p2_and_is_called_p3() -> None:
    finding = evaluate(with_body(BODY.replace("P0", "P3"), "P0"))
    assert "the pull request's body says P3, commit 2222222 says P0" in finding.message
    both = evaluate(with_body(BODY.replace("Severity: P0", "Severity: P0/P3")))
    assert both.message.endswith("names P0 and P3")


def test_a_policy_can_allow_p2_and_refuse_p1() -> None:
    options = SeverityOptions(allowed=(Severity.P0, Severity.P2))
    assert evaluate(with_body(BODY.replace("P0", "P2"), "P2"), options).status is Status.PASSED
    assert evaluate(with_body(BODY.replace("P0", "P1"), "P1"), options).status is Status.FAILED


def test_commits_that_a_clone_could_not_read_leave_it_open() -> None:
    """One of the commits that could not be read may declare a severity."""
    missing = {"commits": "the clone is shallow"}
    facts = a_facts(pull=None, commits=(), missing=missing)
    assert evaluate(facts).status is Status.UNKNOWN
    assert evaluate(a_facts(pull=None, commits=())).status is Status.FAILED


def test_nothing_declared_fails() -> None:
    facts = with_body("Emergency fix")
    facts = a_facts(pull=facts.pull, commits=(a_commit(message="hotfix: x"),))
    finding = evaluate(facts)
    assert finding.status is Status.FAILED
    assert "## Severity: P0" in finding.remediation


@pytest.mark.parametrize("text", ["P0/P1", "urgent"])
def test_a_severity_must_be_one(text: str) -> None:
    assert evaluate(with_body(BODY.replace("Severity: P0", f"Severity: {text}"))).status is Status.FAILED


def test_the_commits_are_enough() -> None:
    facts = with_body("Emergency fix for #7", "P1")
    assert evaluate(facts).status is Status.PASSED
    assert declared(facts) is Severity.P1


def test_the_spec_wins_and_a_contradiction_fails() -> None:
    facts = with_spec("## Severity: P1\n")
    finding = evaluate(facts)
    assert declared(facts) is Severity.P1
    assert finding.status is Status.FAILED
    assert finding.message == "specs/hotfix-x.md says P1, commit 2222222 says P0"
    assert finding.locations[0].line == 1


def test_the_body_may_not_contradict_the_spec() -> None:
    assert evaluate(with_spec("## Severity: P0\n", body="**Severity:** P1")).status is Status.FAILED
    assert evaluate(with_spec("## Severity: P0\n", body="**Severity:** critical")).status is Status.PASSED


def test_commits_may_not_contradict_each_other() -> None:
    commits = (a_commit(sha="a" * 40, message=MESSAGE.replace("P0", "P1")), a_commit())
    assert evaluate(a_facts(pull=a_pull(body=""), commits=commits)).status is Status.FAILED


def test_a_clone_is_evaluated_by_spec_and_commits() -> None:
    assert evaluate(a_facts(pull=None)).status is Status.PASSED


def test_a_spec_that_could_not_be_read_is_no_failure() -> None:
    facts = a_facts(
        files=(a_file("specs/hotfix-x.md", patch=None),), pull=None, commits=(a_commit(message="hotfix: x"),)
    )
    assert evaluate(facts).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "line",
    [
        "Category: security vulnerability",
        "- **Category:** payment",
        "Category: Data corruption",
        "Category: API down",
        "Category: authentication",
        "Category: performance",
        "Category: certificate expiry",
        "## Category\nPayment",
        "Type: hotfix",
    ],
)
def test_categories_that_hotfixes_are_for_pass(line: str) -> None:
    assert evaluate(with_body(BODY.replace("## Impact", f"{line}\n\n## Impact"))).status is Status.PASSED


@pytest.mark.parametrize(
    "line",
    [
        "Category: feature request",
        "Category: cosmetic issue",
        "Category: minor bug",
        "Category: non-critical performance issue",
        "Type: Feature",
        "Category: refactoring",
    ],
)
def test_what_can_wait_fails_at_any_severity(line: str) -> None:
    finding = evaluate(with_body(BODY.replace("## Impact", f"{line}\n\n## Impact")))
    assert finding.status is Status.FAILED
    assert WAIT in finding.message


def test_an_unknown_category_fails() -> None:
    finding = evaluate(with_body(BODY.replace("## Impact", "Category: lunch\n\n## Impact")))
    assert finding.status is Status.FAILED
    assert "payment" in finding.remediation


def test_a_word_next_to_the_severity_is_a_category() -> None:
    assert evaluate(with_body(BODY.replace("Severity: P0", "Severity: P0 (cosmetic)"))).status is Status.FAILED
    assert evaluate(with_body(BODY.replace("Severity: P0", "Severity: P0 (payment)"))).status is Status.PASSED
    assert (
        evaluate(with_body(BODY.replace("Severity: P0", "Severity: P0 - login feature broken"))).status is Status.PASSED
    )


def test_a_category_may_stand_in_a_commit() -> None:
    message = MESSAGE.replace("Severity: P0\n", "Severity: P0\nCategory: cosmetic\n")
    assert evaluate(a_facts(commits=(a_commit(message=message),))).status is Status.FAILED


@pytest.mark.parametrize("share", ["3 %", "< 5%", "about 1-4 percent", "0.5 %"])
def test_few_users_can_wait_except_for_some_categories(share: str) -> None:
    body = BODY.replace("100 %", share)
    finding = evaluate(with_body(body))
    assert finding.status is Status.FAILED
    assert WAIT in finding.message
    assert evaluate(with_body(body.replace("## Impact", "Category: security\n\n## Impact"))).status is Status.PASSED


@pytest.mark.parametrize("share", ["5 %", "all", "1,200 users", "1 % at first, 60 % now", "100%"])
def test_enough_users_or_an_unknown_share_pass(share: str) -> None:
    assert evaluate(with_body(BODY.replace("100 %", share))).status is Status.PASSED


@pytest.mark.parametrize("kind", list(Category))
def test_every_category_is_known_by_its_own_words(kind: Category) -> None:
    assert category(kind) is kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Major feature broken", Category.DOWN),
        ("API answers 500s", Category.DOWN),
        ("SQL injection", Category.SECURITY),
        ("double charges", Category.PAYMENT),
        ("SSO fails", Category.AUTH),
        ("data integrity", Category.DATA_LOSS),
        ("new feature", MinorKind.FEATURE),
        ("Feature broken for subset of users", None),
    ],
)
def test_a_category_is_known_as_people_write_it(said: str, kind: Category | MinorKind | None) -> None:
    assert category(said) is kind


@pytest.mark.parametrize("kind", [m for m in MinorKind if m is not MinorKind.CHORE])
def test_every_minor_kind_is_known_by_its_own_words(kind: MinorKind) -> None:
    assert category(kind) is kind


@pytest.mark.parametrize("heading", ["## ~~Severity: P0~~", "## Severity: ~~P0~~", "~~Severity: P0~~"])
def test_what_is_struck_through_declares_nothing(heading: str) -> None:
    """Text that is struck through has been withdrawn by its author."""
    facts = a_facts(
        pull=a_pull(body=BODY.replace("## Severity: P0", heading)),
        commits=(a_commit(message=MESSAGE.replace("Severity: P0\n", "")),),
    )
    assert RULE.evaluate(facts, RULE.options()).status is Status.FAILED


@pytest.mark.parametrize("said", ["P0?", "TBD (P0?)", "maybe P0", "not P0"])
def test_a_severity_that_is_doubted_is_not_declared(said: str) -> None:
    finding = RULE.evaluate(
        a_facts(pull=a_pull(body=BODY.replace("## Severity: P0", f"## Severity: {said}"))), SeverityOptions()
    )
    assert finding.status is Status.FAILED
    assert f"(“{said}”) only denies or doubts P0" in finding.message
