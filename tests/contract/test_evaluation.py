"""The evaluation of one pull request on GitHub."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hotfix.facts import CheckState
from hotfix.github.evaluation import PublishResult, publish_unknown
from hotfix.github.read import repository_queries
from hotfix.github.read.life import life_queries, pull_parts
from hotfix.github.transport.errors import NotFound
from hotfix.life.record import HotfixPull
from hotfix.verdict import Conclusion, VerdictKind
from tests.contract.conftest import Service
from tests.github.acme import GOOD_BODY, GOOD_MESSAGE, POLICY


def test_a_good_hotfix_is_pending_until_a_tech_lead_approves(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    outcome = service.evaluate(pull)
    assert outcome.verdict.failed_rules == ()
    assert (outcome.verdict.conclusion, outcome.published) == (Conclusion.PENDING, PublishResult.CREATED)
    check = pull.check("hotfix")
    assert (check["status"], check["conclusion"]) == ("completed", "action_required")
    assert check["external_id"].startswith(f"pr={pull.number};policy={acme.shop.sha('main')};")

    asked, _ = pull.requested()
    assert len(asked) == 1
    assert asked[0] in {acme.lead.login, acme.lead2.login}
    assert "the App requests the review now; it is due 10m later" in check["output"]["summary"]
    assert "--add-reviewer" not in check["output"]["summary"]
    {user.login: user for user in (acme.lead, acme.lead2)}[asked[0]].review(pull, "APPROVE")
    outcome = service.evaluate(pull)
    assert (outcome.verdict.conclusion, outcome.published) == (Conclusion.PASS, PublishResult.UPDATED)
    check = pull.check("hotfix")
    assert check["conclusion"] == "success"
    assert check["output"]["title"] == "All 13 rules pass"
    # GitHub's answers don't contain the buttons of a check run, so the test reads the request.
    written = [
        call.request for call in service.calls() if call.method in ("POST", "PATCH") and "/check-runs" in call.path
    ]
    assert [[action["identifier"] for action in body["actions"]] for body in written] == [["recheck"], ["recheck"]]


def test_an_approval_ends_with_a_new_push(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    acme.lead.review(pull, "APPROVE")
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PASS
    sha = acme.shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message=GOOD_MESSAGE, author=acme.dev)
    outcome = service.evaluate(pull, expect_sha=sha)
    assert outcome.verdict.head_sha == sha
    assert "review" in {j.rule for j in outcome.verdict.findings if j.status == "pending"}


@pytest.mark.parametrize("how", ["edited", "its base was merged and deleted"])
def test_an_approval_ends_with_a_change_of_the_base(service: Service, acme: Any, how: str) -> None:
    """GitHub changes the base automatically if the branch was merged and deleted."""
    acme.shop.commit("release/1.2", {"src/other.py": "y = 1\n"}, at="main", author=acme.dev)
    release = acme.dev.open_pull(acme.shop, head="release/1.2", title="Release 1.2")
    pull = acme.hotfix(base="release/1.2")
    acme.lead.review(pull, "APPROVE")
    service.github.clock.advance(60)
    if how == "edited":
        acme.dev.edit_pull(pull, base="main")
    else:
        acme.admin.merge(release)
        acme.shop.delete_branch("release/1.2", acme.admin)
    service.github.clock.advance(60)
    (review,) = (result for result in service.evaluate(pull).verdict.findings if result.rule == "review")
    assert review.status == "pending"
    assert review.finding.details == ("lead approved before the base changed",)


def test_any_other_pull_request_passes(service: Service, acme: Any) -> None:
    """Otherwise the check could not be made a required one."""
    acme.shop.commit("feature", {"src/cart.py": "y = 1\n"}, at="main", author=acme.dev)
    pull = acme.dev.open_pull(acme.shop, head="feature", title="Feature")
    outcome = service.evaluate(pull, likely=False, expect_sha=pull.head_sha)
    assert (outcome.verdict.kind, outcome.verdict.conclusion) == (VerdictKind.NOT_A_HOTFIX, Conclusion.PASS)
    assert pull.check("hotfix")["conclusion"] == "success"
    assert pull.check("hotfix")["output"]["title"] == "not a hotfix"
    service.github.forget()
    again = service.evaluate(pull)
    assert (again.published, again.calls) == (PublishResult.UNCHANGED, 1)


def test_a_hotfix_branch_without_the_label_fails(service: Service, acme: Any) -> None:
    pull = acme.hotfix(labels=[])
    outcome = service.evaluate(pull)
    assert outcome.verdict.kind is VerdictKind.MISSING_LABEL
    check = pull.check("hotfix")
    assert check["conclusion"] == "failure"
    assert f"**Who must act:** **{acme.dev.login}**, the author of #{pull.number}" in check["output"]["summary"]
    acme.dev.label(pull, "hotfix")
    assert service.evaluate(pull).verdict.kind is VerdictKind.HOTFIX


def test_nothing_is_written_twice(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.evaluate(pull)
    service.evaluate(pull)
    service.github.forget()
    outcome = service.evaluate(pull)
    assert outcome.published is PublishResult.UNCHANGED
    assert [call for call in service.calls() if call.method != "GET" and call.path != "/graphql"] == []
    assert len(pull.checks("hotfix")) == 1


def test_an_evaluation_without_publishing_leaves_no_trace(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    outcome = service.evaluate(pull, publish=False)
    assert (outcome.published, outcome.verdict.kind) == (PublishResult.NONE, VerdictKind.HOTFIX)
    assert pull.check("hotfix") is None
    assert pull.requested() == ([], [])


def test_a_warm_verdict_takes_four_calls_in_two_round_trips(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    service.warm(pull)
    sha = acme.shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message=GOOD_MESSAGE, author=acme.dev)
    service.github.forget()
    outcome = service.evaluate_side_by_side(pull, 3, expect_sha=sha)
    assert outcome.published is PublishResult.CREATED
    assert len(service.calls()) == 4
    assert (outcome.calls, outcome.round_trips) == (4, 2)


def test_a_changed_manifest_takes_one_more_round_trip(service: Service, acme: Any) -> None:
    """It also takes one more call."""
    pull = acme.hotfix()
    acme.shop.commit("hotfix/cart", {"package.json": '{"name": "shop", "dependencies": {}}\n'}, author=acme.dev)
    service.warm(pull)
    service.warm(pull)
    sha = acme.shop.commit("hotfix/cart", {"package.json": '{"name": "shop", "version": "2"}\n'}, author=acme.dev)
    service.github.forget()
    outcome = service.evaluate_side_by_side(pull, 3, expect_sha=sha)
    assert (outcome.calls, outcome.round_trips) == (5, 3)
    assert len(service.calls()) == 5


def test_the_first_verdict_of_all_takes_few_round_trips_too(service: Service, acme: Any) -> None:
    outcome = service.evaluate(acme.hotfix())
    assert outcome.round_trips <= 6  # token, query, compares and people, second query, write


def test_a_lost_webhook_about_the_policy_makes_no_stale_verdict(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    acme.shop.commit("main", {".github/hotfix.yml": POLICY.replace("label: hotfix", "label: urgent")})
    assert service.evaluate(pull).verdict.kind is VerdictKind.MISSING_LABEL


def test_a_lost_webhook_about_production_makes_no_stale_verdict(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    acme.shop.tag("v1.3.0", at="main")
    acme.dev.deploy(acme.shop, "v1.3.0")
    outcome = service.evaluate(pull)
    assert outcome.verdict.production is not None
    assert outcome.verdict.production.tag == "v1.3.0"
    assert "branch" in outcome.verdict.failed_rules


def test_without_a_policy_the_owners_or_else_the_defaults_hold(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    acme.shop.commit("main", {".github/hotfix.yml": None})
    assert service.evaluate(pull, publish=False).verdict.policy_source == "built-in defaults"
    owners = acme.github.create_repo("acme/.github", files={".github/hotfix.yml": "label: other\n"}, owner=acme.dev)
    outcome = service.evaluate(pull, publish=False)
    assert outcome.verdict.policy_source == f"acme/.github@{owners.sha('main')}:.github/hotfix.yml"
    assert outcome.verdict.kind is VerdictKind.MISSING_LABEL


def test_two_pull_requests_with_one_head_share_the_worst_verdict(service: Service, acme: Any) -> None:
    acme.shop.branch("develop", at="main")
    first = acme.hotfix()
    acme.lead.review(first, "APPROVE")
    service.evaluate(first)
    assert first.check("hotfix")["conclusion"] == "success"
    second = acme.dev.open_pull(acme.shop, head="hotfix/cart", base="develop", title="cart", labels=["hotfix"])
    outcome = service.evaluate(second)
    assert outcome.verdict.pull == second.number
    check = first.check("hotfix")
    assert check["conclusion"] == "failure"
    assert check["external_id"].startswith(f"pr={first.number},{second.number};")
    assert "They share this check, which shows the worst result" in check["output"]["summary"]
    service.evaluate(first)  # requesting a review starts the pull request's clock
    assert service.evaluate(first).published is PublishResult.UNCHANGED
    assert service.evaluate(second).published is PublishResult.UNCHANGED
    assert len(first.checks("hotfix")) == 1
    acme.dev.close(second)
    service.evaluate(first)
    assert first.check("hotfix")["conclusion"] == "success"


def test_a_fork_counts_as_a_branch_even_when_it_is_deleted(service: Service, acme: Any) -> None:
    stranger = acme.github.create_user("stranger")
    fork = stranger.fork(acme.shop)
    fork.commit("hotfix/cart", {"src/cart.py": "x = 2\n"}, at="v1.2.3", message=GOOD_MESSAGE, author=stranger)
    pull = stranger.open_pull(acme.shop, head="stranger:hotfix/cart", title="HOTFIX: cart", body=GOOD_BODY)
    acme.dev.label(pull, "hotfix")
    found = service.gather(pull)
    assert found.pull.head_repo == "stranger/shop"
    assert found.facts is not None
    assert [commit.author.login for commit in found.facts.commits] == ["stranger"]
    fork.delete()
    found = service.gather(pull)
    assert (found.pull.head_repo, found.facts is not None) == (None, True)
    assert service.evaluate(pull).published is PublishResult.CREATED


def test_a_deleted_author_has_no_login(service: Service, acme: Any) -> None:
    leaver = acme.github.create_user("leaver")
    acme.shop.add_collaborator(leaver, "push")
    acme.shop.commit("hotfix/x", {"src/cart.py": "x = 2\n"}, at="v1.2.3", message=GOOD_MESSAGE, author=leaver)
    pull = leaver.open_pull(acme.shop, head="hotfix/x", title="HOTFIX: x", body=GOOD_BODY)
    acme.dev.label(pull, "hotfix")
    acme.github.delete_user(leaver)
    found = service.gather(pull)
    assert found.pull.author is None
    assert service.evaluate(pull).published is PublishResult.CREATED


@pytest.mark.parametrize("ruleset", [False, True])
def test_a_required_check_that_never_reported_is_seen(service: Service, acme: Any, ruleset: bool) -> None:
    acme.shop.protect("main", required_checks=("hotfix", "build", "lint"), ruleset=ruleset)
    pull = acme.hotfix()
    service.evaluate(pull)
    acme.shop.set_check(pull.head_sha, "lint", "success")
    found = service.gather(pull).pull.checks
    assert {check.name: (check.state, check.required) for check in found} == {
        "lint": (CheckState.PASSED, True),
        "build": (CheckState.EXPECTED, True),
    }, "of ours there is no need to speak"


def test_what_is_not_there_is_said_so(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    pull.number += 100
    with pytest.raises(NotFound, match=f"no pull request #{pull.number}"):
        service.evaluate(pull)


def test_no_verdict_shows_as_in_progress_and_never_as_a_pass(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    acme.lead.review(pull, "APPROVE")
    service.evaluate(pull)
    assert pull.check("hotfix")["conclusion"] == "success"
    sha = pull.head_sha
    publish_unknown(service.client, "acme/shop", pull.number, sha, "GitHub is down.", None, now=service.now)
    check = pull.check("hotfix")
    assert (check["status"], check["conclusion"]) == ("in_progress", None)
    service.evaluate(pull)
    assert pull.check("hotfix")["conclusion"] == "success"
    assert len(pull.checks("hotfix")) == 1


def test_many_annotations_take_several_requests(service: Service, acme: Any) -> None:
    before = "".join(f"def f{i}( ):\n    return {i}\n\n\n" for i in range(70))
    after = "".join(f"def f{i}():\n    return {i}\n\n\n" for i in range(70))
    acme.shop.commit("main", {"src/many.py": before})
    acme.shop.tag("v1.2.5", at="main")
    acme.dev.deploy(acme.shop, "v1.2.5")
    acme.shop.commit("hotfix/many", {"src/many.py": after}, at="v1.2.5", message=GOOD_MESSAGE, author=acme.dev)
    pull = acme.dev.open_pull(acme.shop, head="hotfix/many", title="HOTFIX: x", body="", labels=["hotfix"])
    service.evaluate(pull)
    check = pull.check("hotfix")
    assert check["output"]["annotations_count"] > 50


def test_no_review_is_requested_on_a_draft(service: Service, acme: Any) -> None:
    pull = acme.hotfix(draft=True)
    outcome = service.evaluate(pull)
    assert outcome.published is PublishResult.CREATED
    assert pull.requested() == ([], [])


def test_one_tech_lead_is_asked_and_others_are_not_bothered(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    acme.dev.request_review(pull, users=[acme.lead, acme.other])
    service.evaluate(pull)
    assert pull.requested() == ([acme.lead.login], [])
    found = service.gather(pull)
    assert found.pull.review_requested_at is not None


def test_another_severity_of_the_incident_is_shown(service: Service, acme: Any) -> None:
    """The incident's label comes with the query; a token that may not read issues leaves only this out."""
    issue = acme.dev.report(acme.shop, "Checkout fails", "", labels=["incident", "priority:critical"])
    message, body = (text.replace("#7", f"#{issue.number}").replace("P0", "P1") for text in (GOOD_MESSAGE, GOOD_BODY))
    pull = acme.hotfix(message=message, body=body)
    acme.lead.review(pull, "APPROVE")
    outcome = service.evaluate(pull)
    assert outcome.verdict.conclusion is Conclusion.PASS
    said = f", although incident #{issue.number} says P0"
    assert said in pull.check("hotfix")["output"]["summary"]
    granted = dict.fromkeys(("checks", "contents", "deployments", "metadata", "pull_requests", "statuses"), "read")
    client = service.app.as_user(acme.installation.token(permissions=granted))
    outcome = service.evaluate(pull, client=client, publish=False)
    assert outcome.verdict.conclusion is Conclusion.PASS
    assert outcome.read.pull.incidents == ()


