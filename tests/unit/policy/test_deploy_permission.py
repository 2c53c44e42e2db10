"""Whether a verdict permits a deployment: the same answer for the Action and the service's protection rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hotfix.deploy_permission import AppCheck, Decision, permission
from hotfix.facts import PullRequest
from hotfix.finding import Finding, Status
from hotfix.rules.base import Level
from hotfix.verdict import RuleResult, Verdict, VerdictKind, conclude
from tests.unit.factories import a_facts, a_pull

SHA = "1" * 40
OPEN = a_pull(open=True)
SUCCESS = AppCheck(conclusion="success")


def verdict(kind: VerdictKind = VerdictKind.HOTFIX, /, **statuses: Status) -> Verdict:
    """Return a verdict on the head; `review=Status.FAILED` is the result of a blocking rule."""
    results = tuple(
        RuleResult(rule=rule, level=Level.BLOCK, finding=Finding(status=status, message="why"))
        for rule, status in {"size": Status.PASSED, **statuses}.items()
    )
    return Verdict(
        kind=kind, conclusion=conclude(results), head_sha=SHA, at=datetime.now(UTC), findings=results, pull=OPEN.number
    )


@pytest.mark.parametrize(
    ("pull", "decision"),
    [
        (OPEN, Decision.PERMITTED),
        (replace(OPEN, open=False, merged=True), Decision.PERMITTED),
        (replace(OPEN, open=False), Decision.REFUSED),
    ],
    ids=["open", "merged", "closed"],
)
def test_the_pull_request_is_open_or_merged(pull: PullRequest, decision: Decision) -> None:
    assert permission(verdict(), SHA, pull=pull).decision is decision


def test_another_commit_than_the_head_is_refused() -> None:
    assert permission(verdict(), "2" * 40, pull=OPEN).decision is Decision.REFUSED


@pytest.mark.parametrize("kind", [kind for kind in VerdictKind if kind is not VerdictKind.HOTFIX])
def test_what_no_rule_evaluated_is_refused(kind: VerdictKind) -> None:
    assert permission(verdict(kind), SHA, pull=OPEN).decision is Decision.REFUSED


@pytest.mark.parametrize(
    ("statuses", "decision"),
    [
        ({"review": Status.PENDING}, Decision.PENDING),
        ({"review": Status.PENDING, "branch": Status.UNKNOWN}, Decision.UNKNOWN),
        ({"review": Status.PENDING, "branch": Status.UNKNOWN, "spec": Status.FAILED}, Decision.REFUSED),
    ],
)
def test_the_worst_result_decides(statuses: dict[str, Status], decision: Decision) -> None:
    assert permission(verdict(**statuses), SHA, pull=OPEN).decision is decision


@pytest.mark.parametrize(
    ("app", "decision"),
    [
        (SUCCESS, Decision.PERMITTED),
        (AppCheck(), Decision.UNKNOWN),
        (AppCheck(conclusion="failure"), Decision.REFUSED),
        (AppCheck(conclusion="action_required"), Decision.REFUSED),
        (AppCheck(conclusion="success", hotfix=False), Decision.REFUSED),
        (AppCheck(conclusion="success", pulls=(OPEN.number + 1,)), Decision.UNKNOWN),
    ],
)
def test_a_named_app_has_to_pass_it_as_well(app: AppCheck, decision: Decision) -> None:
    assert permission(verdict(), SHA, pull=OPEN, app=app).decision is decision


def test_the_app_is_trusted_about_overrides_only() -> None:
    app = replace(SUCCESS, overridden=frozenset({"dependencies"}))
    overridden, other = verdict(dependencies=Status.FAILED), verdict(spec=Status.FAILED)
    assert permission(overridden, SHA, pull=OPEN, app=app).decision is Decision.PERMITTED
    assert permission(other, SHA, pull=OPEN, app=app).decision is Decision.REFUSED
    assert permission(overridden, SHA, pull=OPEN).decision is Decision.REFUSED


def test_unread_teams_need_an_approval_all_the_same() -> None:
    facts = a_facts(missing={"people": "the team can't be read"})
    unread = replace(facts, pull=replace(facts.pull, reviews=())) if facts.pull else facts
    nobody = permission(verdict(review=Status.UNKNOWN), SHA, pull=OPEN, facts=unread, app=SUCCESS)
    assert nobody.decision is Decision.UNKNOWN
