"""A hotfix that runs in production is evaluated against the version before it."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.github.evaluation import PublishResult
from hotfix.text.durations import moment
from hotfix.verdict import Conclusion
from tests.contract.conftest import Service
from tests.github.acme import GOOD_MESSAGE, POLICY


def test_a_hotfix_stays_green_until_it_is_merged(service: Service, acme: Any) -> None:
    """It also passes while it is being deployed."""
    pull = acme.hotfix()
    acme.lead.review(pull, "APPROVE")
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PASS
    tag, sha = "v1.2.4-hotfix.1", pull.head_sha

    acme.shop.tag(tag, at=sha)
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PASS
    acme.admin.deploy(acme.shop, tag, "staging", "success")
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PASS
    acme.admin.deployment_status(acme.shop, acme.admin.deploy(acme.shop, "main", state="queued")["id"], "inactive")
    acme.admin.deploy(acme.shop, tag)
    acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")
    shipped = service.evaluate(pull).verdict
    assert (shipped.conclusion, shipped.failed_rules) == (Conclusion.PASS, ())
    assert shipped.production is not None
    assert (shipped.production.tag, shipped.production.shipped_as) == ("v1.2.3", tag)
    assert pull.check("hotfix")["conclusion"] == "success"
    said = pull.check("hotfix")["output"]["summary"]
    link = f"[`{tag}`]({service.github.url}/acme/shop/releases/tag/{tag})"
    assert shipped.production.shipped_at is not None
    assert f"In production as {link} since {moment(shipped.production.shipped_at)}\n" in said
    again = service.evaluate(pull)
    assert again.published is PublishResult.UNCHANGED, "from what is cached it says the same"
    assert "against `v1.2.3`, which ran before" in said

    acme.shop.tag("v1.2.4", at=sha)
    acme.admin.deploy(acme.shop, "v1.2.4")
    service.github.forget()
    outcome = service.evaluate_side_by_side(pull, 3)
    assert (outcome.verdict.conclusion, outcome.published) == (Conclusion.PASS, PublishResult.UPDATED)
    assert (outcome.calls, outcome.round_trips) == (4, 2)


@pytest.mark.parametrize("workflow", [None, "ship.yml"])
def test_a_stopped_canary_is_not_ready_to_ship(service: Service, acme: Any, workflow: str | None) -> None:
    """The rules still pass, but the deployment failed: before it succeeded, or after, when it was rolled back."""
    if workflow:
        acme.shop.commit("main", {".github/hotfix.yml": f"{POLICY}deploy: {{workflow: {workflow}}}\n"})
    pull, tag = acme.hotfix(), "v1.2.4-hotfix.1"
    acme.lead.review(pull, "APPROVE")
    acme.shop.tag(tag, at=pull.head_sha)
    made = acme.admin.deploy(acme.shop, tag, state="in_progress")
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PASS
    assert "Ready to ship" in pull.check("hotfix")["output"]["summary"]
    for state, why in (("failure", "its deployment to production failed at"), ("success", ""), ("failure", "it ran")):
        acme.admin.deployment_status(acme.shop, made["id"], state)
        if state == "success":
            continue
        if why == "it ran":
            acme.admin.deploy(acme.shop, "v1.2.3")
        outcome = service.evaluate(pull)
        assert (outcome.verdict.conclusion, outcome.published) == (Conclusion.PASS, PublishResult.UPDATED)
        said = pull.check("hotfix")["output"]["summary"]
        assert said.startswith(f"### ✅ Every rule passes, but {why}")
        assert "find out why before it is shipped again" in said
        assert "shipped automatically" not in said
        assert "Ready to ship" not in said
        assert service.evaluate(pull).published is PublishResult.UNCHANGED


def test_each_shipped_hotfix_has_a_baseline_of_its_own(service: Service, acme: Any) -> None:
    first, tag = acme.hotfix(), "v1.2.4-hotfix.1"
    other = acme.hotfix(branch="hotfix/other", message="hotfix: fix another thing")
    acme.shop.tag(tag, at=first.head_sha)
    acme.admin.deploy(acme.shop, tag)
    assert service.evaluate(first).verdict.failed_rules == ()
    assert service.evaluate(first).verdict.failed_rules == ()
    evaluated = service.evaluate(other).verdict
    assert "branch" in evaluated.failed_rules
    assert evaluated.production is not None
    assert (evaluated.production.tag, evaluated.production.shipped_as) == (tag, "")


def test_a_later_hotfix_that_holds_this_one_leaves_it_green(service: Service, acme: Any) -> None:
    """The later hotfix runs in production and contains this one."""
    first = acme.hotfix()
    acme.shop.tag("v1.2.4-hotfix.1", at=first.head_sha)
    acme.admin.deploy(acme.shop, "v1.2.4-hotfix.1")
    acme.shop.branch("hotfix/next", at=first.head_sha)
    acme.shop.commit("hotfix/next", {"src/cart.py": "z = 9\n"}, message=GOOD_MESSAGE, author=acme.dev)
    acme.shop.tag("v1.2.4-hotfix.2", at="hotfix/next")
    acme.admin.deploy(acme.shop, "v1.2.4-hotfix.2")
    for calls in (17, 4):
        evaluated = service.evaluate(first)
        assert evaluated.verdict.failed_rules == ()
        assert evaluated.verdict.production is not None
        assert (evaluated.verdict.production.tag, evaluated.verdict.production.shipped_as) == (
            "v1.2.3",
            "v1.2.4-hotfix.2",
        )
        assert evaluated.calls <= calls
    assert evaluated.round_trips <= 2


@pytest.mark.parametrize("release", [True, False])
def test_a_shipped_hotfix_without_deployments_has_its_baseline(service: Service, acme: Any, release: bool) -> None:
    """It is evaluated against the version before it."""
    acme.shop.commit("main", {".github/hotfix.yml": POLICY.replace("environment: production", "environment: live")})
    pull = acme.hotfix()
    acme.shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    if release:
        acme.shop.release("v1.2.4-hotfix.1")
    for _ in range(2):
        evaluated = service.evaluate(pull)
        assert evaluated.verdict.failed_rules == ()
        assert evaluated.verdict.production is not None
        assert (evaluated.verdict.production.tag, evaluated.verdict.production.shipped_as) == (
            "v1.2.3",
            "v1.2.4-hotfix.1",
        )
    assert evaluated.round_trips <= 2
