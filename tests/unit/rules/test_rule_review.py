"""The review rule and the reviewers it requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix.facts import Facts, LongLived, People, Person, Review, ReviewState
from hotfix.finding import Finding, Status
from hotfix.reviews import authors, reviewers_to_request
from hotfix.rules import review
from tests.unit.factories import HEAD_SHA, NOW, a_commit, a_facts, a_pull

OLD_SHA = "9" * 40
LEADS = frozenset({"lead", "boss"})


def said(
    login: str, state: ReviewState = ReviewState.APPROVED, sha: str = HEAD_SHA, minute: int = 0, **person: Any
) -> Review:
    return Review(author=Person(login, **person), state=state, sha=sha, submitted_at=NOW + timedelta(minutes=minute))


def with_reviews(*reviews: Review, **changes: Any) -> Facts:
    of_pull = {"requested_reviewers", "draft", "open", "author", "number"}
    of_pull |= {"review_requested_at", "ready_at", "head_pushed_at", "base_changed_at", "body_edited_at"}
    pull = {key: changes.pop(key) for key in of_pull & changes.keys()}
    people = People(tech_leads=changes.pop("leads", LEADS), security=changes.pop("security", frozenset({"sec"})))
    return a_facts(pull=a_pull(reviews=reviews, **pull), people=people, **changes)


def evaluated(*reviews: Review, **changes: Any) -> Finding:
    return review.check(with_reviews(*reviews, **changes), review.ReviewOptions())


APPROVED, CHANGES, COMMENTED, DISMISSED = (
    ReviewState.APPROVED,
    ReviewState.CHANGES_REQUESTED,
    ReviewState.COMMENTED,
    ReviewState.DISMISSED,
)


def test_one_approval_by_a_tech_lead_is_enough() -> None:
    assert evaluated(said("lead")).status is Status.PASSED
    assert evaluated(said("LEAD")).status is Status.PASSED
    assert evaluated(said("lead"), said("boss")).status is Status.PASSED


def test_others_approvals_do_not_count() -> None:
    finding = evaluated(said("someone"))

    assert finding.status is Status.PENDING
    assert finding.details == ("someone approved, but is not a tech lead",)


def test_an_approval_of_an_older_commit_does_not_count() -> None:
    finding = evaluated(said("boss", sha=OLD_SHA))

    assert finding.status is Status.PENDING
    assert finding.actors == ("boss",)
    assert finding.details == ("boss approved 9999999, which is no longer the head",)


def test_a_comment_does_not_take_an_approval_back() -> None:
    assert evaluated(said("lead"), said("lead", COMMENTED, minute=1)).status is Status.PASSED


@pytest.mark.parametrize("state", [CHANGES, DISMISSED])
def test_a_later_decision_does(state: ReviewState) -> None:
    assert evaluated(said("lead"), said("lead", state, minute=1)).status is not Status.PASSED


@pytest.mark.parametrize(
    ("when", "stale"), [(timedelta(seconds=-1), False), (timedelta(), True), (timedelta(seconds=1), True)]
)
@pytest.mark.parametrize("what", ["base_changed_at", "body_edited_at"])
def test_an_approval_covers_base_and_spec(what: str, when: timedelta, stale: bool) -> None:
    """GitHub's timestamps have whole seconds, so a change in the same second is treated as made after the approval."""
    facts = a_facts(pull=a_pull(**{what: NOW + when}))

    assert (review.check(facts, review.ReviewOptions()).status is Status.PENDING) is stale


@pytest.mark.parametrize(("by", "stands"), [("dev", True), ("lead", False), ("boss", False), ("", True)])
def test_who_may_dismiss_an_objection(by: str, stands: bool) -> None:
    dismissed = replace(said("lead", DISMISSED), dismissed_by=Person(by), before_dismissal=CHANGES)

    assert (evaluated(dismissed, said("boss")).status is Status.FAILED) is stands


