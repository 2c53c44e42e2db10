"""A deployment that the App protects is approved, rejected, or held until the verdict is known."""

from __future__ import annotations

import pytest

from tests.service.conftest import House, concludes
from tests.service.evaluation.held_deployments import answered, answers, passing, protected, report, request
from tests.service.running import Service, eventually


def test_it_is_held_for_review_and_staging_then_approved(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    concludes(pull, with_="action_required")
    run = request(house, pull)
    report(pull, run, "review")
    house.lead.review(pull, "APPROVE")
    report(pull, run, "staging")
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    assert "pass" in answered(pull, run, "approved")
    assert len(answers(pull, run)) == 3, "it reports only what changed"


def test_a_failed_verdict_rejects(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house), labels=())
    concludes(pull, with_="failure")
    answered(pull, request(house, pull), "rejected")


def test_a_verdict_that_fails_later_rejects_what_is_held(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    run = request(house, pull)
    report(pull, run, "review")
    house.lead.review(pull, "REQUEST_CHANGES", "no")
    answered(pull, run, "rejected")


def test_a_closed_pull_request_rejects_what_is_held(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    run = request(house, pull)
    report(pull, run, "review")
    house.dev.close(pull)
    answered(pull, run, "rejected", skipping=house)


def test_the_policy_names_the_staging_environment(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house, {".github/hotfix.yml": "production: {staging: qa}\n"}))
    passing(house, pull)
    run = request(house, pull)
    report(pull, run, "qa")
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    house.dev.deploy(pull.repo, pull.head_sha, "qa", "failure")
    service.settle(house.github)
    assert not [each for each in answers(pull, run) if each["state"]]
    house.dev.deploy(pull.repo, pull.head_sha, "qa", "success")
    answered(pull, run, "approved")


def test_staging_itself_needs_only_the_verdict(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    passing(house, pull)
    answered(pull, request(house, pull, "staging"), "approved")


@pytest.mark.parametrize("what", ["main", "group"])
def test_only_a_pull_request_s_own_head_is_a_ground(house: House, service: Service, what: str) -> None:
    """A merge group's pass applies to the queue only, and a commit of a branch was never evaluated."""
    shop = protected(house)
    shop.protect("main", required_checks=("hotfix",), merge_queue=True)
    pull = house.hotfix(shop)
    passing(house, pull)
    sha = shop.sha("main")
    if what == "group":
        sha = house.dev.enqueue(pull)
        eventually(lambda: (shop.check(sha, "hotfix") or {}).get("conclusion") == "success", "the group's verdict")
    assert "not the head" in answered(pull, request(house, pull, sha=sha), "rejected", skipping=house)


def test_it_is_evaluated_afresh(house: House, service: Service) -> None:
    """After an approval is withdrawn, the deployment is held even if the check run still passes."""
    pull = house.hotfix(protected(house))
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    house.github.settle()
    house.github.webhooks.lose(event="pull_request_review")
    house.lead.dismiss_review(pull, pull.reviews()[-1]["id"], "wait")
    assert (pull.check("hotfix") or {})["conclusion"] == "success"
    report(pull, request(house, pull), "review")
