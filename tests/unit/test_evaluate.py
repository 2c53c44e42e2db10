"""The cost of one evaluation, for any user input."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from hotfix.evaluate import CPU_BUDGET, evaluate
from hotfix.facts import Change, Facts, LongLived, Override
from hotfix.finding import Status
from hotfix.policy import Policy
from hotfix.rules import RULES
from hotfix.verdict import Conclusion
from tests.unit.factories import BODY, HEAD_SHA, MESSAGE, NOW, a_commit, a_facts, a_file, a_pull
from tests.unit.growth import assert_linear

UNITS = ("x\n", "- a.py, ", "Fixes #1 ", "the fix for ", "[", "<div>\n\n", "`", "P0 ", "- not be changed ", "(", "a: ")


def with_spec(text: str) -> Facts:
    spec = a_file("specs/hotfix-x.md", change=Change.ADDED, after=text, patch=None, additions=1, deletions=0)
    return a_facts(files=(spec, a_file(), a_file("tests/test_session.py")))


def statuses(facts: Facts) -> dict[str, Status]:
    return {result.rule: result.status for result in evaluate(facts, Policy()).findings}


@pytest.mark.parametrize("unit", UNITS)
def test_a_spec_of_megabytes_fails_at_once(unit: str) -> None:
    """A text longer than GitHub's limit for a body is not read completely."""

    def found_of(size: int) -> dict[str, Status]:
        return statuses(with_spec(BODY + unit * (size // len(unit))))

    assert_linear(found_of, 2_000_000)
    found = found_of(2_000_000)
    assert found["spec"] is Status.FAILED
    assert found["severity"] is found["one-thing"] is Status.UNKNOWN


@pytest.mark.parametrize("unit", UNITS)
def test_a_message_of_megabytes_fails_at_once(unit: str) -> None:
    def found_of(size: int) -> dict[str, Status]:
        return statuses(a_facts(commits=(a_commit(message=MESSAGE + unit * (size // len(unit))),)))

    assert_linear(found_of, 2_000_000)
    found = found_of(2_000_000)
    assert found["commits"] is Status.FAILED
    assert found["severity"] is found["one-thing"] is Status.UNKNOWN


@pytest.mark.parametrize("unit", UNITS)
def test_texts_just_below_the_limits_take_linear_time(unit: str) -> None:
    def evaluated(percent: int) -> None:
        body = BODY + "\n\n" + unit * ((65_000 - len(BODY)) * percent // 100 // len(unit))
        message = MESSAGE + "\n" + unit * ((9_900 - len(MESSAGE)) * percent // 100 // len(unit))
        commits = tuple(a_commit(message=f"{message}{n}") for n in range(12))
        evaluate(a_facts(pull=a_pull(body=body), commits=commits), Policy())

    assert_linear(evaluated, 100)


@pytest.mark.parametrize("head", ["main", "hotfix/expired-sessions"])
def test_no_rule_amends_what_a_long_lived_branch_has(head: str) -> None:
    """The commits are on main or were merged into it, so only a new branch can contain a correction."""
    facts = a_facts(commits=(a_commit(message="Fix it"),))
    long_lived = (LongLived(name="main", foreign=() if head == "main" else (facts.head_sha,)),)
    facts = replace(facts, branches=replace(facts.branches, head=head, long_lived=long_lived))

    findings = {result.rule: result.finding for result in evaluate(facts, Policy()).findings}

    assert findings["commits"].status is Status.FAILED
    assert (findings["commits"].commands, findings["commits"].suggestion) == ((), "")
    private = replace(facts, branches=a_facts().branches)
    assert next(each.finding.commands for each in evaluate(private, Policy()).findings if each.rule == "commits")


def test_an_exhausted_budget_makes_the_remaining_rules_unknown() -> None:
    """The finding names the rule that took most of the time."""
    clock = itertools.chain([0.0, 0.0, 0.1, 0.1, CPU_BUDGET + 1], itertools.repeat(CPU_BUDGET + 1))
    verdict = evaluate(a_facts(), Policy(), cpu_clock=lambda: next(clock))

    assert [result.status for result in verdict.findings[:2]] == [Status.PASSED, Status.PASSED]
    assert {result.status for result in verdict.findings[2:]} == {Status.UNKNOWN}
    assert f"in the rule {RULES[1].id}" in verdict.findings[2].finding.message
    assert verdict.conclusion is Conclusion.UNKNOWN


@pytest.mark.parametrize(
    "more", [{}, {"branches": replace(a_facts().branches, head="fix")}], ids=["alone", "and named"]
)
def test_unknown_production_cannot_be_overridden(more: dict[str, Any]) -> None:
    """A forged baseline hides the commits below it from every rule and from the person who overrides."""
    override = Override(rule="branch", by="lead", reason="it is fine", at=NOW, sha=HEAD_SHA)
    facts = a_facts(missing={"production": "v9.9.9 may not be what runs in production"}, overrides=(override,), **more)
    verdict = evaluate(facts, Policy())
    assert verdict.conclusion is (Conclusion.FAIL if more else Conclusion.UNKNOWN)
    assert "The override by lead doesn't count" in verdict.findings[1].finding.details[-1]
    assert evaluate(replace(facts, missing={}), Policy()).conclusion is Conclusion.PASS
