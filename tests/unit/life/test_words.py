"""The comment's text: first line, escaping, and the content of each section."""

from __future__ import annotations

from dataclasses import replace

from hotfix.finding import passed
from hotfix.life.incident_commands import ClockName
from hotfix.life.reconcile.replies import unfit
from hotfix.life.record import BackMergeStatus, SuspectedRelease, WatchReport
from hotfix.life.words import command_answers, markers, reminders
from hotfix.life.words.alerts import gate_fails
from hotfix.life.words.announcements import announcements
from hotfix.life.words.debt_issues import post_mortem_body
from hotfix.life.words.status_comment import headline, status_comment
from hotfix.policy import Policy
from hotfix.render.check_page import summary
from tests.unit.factories import a_facts
from tests.unit.life.records import (
    FORM,
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
)
from tests.unit.render.shown import a_verdict

SHIPS = "deploy: {workflow: ship.yml, rollback_workflow: back.yml}"


def test_the_first_line_says_where_it_stands_and_who_must_act() -> None:
    first = status_comment(life(record(), rules=SHIPS)).splitlines()[0]
    assert first == (
        "**P0 (critical)** · stage **declared** · fix in production due by 2026-03-01 07:00 UTC · **alice** must act: "
        "start the hotfix with `/hotfix start NAME`, or roll back with `/hotfix rollback` <!-- hotfix:status -->"
    )


def test_whoever_must_act_is_named_at_each_stage() -> None:
    failing = record(pulls=(pull(ruling=ruling(12, "failure", size="failed")),))
    assert "**dev** must act: make the hotfix pass (`size`)" in headline(life(failing, 20))
    assert "**lead** must act: review" in headline(life(record(pulls=(pull(),)), 20))
    assert "**alice** must act: deploy it to staging" in headline(life(record(pulls=(approved(),)), 20))
    assert "**alice** must act: verify" in headline(life(shipped(), 31))
    assert "nobody must act now" in headline(life(settled(), 100))


def test_a_severity_that_the_spec_lacks_is_the_incident_s() -> None:
    """The rule reads only the hotfix, so its finding can't name the incident's severity."""
    failing = pull(ruling=ruling(12, "failure", severity="failed", size="failed"))
    said = headline(life(record(pulls=(failing,)), 20))
    assert "make the hotfix pass (`severity`, `size`); the spec does not repeat the incident's P0" in said
    for spec, differs in (
        ("P2", "`size`); the spec says P2, the incident P0"),
        ("P0", "`size`)"),
        ("P1/P2", "`size`)"),
    ):
        of = record(pulls=(replace(failing, spec=f"# HOTFIX: x\n\n## Severity: {spec}\n"),))
        assert headline(life(of, 20)).endswith(differs)
    undeclared = record(body="It is broken", pulls=(failing,))
    assert "does not repeat" not in status_comment(life(undeclared, 20))


def test_no_command_is_proposed_that_starts_nothing() -> None:
    """Without a workflow in the policy, the commands are refused, with the same words as the check uses."""
    passing, staged = record(pulls=(approved(),)), deployment(3, 29, "success", environment="staging")
    why = "the policy names no `deploy.workflow`, so `/hotfix ship` starts nothing"
    both = (passing, replace(passing, staging=(staged,)))
    for of, to in zip(both, ("staging", "production"), strict=True):
        assert f"**alice** must act: deploy it to {to}; {why}" in headline(life(of, 40))
        assert why not in headline(life(of, 40, "deploy: {workflow: ship.yml}"))
    assert unfit(life(passing, 40), command("ship")) == f"{why}; deploy it by hand"
    assert why in summary(a_verdict(size=passed("fine")), policy=Policy(), facts=a_facts())
    assert "- [ ] Production deployment initiated: a deployment of this" in status_comment(life(passing, 40))
    assert "- [ ] Production deployment initiated: `/hotfix ship`" in status_comment(life(passing, 40, SHIPS))
    assert headline(life(record())).endswith("or roll back by hand")