def life_details(service: Service, acme: Any, pull: Any) -> HotfixPull:
    """Return the pull request as the incident's reading shows it."""
    head, number = pull.head_sha, pull.number
    variables = {"number": number, "head": head, "spec": f"{head}:spec.md", "app": acme.app.id}
    answer = repository_queries.ask(service.client, "acme/shop", life_queries.PULL, **variables)
    shown = pull_parts.pull_details(answer, "acme/shop", acme.app.id, ())
    assert shown is not None
    return shown


def test_when_the_head_could_be_reviewed_is_read(service: Service, acme: Any, github: Any) -> None:
    """The evaluation and the incident read the same: when the draft ended, the last push, the last round's request."""
    pull = acme.hotfix(draft=True)
    acme.dev.request_review(pull, users=[acme.lead])
    github.clock.advance(600)
    acme.dev.ready_for_review(pull)
    acme.lead.review(pull, "REQUEST_CHANGES")
    github.clock.advance(600)
    acme.shop.commit(pull.head_ref, {"src/app.py": "fixed = 2\n"}, message=GOOD_MESSAGE, author=acme.dev)
    service.evaluate(pull)
    found, shown = service.gather(pull).pull, life_details(service, acme, pull)
    assert found.ready_at
    assert found.head_pushed_at
    assert found.review_requested_at
    assert (shown.ready_at, shown.head_pushed_at) == (found.ready_at, found.head_pushed_at)
    assert shown.changed_at is None
    acme.dev.edit_pull(pull, body=f"{GOOD_BODY}\n")
    edited = service.gather(pull).pull.body_edited_at
    assert edited
    assert life_details(service, acme, pull).changed_at == edited
    assert (found.head_pushed_at - found.ready_at) // timedelta(minutes=1) == 10
    assert found.review_requested_at >= found.head_pushed_at


def test_a_review_may_be_requested_from_a_bot(service: Service, acme: Any) -> None:
    """Many repositories automatically request a review from Copilot. It is not required, and the request stays."""
    pull = acme.hotfix()
    bot = f"{acme.app.slug}[bot]"
    acme.dev.request_review(pull, users=[bot, acme.lead])
    found = service.gather(pull)
    assert found.pull.requested_reviewers == (acme.lead.login,)
    assert found.pull.review_requested_at is not None
    shown = life_details(service, acme, pull)
    assert [each.who for each in shown.asked] == list(shown.requested) == [acme.lead.login]
    assert service.evaluate(pull).published is PublishResult.CREATED
    assert pull.requested() == ([bot, acme.lead.login], [])


def test_a_closed_pull_request_gets_no_check(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    acme.dev.close(pull)
    assert service.evaluate(pull).published is PublishResult.NONE
    assert pull.check("hotfix") is None
