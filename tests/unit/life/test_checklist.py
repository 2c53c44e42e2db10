"""The checklist: each line is ticked only by recorded events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from hotfix.facts import Check, CheckState
from hotfix.life.checklist import ChecklistLine, Tick
from hotfix.life.incident_life import Life
from hotfix.life.record import (
    BackMergeStatus,
    IncidentDeployment,
    IncidentRecord,
    MessageDelivery,
    SubIssue,
    WatchReport,
)
from hotfix.life.words import markers
from hotfix.life.words.status_comment import status_comment
from tests.unit.life.records import (
    APPROVED,
    OLD,
    approved,
    at,
    command,
    deployment,
    life,
    pull,
    record,
    ruling,
    settled,
    shipped,
    ticks,
)

WORKFLOW = {
    "Pre-Deployment": [
        "Severity correctly assessed (P0/P1)",
        "Incident declared in #incidents",
        "Stakeholders notified",
        "Hotfix branch created from production tag",
        "Minimal spec created",
        "Fix implemented (minimal changes only)",
        "Tests pass",
        "Code reviewed (fast-track)",
        "Deployed to staging",
        "Staging verification passed",
    ],
    "Deployment": [
        "Production deployment initiated",
        "Deployment successful",
        "Health checks passing",
        "No new errors in logs",
        "Original issue resolved",
    ],
    "Post-Deployment": [
        "Monitoring for 1 hour",
        "Stakeholders updated",
        "Status page updated",
        "Hotfix back-merged to main",
        "Follow-up tickets created",
        "Post-mortem scheduled",
        "Runbooks updated",
    ],
}


def line(of: Life, text: str) -> ChecklistLine:
    return next(line for part in of.checklist for line in part.lines if line.text == text)


def test_the_lines_are_the_workflows_in_its_order() -> None:
    shown = {part.title: [line.text for line in part.lines] for part in life(record()).checklist}
    assert shown == WORKFLOW
    assert list(shown) == list(WORKFLOW)


def test_a_declared_incident_has_its_first_lines_ticked() -> None:
    assert ticks(life(record())) == {
        "Severity correctly assessed (P0/P1)": "dana",
        "Incident declared in #incidents": "dana",
    }


def test_the_rules_tick_what_they_check() -> None:
    of = life(record(pulls=(pull(),)), 20)
    shown, branch = ticks(of), line(of, "Hotfix branch created from production tag").tick
    assert (branch and branch.note) == "rule branch passes"
    assert {"Minimal spec created", "Fix implemented (minimal changes only)", "Tests pass"} <= shown.keys()
    assert "Code reviewed (fast-track)" not in shown
    assert ticks(life(record(pulls=(approved(),)), 20))["Code reviewed (fast-track)"] == "lead"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("severity", "Severity correctly assessed (P0/P1)"),
        ("branch", "Hotfix branch created from production tag"),
        ("spec", "Minimal spec created"),
        ("size", "Fix implemented (minimal changes only)"),
        ("scope", "Fix implemented (minimal changes only)"),
        ("one_thing", "Fix implemented (minimal changes only)"),
        ("formatting", "Fix implemented (minimal changes only)"),
        ("dependencies", "Fix implemented (minimal changes only)"),
        ("review", "Code reviewed (fast-track)"),
        ("security_review", "Code reviewed (fast-track)"),
    ],
)
def test_a_failing_rule_leaves_its_line_open(rule: str, text: str) -> None:
    failing = replace(approved(), ruling=ruling(12, "failure", **{rule: "failed"}))
    assert text not in ticks(life(record(pulls=(failing,)), 20))
    overridden = replace(approved(), ruling=ruling(12, **{rule: "overridden"}))
    assert text in ticks(life(record(pulls=(overridden,)), 20))


def test_a_spec_alone_is_not_a_fix() -> None:
    ruled = ruling(20, "failure", spec="failed")
    assert "Fix implemented (minimal changes only)" in ticks(life(record(pulls=(pull(ruling=ruled),)), 21))
    assert "Fix implemented (minimal changes only)" not in ticks(
        life(record(pulls=(pull(ruling=ruled, changes=0),)), 21)
    )


@pytest.mark.parametrize(
    ("checks", "ticked"),
    [
        ((), False),
        ((Check(name="ci", state=CheckState.RUNNING, required=True),), False),
        ((Check(name="ci", state=CheckState.PASSED, required=False),), True),
        (
            (
                Check(name="ci", state=CheckState.PASSED, required=True),
                Check(name="extra", state=CheckState.FAILED, required=False),
            ),
            True,
        ),
    ],
)
def test_tests_pass_by_the_required_checks(checks: tuple[Check, ...], ticked: bool) -> None:
    assert ("Tests pass" in ticks(life(record(pulls=(pull(checks=checks),)), 20))) is ticked


def test_deployments_tick_their_lines() -> None:
    shown = ticks(life(shipped(), 31))
    assert shown["Deployed to staging"] == "ci"
    assert {"Production deployment initiated", "Deployment successful"} <= shown.keys()
    assert not {"Health checks passing", "No new errors in logs", "Staging verification passed"} & shown.keys()


def test_staging_of_another_commit_ticks_nothing() -> None:
    other = deployment(2, 20, "success", sha="f" * 40, environment="staging")
    assert "Deployed to staging" not in ticks(life(record(pulls=(approved(),), staging=(other,)), 31))


def test_a_rolled_back_staging_ticks_nothing_afterwards() -> None:
    """A staging result for a rolled-back head does not apply to the next one."""
    back = deployment(4, 40, "success", sha=OLD, name="v1.2.3", kind="rollback")
    of = shipped(production=(*shipped().production, back))
    assert "Deployed to staging" in ticks(life(of, 41))
    assert "Deployed to staging" not in ticks(life(replace(of, pulls=(approved(head="f" * 40),)), 41))


def measured(of: IncidentDeployment, *what: str) -> IncidentDeployment:
    return replace(of, states=tuple(replace(state, measured=frozenset(what)) for state in of.states))


def test_what_the_deployment_measured_ticks_its_lines() -> None:
    of = shipped()
    good = measured(of.production[1], "health", "errors")
    shown = ticks(life(replace(of, production=(of.production[0], good)), 31))
    assert {"Health checks passing", "No new errors in logs"} <= shown.keys()
    other = measured(of.production[1], "other")
    shown = ticks(life(replace(of, production=(of.production[0], other)), 31))
    assert not {"Health checks passing", "No new errors in logs"} & shown.keys()
    failed = replace(deployment(3, 29, "failure"), states=measured(deployment(3, 29, "failure"), "health").states)
    assert "Health checks passing" not in ticks(life(replace(of, production=(of.production[0], failed)), 31))
    for what in ("health", "smoke"):
        staged = measured(of.staging[0], what)
        assert "Staging verification passed" in ticks(life(replace(of, staging=(staged,)), 31))


def test_gates_tick_health_errors_and_monitoring() -> None:
    watch = WatchReport(since=at(31), last=at(91), gates=("health", "error rate"), errors_measured=True)
    shown = ticks(life(shipped(watch=watch), 92))
    assert {"Health checks passing", "No new errors in logs", "Monitoring for 1 hour"} <= shown.keys()
    failing = ticks(life(shipped(watch=replace(watch, failing=("health",), failed_at=at(50))), 92))
    assert not {"Health checks passing", "No new errors in logs", "Monitoring for 1 hour"} & failing.keys()
    unmeasured = ticks(life(shipped(), 92))
    assert "Monitoring for 1 hour" not in unmeasured


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stakeholders", "Stakeholders notified"),
        ("staging", "Staging verification passed"),
        ("health", "Health checks passing"),
        ("logs", "No new errors in logs"),
        ("monitoring", "Monitoring for 1 hour"),
        ("stakeholders-updated", "Stakeholders updated"),
        ("status-page", "Status page updated"),
        ("runbooks", "Runbooks updated"),
    ],
)
def test_people_tick_lines_that_no_event_shows(name: str, text: str) -> None:
    of = life(shipped(commands=(command(f"done {name} see the wiki", by="eve", minutes=40),)), 50)
    tick = line(of, text).tick
    assert tick is not None
    assert (tick.who, tick.at, tick.note) == ("eve", at(40), "see the wiki")
    assert f"`/hotfix done {name}" in line(life(shipped(), 50), text).hint


def test_people_tick_the_tests_only_where_no_check_ran() -> None:
    ran = command("done tests unit tests, locally", by="eve", minutes=15)
    without = life(record(pulls=(pull(checks=()),), commands=(ran,)), 20)
    assert line(without, "Tests pass").tick == Tick(at(15), "eve", "unit tests, locally")
    failing = (Check(name="ci", state=CheckState.FAILED, required=False),)
    assert line(life(record(pulls=(pull(checks=failing),), commands=(ran,)), 20), "Tests pass").tick is None


def test_verified_counts_only_once_the_fix_is_in_production() -> None:
    said = command("verified works", minutes=40)
    assert ticks(life(shipped(commands=(said,)), 50))["Original issue resolved"] == "alice"
    assert "Original issue resolved" not in ticks(life(record(commands=(said,)), 50))


def delivered(*to: str, kind: str = "declared", problem: str = "") -> tuple[MessageDelivery, ...]:
    return tuple(MessageDelivery(kind=kind, to=each, at=at(2), problem=problem) for each in to)


def test_an_undelivered_message_ticks_nothing_and_says_so() -> None:
    slack = frozenset({"channel"})
    failed = life(record(reachable=slack, messages=delivered("channel", problem="down")))
    assert line(failed, "Incident declared in #incidents").tick is None
    assert "not delivered" in line(failed, "Incident declared in #incidents").hint
    reported = life(record(reachable=slack, messages=delivered("channel")), 3)
    assert line(reported, "Incident declared in #incidents").tick is not None


def test_a_declaration_without_a_message_is_no_message() -> None:
    """The line of a channel that the policy names is open until the message was delivered there."""
    text = "Incident declared in #incidents"
    alone = line(life(record()), text)
    assert alone.tick == Tick(at(0), "dana", "in this issue, as no Slack channel is connected")
    named = line(life(record(), rules="notify: {channel: '#ops'}"), text)
    assert (named.tick, named.hint) == (
        None, "no message to `#ops` is recorded; the service needs `HOTFIX_SLACK_TOKEN`"
    )  # fmt: skip
    there = line(life(record(messages=delivered("channel")), rules="notify: {channel: '#ops'}"), text)
    assert there.tick == Tick(at(2), "", "in #ops")
    assert line(life(record(messages=delivered("channel"))), text).tick == Tick(at(2), "")


def test_a_missing_status_page_is_named_with_the_reason() -> None:
    """The first message fails, so later ones are not sent; the line shows this long before its own message is due."""
    failed = delivered("status_page", problem="Statuspage refused: status 404")
    of = life(shipped(messages=failed), 35)
    hint = line(of, "Status page updated").hint
    assert hint.startswith("not delivered to status page (Statuspage refused: status 404)"), hint
    healed = life(shipped(messages=(*failed, *delivered("status_page"))), 35)
    assert "not delivered" not in line(healed, "Status page updated").hint


def test_stakeholders_are_notified_once_each_of_them_is() -> None:
    everyone = ("stakeholder product", "stakeholder support", "stakeholder leadership")
    assert "Stakeholders notified" not in ticks(life(record(messages=delivered(*everyone[:2])), 3))
    assert "Stakeholders notified" in ticks(life(record(messages=delivered(*everyone)), 3))
    assert "Stakeholders updated" in ticks(life(record(messages=delivered(*everyone, kind="deployed")), 3))


def test_an_internal_incident_needs_no_status_page() -> None:
    of = life(record(body="Severity: P0\nCustomer-facing: no"))
    assert line(of, "Status page updated") == ChecklistLine(
        text="Status page updated", hint="not customer-facing", needless=True
    )


def test_back_merged_means_every_long_lived_branch() -> None:
    both = (
        BackMergeStatus(branch="main", contains=True, at=at(40), by="dev"),
        BackMergeStatus(branch="develop", contains=False),
    )
    assert "Hotfix back-merged to main" not in ticks(life(shipped(carried=both), 50))
    shown = ticks(life(settled(), 100))
    assert shown["Hotfix back-merged to main"] == "dev"
    assert "Follow-up tickets created" in shown


def test_the_post_mortem_is_scheduled_by_its_date() -> None:
    of: IncidentRecord = shipped(commands=(command("post-mortem 2026-03-02T15:00Z", minutes=40),))
    assert ticks(life(of, 50))["Post-mortem scheduled"] == "alice"


@pytest.mark.parametrize(
    ("minutes", "hint"),
    [(50, "`/hotfix post-mortem 2026-03-03T03:00Z`"), (49 * 60, "`/hotfix post-mortem YYYY-MM-DDThh:mmZ`")],
)
def test_an_offered_date_of_the_post_mortem_is_in_the_future(minutes: float, hint: str) -> None:
    """The hint suggests the due date, or only the date format if that has passed."""
    lines = [line for part in life(record(), minutes).checklist for line in part.lines]
    assert next(line.hint for line in lines if line.text == "Post-mortem scheduled") == hint


def test_a_post_mortem_that_was_held_was_scheduled() -> None:
    """It was held without a date, or its issue was closed: nothing is left to schedule."""
    held = shipped(commands=(command("done post-mortem", minutes=40),))
    assert ticks(life(held, 50))["Post-mortem scheduled"] == "alice"
    meeting = SubIssue(
        number=60, title="Post-mortem", marker="post-mortem", open=False, created_at=at(31), closed_at=at(90),
        closed_by="lead",
    )  # fmt: skip
    assert ticks(life(shipped(sub_issues=(meeting,)), 100))["Post-mortem scheduled"] == "lead"
    assert "Post-mortem scheduled" not in ticks(life(shipped(sub_issues=(replace(meeting, open=True),)), 100))


def test_an_open_back_merge_names_the_branches_that_lack_the_fix() -> None:
    both = (
        BackMergeStatus(branch="main", contains=True, at=at(40), by="dev"),
        BackMergeStatus(branch="develop", contains=False),
    )
    assert line(life(shipped(carried=both), 50), "Hotfix back-merged to main").hint == "still missing in `develop`"
    unread = (both[0], replace(both[1], contains=None))
    shown = line(life(shipped(carried=unread), 50), "Hotfix back-merged to main")
    assert shown.hint == "every long-lived branch contains the fix"
    done = (both[0], replace(both[1], contains=True, at=at(45), by="dev"))
    assert line(life(shipped(carried=done), 50), "Hotfix back-merged to main").tick == Tick(
        at(45), "dev", "main, develop"
    )


def test_without_checks_the_line_of_the_tests_says_so() -> None:
    hint = "no check ran on the pull request's head; `/hotfix done tests`"
    assert line(life(record(pulls=(pull(checks=()),))), "Tests pass").hint == hint
    merged = shipped(pulls=(approved(open=False, merged_at=at(50), checks=()),))
    assert line(life(merged, 60), "Tests pass").hint == hint
    assert line(life(record()), "Tests pass").hint == "the checks of the pull request"


def test_a_line_ticked_by_rules_names_them() -> None:
    """The check as a whole may fail at the same time."""
    shown = life(record(pulls=(pull(ruling=ruling(20, "failure", commits="failed")),)))
    assert line(shown, "Minimal spec created").tick == Tick(at(20), "", "rule spec passes")
    fix = line(shown, "Fix implemented (minimal changes only)").tick
    assert fix == Tick(at(20), "", "rules size, scope, one-thing, formatting, dependencies pass")


def ticked_at(of: IncidentRecord, minutes: float) -> tuple[IncidentRecord, dict[str, datetime]]:
    """Return the record with what the status comment keeps, and when each line was ticked."""
    shown = life(of, minutes)
    times = {line.text: line.tick.at for part in shown.checklist for line in part.lines if line.tick}
    return replace(of, refs=markers.read_refs(status_comment(shown))), times


BRANCH_LINE, SPEC_LINE = "Hotfix branch created from production tag", "Minimal spec created"


def test_a_newer_verdict_does_not_move_ticked_lines() -> None:
    """Each verdict replaces the check run, so GitHub shows only when the newest one was published."""
    kept, first = ticked_at(record(pulls=(pull(),)), 12)
    approval = replace(pull(), reviews=(APPROVED,), ruling=ruling(18))
    kept, second = ticked_at(replace(kept, pulls=(approval,)), 18)
    assert {line: at for line, at in second.items() if line in first} == first
    pushed = replace(approval, head="d" * 40, ruling=ruling(25), checked_at=at(26))
    kept, third = ticked_at(replace(kept, pulls=(pushed,)), 27)
    assert (third[BRANCH_LINE], third[SPEC_LINE], third["Tests pass"]) == (at(12), at(12), at(26))


def test_a_line_ticked_again_has_the_later_time() -> None:
    kept, _ = ticked_at(record(pulls=(pull(),)), 12)
    failing = pull(ruling=ruling(15, "failure", spec="failed"))
    kept, shown = ticked_at(replace(kept, pulls=(failing,)), 15)
    assert SPEC_LINE not in shown
    _, again = ticked_at(replace(kept, pulls=(pull(ruling=ruling(19)),)), 19)
    assert (again[BRANCH_LINE], again[SPEC_LINE]) == (at(12), at(19))
    _, other = ticked_at(replace(kept, pulls=(pull(number=43, ruling=ruling(19)),)), 19)
    assert other[BRANCH_LINE] == at(19)


def test_a_line_keeps_its_time_while_there_is_no_verdict() -> None:
    kept, _ = ticked_at(record(pulls=(pull(),)), 12)
    kept, shown = ticked_at(replace(kept, pulls=(pull(ruling=None),)), 14)
    assert SPEC_LINE not in shown
    _, again = ticked_at(replace(kept, pulls=(pull(ruling=ruling(19)),)), 19)
    assert again[SPEC_LINE] == at(12)


@pytest.mark.parametrize("kept", ["x", "42 spec=", "42 spec=9999999999", "42 spec=-5", "=;=", "42 spec=1e9"])
def test_a_changed_hidden_entry_breaks_no_checklist(kept: str) -> None:
    _, shown = ticked_at(record(pulls=(pull(),), refs={"first": kept}), 12)
    assert shown[SPEC_LINE] == at(12)