def test_no_rollback_is_proposed_that_starts_nothing() -> None:
    failing = WatchReport(since=at(31), last=at(32), failing=("errors",), why={"errors": "5 %"}, gates=("errors",))
    watched = shipped(watch=failing, reachable=frozenset({"channel"}))
    why = "the policy names no `deploy.rollback_workflow`, so `/hotfix rollback v1.2.3` starts nothing."
    by_hand, started = f"Roll back by deploying `v1.2.3` again: {why}", "Roll back with `/hotfix rollback v1.2.3`."
    for rules, said in (("", by_hand), (SHIPS, started)):
        of = life(watched, 33, rules)
        assert f"> Failing in production: errors. {said}" in status_comment(of)
        assert said in gate_fails(of, "errors", "5 %", "gate")
        assert said.replace("`", "") in announcements(of, "channel")[-1].text
    assert unfit(life(watched, 33), command("rollback")).startswith("the policy names no `deploy.rollback_workflow`")


def test_an_overdue_clock_says_so() -> None:
    assert "fix in production overdue since 2026-03-01 07:00 UTC" in headline(life(record(), 300))


def test_missing_fields_are_asked_for_and_problems_named() -> None:
    shown = status_comment(life(record(body="Severity: P0\nStarted: 2026-03-01T02:00\nUsers affected: 140 %")))
    assert "Please add to the description, as headings: Category, Component, Customer-facing, What is broken. " in shown
    assert "are made from them" in shown
    assert "Started has no time zone" in shown
    assert "the time of the declaration counts as the start" in shown
    assert "Users affected exceeds 100 %" in shown
    unknown = status_comment(life(record(strangers=frozenset({"alice"}))))
    assert "alice has no access to this repository" in unknown


def test_without_a_deployment_production_is_not_called_unknown() -> None:
    """The verdict may determine the production tag from the tags."""
    shown = status_comment(life(record()))
    assert "- No successful deployment to production is recorded from before the incident began. Without" in shown
    assert "Nothing is known" not in shown


def test_the_playbook_of_the_category_comes_before_the_checklist() -> None:
    shown = status_comment(life(record(body=FORM.replace("API endpoint down", "Data corruption or loss"))))
    assert "1. STOP writes first" in shown
    assert shown.index("STOP writes") < shown.index("Pre-Deployment")
    assert "Playbook" not in status_comment(life(record(body="Severity: P0\nCategory: Other")))


def test_a_recent_deployment_is_proposed_for_rollback() -> None:
    suspect = SuspectedRelease(name="v1.3.0", at=at(-60), by="eve", previous="v1.2.3", pulls=(31, 32))
    shown = status_comment(life(record(suspect=suspect)))
    assert "`v1.3.0` since 2026-03-01 02:00 UTC by **eve**" in shown
    assert "#31, #32" in shown
    assert "`/hotfix rollback v1.2.3`" in shown
    old = status_comment(life(record(suspect=replace(suspect, at=at(-3000)))))
    assert "probably faster" not in old
    wide = status_comment(life(record(suspect=replace(suspect, at=at(-3000))), 1, "incident: {rollback_window: 90h}"))
    assert "probably faster" in wide


def test_contacts_and_security_team_are_named() -> None:
    rules = 'people: {security: acme/sec}\ncontacts: {On-call: "555-0100"}'
    shown = status_comment(life(record(body="Severity: P0\nCategory: Security vulnerability"), 1, rules))
    assert "Security team: acme/sec" in shown
    assert "On-call: 555-0100" in shown


def test_what_can_wait_says_why_and_how_to_change_it() -> None:
    shown = status_comment(life(record(body="Severity: P2")))
    assert "can wait for the next release: its severity is P2" in shown
    assert "`/hotfix severity P1 REASON`" in shown
    assert "- [ ]" not in shown


