"""The plan: the writes that are missing, and none after they are made."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hotfix.life.figures import time_to_restore
from hotfix.life.incident_life import Life
from hotfix.life.reconcile.plan import plan
from hotfix.life.reconcile.writes import (
    AssignIssue,
    ChangeLabels,
    ClosePull,
    DeleteBranch,
    DispatchRun,
    EditComment,
    EditIssue,
    HideComment,
    OpenIssue,
    PostComment,
    React,
    RequestReview,
    SetIssueState,
    StartHotfix,
)
from hotfix.life.record import (
    AppPost,
    BackMergeStatus,
    IncidentRecord,
    IssueStateChange,
    ReviewRequested,
    SubIssue,
    Unanswered,
)
from hotfix.life.words import markers
from hotfix.life.words.debt_issues import current
from hotfix.life.words.phrases import length
from hotfix.life.words.status_comment import status_comment
from tests.github.server.rewording import reworded
from tests.unit.life.records import BRANCH, T0, approved, at, command, life, pull, record, settled, shipped

SHIPS = "deploy: {workflow: ship.yml, rollback_workflow: rollback.yml}"


def kinds(of: Life) -> list[str]:
    return [type(write).__name__ for write in plan(of)]


def some(of: Life, kind: type) -> list[object]:
    return [write for write in plan(of) if isinstance(write, kind)]


def done(of: IncidentRecord, minutes: float = 1, rules: str = "") -> IncidentRecord:
    """Return the record after all comments, labels and assignments of the plan are made."""
    found = of
    for number, write in enumerate(plan(life(of, minutes, rules)), 900):
        match write:
            case PostComment(place=place, body=body):
                marker = markers.found(body)
                post = AppPost(id=number, node=f"IC_{number}", place=place, marker=marker, body=body, at=at(minutes))
                found = replace(found, posts=(*found.posts, post))
            case EditComment(id=id, body=body):
                posts = (replace(post, body=body) if post.id == id else post for post in found.posts)
                found = replace(found, posts=tuple(posts))
            case HideComment(node=node):
                posts = (replace(post, hidden=True) if post.node == node else post for post in found.posts)
                found = replace(found, posts=tuple(posts))
            case ChangeLabels(number=7, add=add, remove=remove):
                found = replace(found, labels=tuple({*found.labels, *add} - {*remove}))
            case AssignIssue(add=add):
                found = replace(found, assignees=(*found.assignees, *add))
            case React(comment=comment, content=content):
                commands = (
                    replace(o, answered=True, ruling=content == "+1") if o.id == comment else o for o in found.commands
                )
                rest = tuple(each for each in found.unanswered if each.id != comment)
                found = replace(found, commands=tuple(commands), unanswered=rest)
            case OpenIssue(marker=marker, title=title, body=body, labels=labels, assignees=assignees):
                issue = SubIssue(
                    number=number, title=title, marker=marker, open=True, created_at=at(minutes), body=body,
                    labels=labels, assignees=assignees,
                )  # fmt: skip
                found = replace(found, sub_issues=(*found.sub_issues, issue))
            case SetIssueState(number=7, open=open_):
                turn = IssueStateChange(at=at(minutes), id=number, closed=not open_, by="hotfix", ours=True)
                found = replace(found, open=open_, turns=(*found.turns, turn))
            case _:
                pass
    return found


@pytest.mark.parametrize(
    ("of", "minutes"),
    [
        (record(), 1),
        (record(body="Severity: P2"), 1),
        (record(pulls=(pull(),)), 20),
        (record(pulls=(pull(), pull(number=43))), 100),
        (shipped(), 100),
        (shipped(), 5000),
        (record(commands=(command("status", by="x"), command("ship", by="eve", minutes=6))), 10),
    ],
)
def test_a_second_run_writes_nothing(of: IncidentRecord, minutes: float) -> None:
    once = done(done(of, minutes), minutes)
    assert [w for w in plan(life(once, minutes)) if not isinstance(w, RequestReview)] == []


def test_a_declared_incident_gets_comment_label_and_commander() -> None:
    writes = plan(life(record()))
    assert ChangeLabels(number=7, add=("priority:critical",)) in writes
    assert AssignIssue(number=7, add=("alice",)) in writes
    assert [w.place for w in writes if isinstance(w, PostComment)] == [7]


def test_an_incident_that_can_wait_gets_only_its_comment() -> None:
    assert kinds(life(record(body="Severity: P2"))) == ["PostComment"]


def test_the_status_is_on_incident_and_pull_request_alike() -> None:
    said = [w for w in plan(life(record(pulls=(pull(),)), 20)) if isinstance(w, PostComment) and w.marker == "status"]
    assert [w.place for w in said] == [7, 42]
    assert said[0].body == said[1].body


def test_an_edit_by_someone_else_is_reverted() -> None:
    of = done(record())
    vandal = replace(of, posts=tuple(replace(post, body="all fine") for post in of.posts))
    (edit,) = some(life(vandal), EditComment)
    assert edit == EditComment(id=of.posts[0].id, body=status_comment(life(of)))


def test_a_second_status_comment_is_hidden() -> None:
    of = done(record())
    twin = replace(of.posts[0], id=9999, node="IC_9999")
    assert plan(life(replace(of, posts=(*of.posts, twin)))) == (HideComment(node="IC_9999"),)


def reminders(of: IncidentRecord, minutes: float, rules: str = "") -> list[str]:
    return [w.marker for w in plan(life(of, minutes, rules)) if isinstance(w, PostComment) and "reminder" in w.marker]


def test_each_limit_reminds_once() -> None:
    of = done(record())
    assert reminders(of, 59) == []
    assert reminders(of, 61) == ["reminder fix\n1"]
    warned = done(of, 61)
    assert reminders(warned, 200) == []
    assert reminders(warned, 241) == ["reminder fix\n2"]
    assert reminders(done(warned, 241), 5000) == []


def test_after_an_outage_there_is_one_reminder() -> None:
    assert reminders(done(record()), 600) == ["reminder fix\n2"]


def test_a_reminder_mentions_who_can_act_and_is_hidden_once_done() -> None:
    late = done(record(pulls=(pull(),)), 24)
    (post,) = [post for post in late.posts if post.marker == "reminder review"]
    assert post.body.startswith("@lead ")
    assert "<!-- hotfix:reminder review -->" in post.body
    reviewed = replace(late, pulls=(approved(),))
    assert HideComment(node=post.node) in plan(life(reviewed, 25))


def test_a_push_restarts_the_review_s_reminder() -> None:
    """The head that was to be reviewed is replaced: its reminder is hidden, and the new one gets its own."""
    late = done(record(pulls=(pull(),)), 24)
    (old,) = [post for post in late.posts if post.marker == "reminder review"]
    pushed = replace(late, pulls=(replace(late.pulls[0], head_pushed_at=at(30)),))
    assert HideComment(node=old.node) in plan(life(pushed, 31))
    assert reminders(pushed, 39) == []
    assert reminders(pushed, 41) == ["reminder review\n1.20260301T033000"]
    assert reminders(done(pushed, 41), 59) == []


def test_a_late_review_is_requested_of_one_more_tech_lead() -> None:
    assert some(life(record(pulls=(pull(),)), 22), RequestReview) == []
    assert some(life(record(pulls=(pull(),)), 24), RequestReview) == [RequestReview(number=42, login="lead2")]
    both = pull(asked=(*pull().asked, ReviewRequested(who="lead2", at=at(24))), requested=("lead", "lead2"))
    assert some(life(record(pulls=(both,)), 50), RequestReview) == []


def test_a_closed_incident_has_no_reminders() -> None:
    assert reminders(record(open=False, closed_at=at(5)), 500) == []


def test_production_opens_follow_ups_and_the_post_mortem_once() -> None:
    opened = [w for w in plan(life(shipped(), 31)) if isinstance(w, OpenIssue)]
    assert [w.marker for w in opened] == [
        "follow-up root-cause-analysis",
        "follow-up permanent-fix",
        "follow-up testing-gap",
        "follow-up monitoring-improvement",
        "follow-up process-improvement",
        "post-mortem",
    ]
    assert all(f"<!-- hotfix:{w.marker} -->" in w.body for w in opened)
    assert opened[-1].labels == ("post-mortem:draft",)
    assert some(life(done(shipped(), 31), 32), OpenIssue) == []


def test_the_post_mortem_ends_with_its_action_items_as_issues() -> None:
    body = "## Action Items\n- [ ] Alert on 500s\n- [x] old\n- [ ] Update runbook\n"
    meeting = SubIssue(
        number=60, title="Post-mortem", marker="post-mortem", open=True, created_at=at(31), body=body,
        labels=("post-mortem:draft",),
    )  # fmt: skip
    of = shipped(sub_issues=(*settled().sub_issues[:5], meeting), commands=(command("done post-mortem", minutes=60),))
    writes = plan(life(of, 70))
    assert [w.title for w in writes if isinstance(w, OpenIssue)] == ["Alert on 500s"]
    assert ChangeLabels(number=60, add=("post-mortem:done",), remove=("post-mortem:draft",)) in writes
    assert SetIssueState(number=60, open=False) in writes


def test_a_new_date_is_written_into_the_post_mortem() -> None:
    of = done(shipped(), 31)
    dated = replace(of, commands=(command("post-mortem 2026-03-02T15:00Z", minutes=40),))
    (edit,) = some(life(dated, 50), EditIssue)
    assert isinstance(edit, EditIssue)
    assert "Scheduled for 2026-03-02 15:00 UTC" in edit.body


def test_the_post_mortem_ends_when_the_fix_is_verified() -> None:
    """It is opened once the fix is in production; the figures measure until it is verified."""
    of = done(shipped(), 31)
    body = next(issue.body for issue in of.sub_issues if issue.marker == "post-mortem")
    assert "Resolution: 2026-03-01 03:30 UTC, in production, not verified yet" in body
    assert "Total duration: 50m until the fix was in production" in body
    verified = life(replace(of, commands=(command("verified", minutes=40),)), 50)
    (edit,) = some(verified, EditIssue)
    assert isinstance(edit, EditIssue)
    assert "Resolution: 2026-03-01 03:40 UTC, verified as resolved" in edit.body
    assert f"Total duration: {length(time_to_restore(verified) or T0 - T0)} until it was verified" in edit.body
    assert current(edit.body, verified) == edit.body


def test_a_resolution_in_a_persons_words_is_kept() -> None:
    """Each line on its own: the duration, which nobody rewrote, still follows the verification."""
    of = done(shipped(), 31)
    *others, meeting = of.sub_issues
    body = meeting.body.replace("2026-03-01 03:30 UTC, in production, not verified yet", "03:25, by the failover")
    assert body != meeting.body
    edited = replace(of, sub_issues=(*others, replace(meeting, body=body)))
    assert some(life(edited, 35), EditIssue) == []
    verified = replace(edited, commands=(command("verified", minutes=40),))
    (edit,) = some(life(verified, 50), EditIssue)
    assert isinstance(edit, EditIssue)
    assert "- Resolution: 03:25, by the failover <!--" in edit.body
    assert "Total duration: 1h until it was verified" in edit.body


def test_the_date_of_a_translated_post_mortem_is_kept_current() -> None:
    """The line is known by hidden data: its words may be translated, and a line that is current is not written."""
    of = done(shipped(), 31)
    *others, meeting = of.sub_issues
    assert meeting.marker == "post-mortem"
    translated = replace(of, sub_issues=(*others, replace(meeting, body=reworded(meeting.body))))
    assert some(life(translated, 50), EditIssue) == []
    dated = replace(translated, commands=(command("post-mortem 2026-03-02T15:00Z", minutes=40),))
    (edit,) = some(life(dated, 50), EditIssue)
    assert isinstance(edit, EditIssue)
    assert "Scheduled for 2026-03-02 15:00 UTC" in edit.body
    assert reworded("Total duration") in edit.body


@pytest.mark.parametrize("opening", ["Of the", "Post-mortem of"])
def test_the_date_of_an_older_post_mortem_is_kept_current(opening: str) -> None:
    """Earlier versions wrote the line without hidden data."""
    of = done(shipped(), 31)
    *others, meeting = of.sub_issues
    older = re.sub(r"(?m)^Post-mortem of( incident #7.*) <!-- hotfix-due.*$", rf"{opening}\1", meeting.body)
    assert f"\n{opening} incident #7. Owner: **alice**. Due by 2026-03-03 03:30 UTC.\n" in older
    opened = replace(of, sub_issues=(*others, replace(meeting, body=older)))
    dated = replace(opened, commands=(command("post-mortem 2026-03-02T15:00Z", minutes=40),))
    (edit,) = some(life(dated, 50), EditIssue)
    assert isinstance(edit, EditIssue)
    assert edit.body.count("Owner: **alice**.") == edit.body.count("Scheduled for 2026-03-02 15:00 UTC") == 1
    current = replace(dated, sub_issues=(*others, replace(meeting, body=edit.body)))
    assert some(life(current, 50), EditIssue) == []


def test_the_branch_is_deleted_once_every_branch_has_the_fix() -> None:
    of = shipped(carried=(BackMergeStatus(branch="main", contains=True, at=at(50)),))
    writes = plan(life(of, 60))
    assert ClosePull(number=42) in writes
    assert DeleteBranch(name="hotfix/checkout", sha=BRANCH.sha) in writes
    assert not some(life(shipped(), 60), DeleteBranch)
    two = (*of.carried, BackMergeStatus(branch="develop", contains=None))
    assert not some(life(replace(of, carried=two), 60), DeleteBranch)


def test_a_branch_that_moved_on_is_not_deleted() -> None:
    moved = replace(BRANCH, sha="9" * 40)
    of = shipped(carried=(BackMergeStatus(branch="main", contains=True),), branches=(moved,))
    assert not some(life(of, 60), DeleteBranch)


def test_the_incident_closes_when_everything_is_settled() -> None:
    writes = plan(life(settled(), 100))
    assert SetIssueState(number=7, open=False) in writes
    again = (
        IssueStateChange(at=at(95), id=1, closed=True, by="x"),
        IssueStateChange(at=at(96), id=2, closed=False, by="dana"),
    )
    assert not some(life(replace(settled(), turns=again), 100), SetIssueState)


MERGED = (IssueStateChange(at=at(50), id=1, closed=True, by="dev", through="pull"),)


def test_a_merge_that_closes_the_incident_is_undone_once() -> None:
    of = shipped(open=False, closed_at=at(50), turns=MERGED)
    writes = plan(life(of, 51))
    assert SetIssueState(number=7, open=True) in writes
    (said,) = [w for w in writes if isinstance(w, PostComment) and w.marker == "reopened"]
    assert "Post-mortem" in said.body
    reopened = (*MERGED, IssueStateChange(at=at(51), id=2, closed=False, by="hotfix", ours=True))
    twice = (*reopened, IssueStateChange(at=at(52), id=3, closed=True, by="dev", through="commit"))
    assert not some(life(replace(of, turns=twice), 53), SetIssueState)


def test_an_incident_closed_by_a_person_stays_closed() -> None:
    by_hand = (IssueStateChange(at=at(50), id=1, closed=True, by="dana"),)
    of = shipped(open=False, closed_at=at(50), turns=by_hand)
    assert not some(life(of, 51), SetIssueState)
    reopen = replace(of, commands=(command("reopen", minutes=55),))
    assert SetIssueState(number=7, open=True) in plan(life(reopen, 56))


def test_resolve_closes_and_lists_what_stays() -> None:
    of = shipped(commands=(command("resolve", minutes=40, id=77),))
    writes = plan(life(of, 41))
    assert SetIssueState(number=7, open=False) in writes
    (said,) = [w for w in writes if isinstance(w, PostComment) and w.marker == "resolved 77"]
    assert "Back-merge to `main`" in said.body


def test_commands_get_a_reaction_and_refusals_one_comment() -> None:
    of = record(
        commands=(command("note x", by="eve", id=11), command("ship", by="eve", id=12)),
        unanswered=(Unanswered(id=13, place=7, why="there is no command `x`"),),
    )
    writes = [
        w for w in plan(life(of, 10)) if isinstance(w, React) or (isinstance(w, PostComment) and "answer" in w.marker)
    ]
    assert [(w.comment, w.content) for w in writes if isinstance(w, React)] == [
        (11, "+1"),
        (12, "confused"),
        (13, "confused"),
    ]
    assert [w.marker for w in writes if isinstance(w, PostComment)] == ["answer 12", "answer 13"]


def test_start_creates_the_hotfix_once() -> None:
    assert some(life(record(commands=(command("start fix-it", by="eve"),)), 10), StartHotfix)
    assert not some(life(record(commands=(command("start fix-it", by="eve"),), pulls=(pull(),)), 20), StartHotfix)
    assert not some(life(record(commands=(command("start x", by="eve", answered=True, ruling=True),)), 10), StartHotfix)


def test_ship_starts_the_workflow_only_on_a_pass() -> None:
    ship = command("ship", minutes=25)
    passing = record(pulls=(approved(),), commands=(ship,))
    assert some(life(passing, 26, SHIPS), DispatchRun) == [DispatchRun(command=ship, workflow="ship.yml")]
    for of, rules in (
        (record(pulls=(pull(),), commands=(ship,)), SHIPS),
        (passing, ""),
        (record(commands=(ship,)), SHIPS),
    ):
        assert not some(life(of, 26, rules), DispatchRun)
        assert React(comment=ship.id, content="confused") in plan(life(of, 26, rules))


def test_rollback_starts_its_workflow_with_the_tag() -> None:
    back = command("rollback v1.2.3", minutes=25)
    (write,) = some(life(record(commands=(back,)), 26, SHIPS), DispatchRun)
    assert write == DispatchRun(command=back, workflow="rollback.yml", tag="v1.2.3")
    unknown = record(commands=(back,), tags={"v1.2.2": "e" * 40})
    assert not some(life(unknown, 26, SHIPS), DispatchRun)


@pytest.mark.parametrize(
    ("category", "names"),
    [
        ("API endpoint down", ["planner"]),
        ("Data corruption or loss", ["planner", "debug"]),
        ("Performance degradation", ["planner", "performance"]),
    ],
)
def test_agents_are_asked_once_at_their_phase(category: str, names: list[str]) -> None:
    rules = "agents: {planner: plan-bot, builder: build-bot, security: sec-bot, debug: dbg, performance: perf}"
    of = record(body=f"Severity: P0\nCategory: {category}")
    asked = [w.marker for w in plan(life(of, 1, rules)) if isinstance(w, PostComment) and "agent" in w.marker]
    assert asked == [f"agent {name}" for name in names]
    assert not [w for w in plan(life(done(of, 1, rules), 2, rules)) if isinstance(w, PostComment)]
    built = [w.marker for w in plan(life(replace(of, pulls=(pull(),)), 20, rules)) if isinstance(w, PostComment)]
    assert "agent builder" in built