def dismissed(login: str, was: ReviewState, by: str, sha: str = HEAD_SHA) -> Review:
    return replace(said(login, DISMISSED, sha), dismissed_by=Person(by), before_dismissal=was)


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((said("lead"), said("lead", COMMENTED, minute=3)), Status.PASSED),
        ((said("lead", sha=OLD_SHA), said("lead", minute=1)), Status.PASSED),
        ((said("lead"), said("lead", sha=OLD_SHA, minute=1)), Status.PENDING),
        ((dismissed("lead", APPROVED, "dev"),), Status.PENDING),
        ((dismissed("lead", APPROVED, "dev"), said("lead", minute=1)), Status.PASSED),
        ((dismissed("lead", CHANGES, "hotfix[bot]"), said("boss", minute=1)), Status.FAILED),
        ((dismissed("lead", CHANGES, "dev", OLD_SHA), said("boss", minute=1)), Status.PENDING),
        ((dismissed("lead", CHANGES, "lead"), said("boss", minute=1)), Status.PASSED),
        ((said("lead"), said("lead", CHANGES)), Status.FAILED),
        ((said(""),), Status.PENDING),
        ((said("", CHANGES), said("lead", minute=1)), Status.PASSED),
        ((said("other[bot]", CHANGES, is_bot=True), said("lead", minute=1)), Status.PASSED),
    ],
)
def test_a_history_of_reviews_has_one_outcome(history: tuple[Review, ...], status: Status) -> None:
    """Comments, older heads, dismissals, deleted accounts, bots, and two decisions within one second."""
    assert evaluated(*history).status is status


def test_an_author_among_the_leads_may_not_dismiss() -> None:
    objection = dismissed("lead", CHANGES, "boss")
    finding = evaluated(objection, said("lead2", minute=1), author=Person("boss"), leads=LEADS | {"lead2"})
    assert finding.message == "lead asks for changes"


def test_a_dismissed_approval_is_not_an_objection() -> None:
    dismissed = replace(said("lead", DISMISSED), dismissed_by=Person("dev"), before_dismissal=APPROVED)

    assert evaluated(dismissed, said("boss")).status is Status.PASSED


def test_an_approval_after_requested_changes_counts() -> None:
    assert evaluated(said("lead", minute=2), said("lead", CHANGES, minute=1)).status is Status.PASSED


def test_a_tech_leads_objection_fails_it() -> None:
    """The rule fails even if others approve."""
    finding = evaluated(said("boss"), said("lead", CHANGES))

    assert (finding.status, finding.message) == (Status.FAILED, "lead asks for changes")
    assert finding.actors == ("the author", "lead")


def test_changes_that_others_request_do_not() -> None:
    assert evaluated(said("lead"), said("someone", CHANGES)).status is Status.PASSED


def test_after_a_push_whoever_requested_changes_looks_again() -> None:
    finding = evaluated(said("boss"), said("lead", CHANGES, sha=OLD_SHA))

    assert finding.status is Status.PENDING
    assert finding.actors == ("lead",)


@pytest.mark.parametrize(
    "commit",
    [
        a_commit(author=Person("Lead")),
        a_commit(committer=Person("lead")),
        a_commit(co_authors=(Person("lead"),)),
        a_commit(author=Person("", email="123+lead@users.noreply.github.com")),
        a_commit(co_authors=(Person("", email="lead@users.noreply.github.com"),)),
        a_commit(co_authors=(Person("", email="123+LEAD@users.noreply.github.acme.example"),)),
    ],
)
def test_whoever_had_a_hand_in_the_branch_cannot_approve_it(commit: Any) -> None:
    finding = evaluated(said("lead"), commits=(commit,))

    assert finding.status is Status.PENDING
    assert finding.actors == ("boss",)
    assert finding.details[0] == "lead approved, but contributed to the branch"


def test_an_address_is_known_by_another_commit_of_the_branch() -> None:
    commits = (
        a_commit(author=Person("lead", email="lead@acme.example")),
        a_commit(sha="5" * 40, co_authors=(Person("", email="LEAD@acme.example"),), author=Person("dev")),
    )

    assert authors(a_facts(commits=commits)) >= {"lead", "dev"}


def test_githubs_own_committer_is_not_a_contributor() -> None:
    commit = a_commit(committer=Person("web-flow", email="noreply@github.com"))

    assert authors(a_facts(commits=(commit,))) == {"dev"}


