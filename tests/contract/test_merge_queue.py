"""In a merge queue, all pull requests of a group are evaluated again, on the group's head."""

from __future__ import annotations

from typing import Any

from hotfix.github.evaluation import EvaluationOutcome, EvaluationRequest, PublishResult, evaluate_pull_request
from tests.contract.conftest import Service


def judge_in_queue(service: Service, acme: Any, pull: Any, group: str) -> EvaluationOutcome:
    found = [name for name, sha in acme.shop.refs().items() if sha == group]
    request = EvaluationRequest(
        client=service.client, caches=service.caches, repo="acme/shop", number=pull.number, now=service.now,
        target=group, group_ref=found[0],
    )  # fmt: skip
    return evaluate_pull_request(request)


def test_a_merge_queue_evaluates_it_on_the_groups_head(service: Service, acme: Any) -> None:
    acme.shop.protect("main", required_checks=("hotfix",), merge_queue=True)
    pull = acme.hotfix()
    acme.lead.review(pull, "APPROVE")
    service.evaluate(pull)
    group = acme.dev.enqueue(pull)
    service.github.forget()
    outcome = judge_in_queue(service, acme, pull, group)
    assert outcome.published is PublishResult.CREATED
    assert (outcome.calls, outcome.round_trips) == (4, 2)
    assert acme.shop.check(group, "hotfix")["conclusion"] == "success"
    assert judge_in_queue(service, acme, pull, group).published is PublishResult.UNCHANGED


def test_a_merge_group_gets_its_worst_verdict(service: Service, acme: Any) -> None:
    """The group's verdict is the worst verdict of its pull requests."""
    acme.shop.protect("main", required_checks=("hotfix",), merge_queue=True)
    hotfix = acme.hotfix()
    acme.lead.review(hotfix, "APPROVE")
    service.evaluate(hotfix)
    acme.shop.commit("feature", {"src/feature.py": "y = 1\n"}, at="main", author=acme.dev)
    feature = acme.dev.open_pull(acme.shop, head="feature", title="Feature")
    first, second = acme.dev.enqueue(hotfix), acme.dev.enqueue(feature)
    judge_in_queue(service, acme, feature, second)
    assert acme.shop.check(second, "hotfix")["conclusion"] == "success"
    acme.shop.tag("v1.3.0", at="main")
    acme.admin.deploy(acme.shop, "v1.3.0", "production", "success")
    judge_in_queue(service, acme, feature, second)
    said = acme.shop.check(second, "hotfix")
    assert said["conclusion"] == "failure", "merging the last of a group merges those before it"
    assert "This merge group holds" in said["output"]["summary"]
    judge_in_queue(service, acme, hotfix, first)
    assert acme.shop.check(first, "hotfix")["conclusion"] == "failure"
    assert "This merge group" not in acme.shop.check(first, "hotfix")["output"]["summary"]
