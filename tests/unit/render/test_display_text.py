"""No decision depends on display text."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, replace
from typing import Any

import pytest

from hotfix import finding as findings
from hotfix import rules
from hotfix.evaluate import evaluate
from hotfix.facts import Facts
from hotfix.finding import Finding, Location, Status
from hotfix.github.external_id import ExternalId
from hotfix.github.write.checks import check_run_writes
from hotfix.policy import Policy
from hotfix.render.verdict_parts import acting, cut, deciding, warnings
from hotfix.rules.base import Rule
from hotfix.verdict import Conclusion, Verdict, VerdictKind
from tests.house import names
from tests.unit.factories import BODY, NOW, a_commit, a_facts, a_file, a_pull

WORDS = re.compile(r"[^\W\d_]{2,}")


def backwards(text: str) -> str:
    return WORDS.sub(lambda word: word[0][::-1], text)


def reworded(finding: Finding) -> Finding:
    """Return the finding with all display text reversed."""
    return replace(
        finding,
        message=backwards(finding.message),
        remediation=backwards(finding.remediation),
        details=tuple(map(backwards, finding.details)),
        locations=tuple(Location(at.path, at.line, backwards(at.message), at.end_line) for at in finding.locations),
    )


HOTFIXES = {
    "passing": a_facts(),
    "failing": a_facts(commits=(a_commit(message="wip"),), files=(a_file(additions=900), a_file("Dockerfile"))),
    "pending": a_facts(pull=a_pull(reviews=())),
    "unknown": a_facts(missing={"files": "GitHub lists 3,000 files at most."}),
    "local": a_facts(pull=None),
    "draft": a_facts(pull=a_pull(draft=True, body=BODY.replace("P0", "P2"))),
}


def decided(verdict: Verdict, policy: Policy, facts: Facts) -> dict[str, Any]:
    """Return everything that other components base decisions on."""
    report = check_run_writes.verdict_body(verdict, policy, facts)
    state = report.external_id
    return {
        "conclusion": verdict.conclusion,
        "kind": verdict.kind,
        "failed": verdict.failed_rules,
        "statuses": [(result.rule, result.status, result.counts) for result in verdict.findings],
        "acting": acting(verdict),
        "deciding": [result.rule for result in deciding(verdict)],
        "warnings": [result.rule for result in warnings(verdict)],
        "more": [cut(result.finding, 3)[1] for result in verdict.findings],
        "check": report.conclusion,
        "state": {f.name: getattr(state, f.name) for f in fields(ExternalId) if f.name not in ("lines", "says")},
    }


@pytest.mark.parametrize("name", HOTFIXES)
def test_no_decision_depends_on_the_words_of_a_finding(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts, policy = HOTFIXES[name], Policy()
    before = decided(evaluate(facts, policy), policy, facts)

    def in_other_words(rule: Rule[Any], facts: Facts, options: Any) -> Finding:
        return reworded(rule.check(facts, options))

    monkeypatch.setattr(Rule, "evaluate", in_other_words)
    assert len(rules.RULES) == len(before["statuses"])
    verdict = evaluate(facts, policy)
    assert decided(verdict, policy, facts) == before
    assert any(result.finding.message != backwards(result.finding.message) for result in verdict.findings)


@pytest.mark.parametrize("kind", list(VerdictKind))
def test_a_check_run_carries_what_it_is_about(kind: VerdictKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check run's state determines if a commit may be deployed, regardless of the title."""
    verdict = Verdict(kind=kind, conclusion=Conclusion.PASS, head_sha="2" * 40, at=NOW, pull=42)
    monkeypatch.setattr(Verdict, "title", property(lambda verdict: "All 13 rules pass"))
    report = check_run_writes.verdict_body(verdict, Policy(), None)

    state = ExternalId.parse(str(report.external_id))
    assert (state.kind, state.pulls) == (kind, (42,))


@pytest.mark.parametrize("text", ["", "pr=;kind=", "kind=hotfixed", "pr=x,1;;kind", "not a hotfix", "kind=pass;pr=²"])
def test_a_state_that_cannot_be_read_says_nothing(text: str) -> None:
    assert ExternalId.parse(text).kind is None


def test_statuses_are_data_and_not_words_to_show() -> None:
    values = [*Status, *Conclusion, *VerdictKind]
    assert all(re.fullmatch(r"[a-z_]+", value) for value in values)


def test_the_roles_of_actors_are_written_once() -> None:
    """Renderers replace the author by a login: if a rule wrote the role in its own words, they would miss it."""
    roles = {findings.AUTHOR, findings.TECH_LEAD, findings.POLICY_EDITORS}
    written = [
        path.relative_to(names.ROOT).as_posix()
        for path in names.sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in roles
    ]
    assert written == ["hotfix/finding.py"] * len(roles)