def test_a_bot_approves_nothing() -> None:
    assert evaluated(said("lead", is_bot=True)).status is Status.PENDING


def test_a_deleted_author_leaves_the_rest_to_be_evaluated() -> None:
    assert evaluated(said("lead"), author=None).status is Status.PASSED
    nobody = a_commit(author=Person(""), committer=Person(""))
    assert evaluated(said("lead"), commits=(nobody,)).status is Status.PASSED


def test_an_address_of_no_known_account_is_reported() -> None:
    commit = a_commit(author=Person("", email="who@nowhere.example"))

    assert (
        "who@nowhere.example in the commits is not a known account"
        in evaluated(said("lead"), commits=(commit,)).message
    )


def test_a_lead_whose_commits_came_from_main_can_approve() -> None:
    """This applies once the branch no longer contains those commits."""
    wish = a_commit(sha=OLD_SHA, author=Person("boss"), committer=Person("boss"))
    branches = replace(a_facts().branches, long_lived=(LongLived(name="main", foreign=(OLD_SHA,)),))
    found = evaluated(leads=frozenset({"boss", "dev"}), commits=(wish, a_commit()), branches=branches)
    assert found.status is Status.FAILED
    assert found.message == "Nobody can approve yet: boss wrote commits that came from other branches"
    assert found.remediation == "Remove those commits, as the rule branch says; then boss can approve"
    assert found.actors == ("the author",)


def test_a_policy_without_approvers_fails() -> None:
    assert "No tech lead is named" in evaluated(leads=frozenset()).message
    only = evaluated(leads=frozenset({"dev"}))
    assert only.status is Status.FAILED
    assert only.message == "Every tech lead (dev) contributed to this branch, so nobody is left to approve it"


@pytest.mark.parametrize("missing", ["people", "pull", "reviews", "commits"])
def test_what_could_not_be_read_does_not_pass(missing: str) -> None:
    assert evaluated(said("lead"), missing={missing: "GitHub is down."}).status is Status.UNKNOWN


def test_a_local_clone_does_not_evaluate_it() -> None:
    assert review.check(a_facts(pull=None), review.ReviewOptions()).status is Status.NOT_EVALUATED


def test_the_one_who_was_asked_is_named_with_the_clock() -> None:
    asked = {"requested_reviewers": ("x", "Boss"), "review_requested_at": NOW - timedelta(minutes=4)}

    finding = evaluated(**asked)

    assert finding.actors == ("boss",)
    assert finding.message == "boss has not approved 2222222 yet; asked at 03:08 UTC, due by 03:18 UTC"
    assert finding.details == ("Not needed: the review of x; one tech lead is enough",)
    late = review.check(with_reviews(**asked), review.ReviewOptions(time_limit=timedelta(minutes=3)))
    assert late.message.endswith("asked at 03:08 UTC, overdue since 03:11 UTC")


@pytest.mark.parametrize("later", ["ready_at", "head_pushed_at", "base_changed_at", "body_edited_at"])
def test_the_limit_counts_from_when_the_head_can_be_reviewed(later: str) -> None:
    """Not from the request: it is made while rules still fail, or for a draft."""
    asked = {"requested_reviewers": ("boss",), "review_requested_at": NOW - timedelta(minutes=40)}

    assert evaluated(**asked, **{later: NOW - timedelta(minutes=50)}).message.endswith("overdue since 02:42 UTC")
    assert evaluated(**asked, **{later: NOW - timedelta(minutes=4)}).message == (
        "boss has not approved 2222222 yet; reviewable since 03:08 UTC, due by 03:18 UTC"
    )


def test_a_draft_is_pending_on_its_author() -> None:
    finding = evaluated(draft=True)

    assert (finding.status, finding.actors, finding.commands) == (
        Status.PENDING,
        ("the author",),
        ("gh pr ready 42 --repo acme/shop",),
    )


# Requested reviewers.


