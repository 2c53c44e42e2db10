"""Clocks: when each starts and ends, and whom it reminds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hotfix.facts import ReviewState
from hotfix.life.deadlines import IncidentClock
from hotfix.life.incident_commands import ClockName
from hotfix.life.reconcile.plan import plan
from hotfix.life.reconcile.writes import RequestReview
from hotfix.life.record import BackMergeStatus, IncidentRecord, ReviewGiven, ReviewRequested
from tests.unit.life.records import OLD, approved, at, command, deployment, life, pull, record, ruling, settled, shipped

REJECTED = ReviewGiven(id=4, by="lead", state=ReviewState.CHANGES_REQUESTED, sha=OLD, at=at(18))
ASKED_AGAIN = ReviewRequested(who="lead", at=at(40))
"""After the changes were requested."""


def clock(of: IncidentRecord, name: ClockName, minutes: float = 1, rules: str = "") -> IncidentClock | None:
    return next((each for each in life(of, minutes, rules).clocks if each.name is name), None)


def due(found: IncidentClock | None) -> list[float]:
    """Return the deadlines, in minutes after the declaration."""
    assert found is not None
    return [(alarm.at - at(0)) / timedelta(minutes=1) for alarm in found.alarms]


def test_the_fix_is_due_by_its_severity_from_the_declaration() -> None:
    p0, p1 = clock(record(), ClockName.FIX), clock(record(body="Severity: P1"), ClockName.FIX)
    assert (due(p0), due(p1)) == ([60, 240], [240, 1440])
    assert p0
    assert p0.people == ("alice",)
    assert due(clock(record(), ClockName.FIX, rules="sla: {P0: 2h}")) == [120]


def test_the_fix_clock_runs_until_the_fix_is_in_production() -> None:
    found = clock(shipped(), ClockName.FIX, 100)
    assert found
    assert found.stopped_at == at(30)
    assert clock(record(pulls=(approved(),)), ClockName.FIX, 100).running  # type: ignore[union-attr]


def test_no_clock_runs_without_a_severity_or_if_it_can_wait() -> None:
    assert life(record(body="")).clocks == ()
    assert life(record(body="Severity: P2")).clocks == ()


def test_the_review_is_due_from_the_request_of_a_tech_lead() -> None:
    found = clock(record(pulls=(pull(),)), ClockName.REVIEW, 20)
    assert (due(found), found and found.people) == ([23], ("lead",))
    assert not clock(record(pulls=(approved(),)), ClockName.REVIEW, 20).running  # type: ignore[union-attr]
    assert clock(record(pulls=(pull(draft=True),)), ClockName.REVIEW, 20) is None
    short = clock(record(pulls=(pull(),)), ClockName.REVIEW, 20, "rules: {review: {time_limit: 5m}}")
    assert due(short) == [18]


def test_a_late_review_reminds_whoever_is_still_requested() -> None:
    """The first lead's request was removed; if no request is left, the last reviewer requested is reminded."""
    asked = (*pull().asked, ReviewRequested(who="lead2", at=at(14)))
    for requested, people in ((("Lead2",), ("lead2",)), (("lead", "lead2"), ("lead", "lead2")), ((), ("lead2",))):
        found = clock(record(pulls=(pull(asked=asked, requested=requested),)), ClockName.REVIEW, 20)
        assert found
        assert (found.people, due(found)) == (people, [23])


def test_a_review_of_the_next_head_is_due_from_its_own_request() -> None:
    again = pull(asked=(*pull().asked, ASKED_AGAIN), reviews=(REJECTED,))
    found = clock(record(pulls=(again,)), ClockName.REVIEW, 45)
    assert due(found) == [50]
    assert found
    assert [alarm.id for alarm in found.alarms] == ["1.2"], "the reminder of the first review is another one"


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"head_pushed_at": at(9)}, 23),
        ({"head_pushed_at": at(60)}, 70),
        ({"ready_at": at(50)}, 60),
        ({"changed_at": at(50)}, 60),
        ({"ready_at": at(50), "head_pushed_at": at(60)}, 70),
        ({"reviews": (REJECTED,), "head_pushed_at": at(45)}, 55),
        ({"reviews": (REJECTED,), "head_pushed_at": at(45), "asked": (*pull().asked, ASKED_AGAIN)}, 55),
        ({"reviews": (REJECTED,), "head_pushed_at": at(30), "asked": (*pull().asked, ASKED_AGAIN)}, 50),
    ],
    ids=[
        "pushed before",
        "late fix",
        "left the draft",
        "another spec",
        "both",
        "changed",
        "asked before the push",
        "asked after it",
    ],
)
def test_a_review_counts_from_when_the_head_can_be_reviewed(changes: dict[str, Any], limit: float) -> None:
    """The request may be older: it is made early, stays while the author works, and is repeated before the push."""
    of = record(pulls=(pull(**changes),))
    assert due(clock(of, ClockName.REVIEW, 46)) == [limit]
    assert not [w for w in plan(life(of, limit - 1)) if isinstance(w, RequestReview)]
    assert [w for w in plan(life(of, limit + 1)) if isinstance(w, RequestReview)]


def test_no_review_is_due_without_a_verdict_on_the_head() -> None:
    """The verdict on a head that was just pushed is still to come; the one before may have failed."""
    assert clock(record(pulls=(pull(ruling=None),)), ClockName.REVIEW, 40) is None


def test_an_approval_before_the_end_of_the_draft_stops_it() -> None:
    found = clock(record(pulls=(approved(ready_at=at(50)),)), ClockName.REVIEW, 70)
    assert found
    assert (found.since, found.stopped_at) == (at(50), at(50))