def test_rivals_are_shown_and_not_resolved_by_guessing() -> None:
    shown = status_comment(life(record(pulls=(pull(), pull(number=43))), 20))
    assert "claim to fix this: #42 and #43" in shown
    assert "close all but one" in shown


def test_text_from_users_mentions_nobody_and_opens_no_markup() -> None:
    bad = "@all <script> [x](http://evil) | `--` -->"
    of = record(
        title=bad, body=f"Severity: P0\nUsers affected: {bad}\nStarted: {bad}", commands=(command(f"note {bad}"),)
    )
    shown = status_comment(life(of, 10)) + post_mortem_body(life(shipped(title=bad), 31))
    for forbidden in ("@all", "<script>", "](http"):
        assert forbidden not in shown


def test_ids_at_other_services_survive_in_the_comment() -> None:
    kept = {"slack": "1700000000.0001", "odd": "a-->b"}
    shown = status_comment(life(record(refs=kept)))
    assert markers.read_refs(shown) == kept


def test_the_timeline_is_folded_and_in_order() -> None:
    shown = status_comment(life(settled(), 100))
    _, _, lines = shown.partition("<summary>Timeline")
    times = [line[2:18] for line in lines.splitlines() if line.startswith("- 2026")]
    assert times == sorted(times)
    assert len(times) > 10
    for words in ("Issue began", "Incident declared", "Hotfix deployed", "Verified fixed", "contains the fix"):
        assert words in lines


def test_an_event_ahead_of_our_clock_is_shown() -> None:
    """GitHub's clock may be ahead of the service's; otherwise the event would not appear until the next deadline."""
    assert "Hotfix deployed" not in status_comment(life(record(), 30)).partition("<summary>Timeline")[2]
    assert "Hotfix deployed" in status_comment(life(shipped(), 0)).partition("<summary>Timeline")[2]


def test_the_post_mortem_is_filled_from_the_record() -> None:
    shown = post_mortem_body(life(shipped(commands=(command("verified", minutes=40),)), 50))
    assert "- Incident start: 2026-03-01 02:40 UTC" in shown
    assert "- Resolution: 2026-03-01 03:40 UTC" in shown
    assert "- Total duration: 1h until it was verified (the time to restore)" in shown
    assert "- Users affected: 40 %" in shown
    assert "Owner: **alice**" in shown
    assert "Verified fixed by **alice**" in shown
    assert "- [ ] Add monitoring for [metric]" in shown


def test_a_status_comment_stays_below_githubs_limit() -> None:
    notes = tuple(command(f"note {'x' * 480}", minutes=n / 100, id=n + 1) for n in range(1, 1500))
    assert len(status_comment(life(record(commands=notes), 100))) < 65_536


def test_a_reminder_mentions_nobody_by_a_branchs_name() -> None:
    of = life(shipped(carried=(BackMergeStatus(branch="release/@acme", contains=False),)), 60 * 26)
    clock = next(each for each in of.clocks if each.name is ClockName.BACK_MERGE)
    said = reminders.reminder(of, clock, clock.alarms[-1])
    assert said.startswith("@dev @alice The fix was due in `release/@acme` by 2026-03-02 03:30 UTC.")


def test_closing_names_what_nobody_ticked() -> None:
    shown = command_answers.settled(life(settled(), 100))
    assert shown.startswith("The fix is verified and nothing is owed any more, so the incident is closed.\n\n")
    left = "8 checklist lines not ticked: Stakeholders notified, "
    assert f"Closed with {left}" in shown
    assert "Runbooks updated" in shown
    assert "Original issue resolved" not in shown
    closed = headline(life(replace(settled(), open=False, closed_at=at(95)), 100))
    assert "stage **closed** · 8 checklist lines not ticked · nobody must act now" in closed
    assert "not ticked" not in headline(life(settled(), 100))
    resolved = command("resolve", minutes=96, id=77)
    assert f"Closed with {left}" in command_answers.resolved(life(settled(), 100), resolved)