def test_a_review_that_the_app_requests_needs_no_request() -> None:
    """The App requests it along with the verdict, so nobody has to; nor if the tech lead is reviewing already."""
    who, _ = reviewers_to_request(with_reviews())
    facts = with_reviews()
    assert facts.pull
    assert who
    finding = review.check(replace(facts, pull=replace(facts.pull, requesting=who)), review.ReviewOptions())
    assert finding.message == (
        f"{who} has not approved 2222222 yet; the App requests the review now; it is due 10m later"
    )
    assert finding.commands == ("gh pr review 42 --repo acme/shop --approve",)
    assert "Request" not in finding.remediation
    assert "Request" not in evaluated(said("lead", COMMENTED)).remediation


def test_tech_leads_are_asked_in_turn() -> None:
    assert reviewers_to_request(with_reviews(number=42)) == ("boss", ())
    assert reviewers_to_request(with_reviews(number=43)) == ("lead", ())


def test_who_is_asked_already_stays_and_others_go() -> None:
    facts = with_reviews(requested_reviewers=("x", "lead", "boss", "acme/team", "sec"))

    assert reviewers_to_request(facts) == (None, ("x", "boss", "acme/team"))
    assert reviewers_to_request(facts, keep=("acme/team",)) == (None, ("x", "boss"))


def test_an_author_among_the_leads_is_not_asked() -> None:
    assert reviewers_to_request(with_reviews(commits=(a_commit(author=Person("boss")),))) == ("lead", ())


def test_who_looked_before_is_asked_again() -> None:
    assert reviewers_to_request(with_reviews(said("lead", sha=OLD_SHA)))[0] == "lead"
    wanted = said("lead", CHANGES, sha=OLD_SHA)
    assert reviewers_to_request(with_reviews(wanted))[0] == "lead"
    assert reviewers_to_request(with_reviews(wanted, said("boss")))[0] == "lead"


def test_who_is_reviewing_is_not_asked_again() -> None:
    assert reviewers_to_request(with_reviews(said("lead", COMMENTED))) == (None, ())


def test_no_review_is_requested_after_a_decision() -> None:
    assert reviewers_to_request(with_reviews(said("lead"), requested_reviewers=("x",))) == (None, ("x",))
    assert reviewers_to_request(with_reviews(said("lead", CHANGES))) == (None, ())


def test_no_review_is_requested_on_drafts_or_in_clones() -> None:
    """The same holds for closed pull requests."""
    assert reviewers_to_request(with_reviews(draft=True, requested_reviewers=("x",))) == (None, ())
    assert reviewers_to_request(with_reviews(open=False, requested_reviewers=("x",))) == (None, ())
    assert reviewers_to_request(a_facts(pull=None)) == (None, ())
    assert reviewers_to_request(with_reviews(leads=frozenset())) == (None, ())


people = st.sampled_from(["lead", "boss", "dev", "sec", "x"])
histories = st.lists(
    st.builds(
        said,
        people,
        st.sampled_from([APPROVED, CHANGES, COMMENTED, DISMISSED]),
        st.sampled_from([HEAD_SHA, OLD_SHA]),
        st.integers(0, 50),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(histories, st.lists(people, unique=True, max_size=4))
def test_a_pass_always_rests_on_an_undisputed_approval(reviews: list[Review], requested: list[str]) -> None:
    """For any list of reviews: a lead approved this head, and no lead requested changes."""
    facts = with_reviews(*reviews, requested_reviewers=tuple(requested))

    finding = review.check(facts, review.ReviewOptions())
    request, unrequest = reviewers_to_request(facts)

    last = {r.author.login: r for r in sorted(reviews, key=lambda r: r.submitted_at) if r.state is not COMMENTED}
    by_leads = [last[name] for name in LEADS if name in last]
    # These histories don't record who dismissed a review, so a dismissed one may be an objection.
    sound = any(r.state is APPROVED and r.sha == HEAD_SHA for r in by_leads) and not any(
        r.state in (CHANGES, DISMISSED) for r in by_leads
    )
    assert (finding.status is Status.PASSED) is sound
    assert finding.status in (Status.PASSED, Status.FAILED, Status.PENDING)
    assert request is None or request in LEADS - set(requested)
    assert set(unrequest) <= set(requested) - {"sec"}
    assert len((set(requested) - set(unrequest)) & LEADS | {request} - {None}) <= 1


# Security review.