def test_a_request_after_the_approval_starts_no_clock() -> None:
    """The head is approved: whoever is asked as well, by a person or a rule for code owners, delays nothing."""
    later = (ReviewRequested(who="lead2", at=at(25)),)
    for asked in (later, (*pull().asked, *later)):
        of = record(pulls=(replace(approved(asked=asked), requested=("lead2",)),))
        assert not clock(of, ClockName.REVIEW, 60).running  # type: ignore[union-attr]
        assert not [w for w in plan(life(of, 60)) if isinstance(w, RequestReview)]


def test_an_approval_of_another_spec_does_not_stop_it() -> None:
    """Such an approval is stale, so the review is requested again."""
    assert clock(record(pulls=(approved(changed_at=at(17)),)), ClockName.REVIEW, 25).stopped_at == at(18)  # type: ignore[union-attr]
    found = clock(record(pulls=(approved(changed_at=at(20)),)), ClockName.REVIEW, 25)
    assert found
    assert (due(found), found.running) == ([30], True)


def test_a_snoozed_review_stays_snoozed_after_a_push() -> None:
    snooze = command("snooze review 30m", minutes=20)
    assert due(clock(record(pulls=(pull(),), commands=(snooze,)), ClockName.REVIEW, 21)) == [50]
    pushed = record(pulls=(pull(head_pushed_at=at(25)),), commands=(snooze,))
    assert due(clock(pushed, ClockName.REVIEW, 26)) == [50]


def test_clocks_of_production_run_again_after_a_rollback() -> None:
    back = deployment(4, 40, "success", sha=OLD, name="v1.2.3", kind="rollback")
    again = deployment(5, 60, "success")
    of = shipped(production=(*shipped().production, back, again))
    found = clock(of, ClockName.VERIFY, 61)
    assert due(found) == [75]
    assert found
    assert [alarm.id for alarm in found.alarms] == ["1.2"]
    assert [alarm.id for each in life(shipped(), 31).clocks for alarm in each.alarms if each.name == "verify"] == ["1"]


def test_the_fix_must_be_verified_soon_after_production() -> None:
    assert due(clock(shipped(), ClockName.VERIFY, 31)) == [45]
    done = clock(shipped(commands=(command("verified", minutes=40),)), ClockName.VERIFY, 50)
    assert done
    assert done.stopped_at == at(40)


def test_the_watch_has_two_parts_without_reminders() -> None:
    found = clock(shipped(), ClockName.WATCH, 31)
    assert (due(found), found and found.people) == ([45, 90], ())


def test_the_debts_have_clocks_of_their_own() -> None:
    of = shipped(
        carried=(BackMergeStatus(branch="main", contains=False), BackMergeStatus(branch="develop", contains=True))
    )
    assert due(clock(of, ClockName.BACK_MERGE, 31)) == [30 + 24 * 60]
    assert due(clock(of, ClockName.FOLLOW_UPS, 31)) == [30 + 24 * 60]
    assert due(clock(of, ClockName.POST_MORTEM, 31)) == [30 + 48 * 60]
    people = clock(of, ClockName.BACK_MERGE, 31)
    assert people
    assert people.people == ("dev", "alice")
    assert all(not each.running for each in life(settled(), 100).clocks)


def test_durations_of_the_policy_count() -> None:
    rules = "clocks: {verify: 5m, back_merge: 1h, watch: [1m, 2m]}\nfollow_ups: {within: 2h}\npost_mortem: {within: 3h}"
    found = {each.name: due(each) for each in life(shipped(), 31, rules).clocks}
    assert found[ClockName.VERIFY] == [35]
    assert found[ClockName.WATCH] == [31, 32]
    assert (found[ClockName.BACK_MERGE], found[ClockName.FOLLOW_UPS]) == ([90], [150])
    assert found[ClockName.POST_MORTEM] == [210]


def test_the_post_mortems_date_moves_its_clock() -> None:
    of = shipped(commands=(command("post-mortem 2026-03-02T15:00+01:00", minutes=40),))
    assert due(clock(of, ClockName.POST_MORTEM, 50)) == [(34 * 60) + 60]


def test_a_snooze_moves_the_next_alarm() -> None:
    of = record(commands=(command("snooze fix 2h", minutes=30),))
    assert due(clock(of, ClockName.FIX, 31)) == [150, 240]


def test_a_snooze_moves_no_other_and_no_later_clock() -> None:
    of = record(
        pulls=(pull(),), commands=(command("snooze fix 2h", minutes=15), command("snooze review 30m", minutes=5))
    )
    assert due(clock(of, ClockName.REVIEW, 20)) == due(clock(record(pulls=(pull(),)), ClockName.REVIEW, 20)) == [23]


def test_a_snooze_after_the_limit_reminds_once_more() -> None:
    of = record(pulls=(pull(),), commands=(command("snooze review 30m", minutes=25),))
    found = clock(of, ClockName.REVIEW, 26)
    assert due(found) == [23, 55]
    assert found
    assert found.next(at(26))
    assert len(found.over(at(26))) == 1


def test_the_next_alarm_is_the_earliest_of_all() -> None:
    found = life(record(pulls=(pull(),)), 20).next_alarm()
    assert found
    assert (found[0].name, found[1].at) == (ClockName.REVIEW, at(23))


def test_no_review_is_overdue_while_something_else_fails() -> None:
    """The App requests the review early; nobody is late with the review of a hotfix that can't pass."""
    failing = pull(ruling=ruling(20, "failure", commits="failed", review="pending"))
    assert clock(record(pulls=(failing,)), ClockName.REVIEW, 40) is None
    assert not [w for w in plan(life(record(pulls=(failing,)), 40)) if isinstance(w, RequestReview)]
    again = clock(record(pulls=(pull(),)), ClockName.REVIEW, 40)
    assert again
    assert again.running
