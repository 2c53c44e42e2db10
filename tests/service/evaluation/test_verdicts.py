"""From a webhook to the check run, through the real service."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.github import Repo
from tests.github.acme import GOOD_BODY, TAG
from tests.service.conftest import House, concludes, conclusion, output
from tests.service.evaluation.test_events import verdicts
from tests.service.running import Service, eventually


def test_a_sound_hotfix_passes_with_its_approval(house: House, service: Service) -> None:
    """It stays pending until a tech lead approves."""
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")


def test_a_push_takes_the_approval_back(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message="more", author=house.dev)
    concludes(pull, with_="failure")


def test_any_other_pull_request_gets_a_success(house: House, service: Service) -> None:
    shop = house.shop()
    shop.branch("feature/a", at="main")
    shop.commit("feature/a", {"a.py": "1\n"}, author=house.dev)
    pull = house.dev.open_pull(shop, head="feature/a", base="main", title="A feature")
    concludes(pull, with_="success")
    assert "not a hotfix" in output(pull)["title"]


def test_the_label_makes_it_a_hotfix(house: House, service: Service) -> None:
    """A pull request from a hotfix branch without the label fails."""
    pull = house.hotfix(house.shop(), labels=())
    concludes(pull, with_="failure")
    assert "without the label hotfix" in output(pull)["title"]
    house.dev.label(pull, "hotfix")
    concludes(pull, with_="action_required")


def test_the_re_run_button_evaluates_again(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    service.settle(house.github)
    before = verdicts(service, pull.repo.full_name)
    house.dev.rerequest(pull.repo, (pull.check("hotfix") or {})["id"])
    eventually(lambda: verdicts(service, pull.repo.full_name) > before, "another verdict")


def test_a_newer_production_tag_fails_open_hotfixes(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    shop.tag("v1.3.0", at="main")
    concludes(pull, with_="failure")


def test_a_tag_pushed_during_the_first_evaluation_counts(house: House, service: Service) -> None:
    """The pull request is not on record as a hotfix yet, and its evaluation has read the tags before the push."""
    shop = house.shop()
    service.settle(house.github)
    written = house.github.faults.add(f"{shop.path}/check-runs", method="POST", hold=True, actor="installation")
    pull = house.hotfix(shop)
    written.wait_for_held()
    shop.tag("v1.3.0", at="main")
    house.github.settle()
    eventually(lambda: not service.is_scheduled(f"fan-out:{shop.full_name}:refs/tags/v1.3.0"), "the tag's event")
    written.remove()
    concludes(pull, with_="failure")


def test_a_changed_policy_evaluates_open_hotfixes_again(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    shop.commit("main", {".github/hotfix.yml": "rules:\n  size: {max_lines: 1}\n"}, author=house.dev)
    concludes(pull, with_="failure")


@pytest.mark.parametrize("policy", ["label: urgent\n", "branches: {head: patch/*}\n"])
def test_a_new_policy_evaluates_what_only_it_calls_a_hotfix(house: House, service: Service, policy: str) -> None:
    shop = house.shop()
    shop.commit("patch/cart", {"src/cart.py": "x = 2\n"}, at=TAG, author=house.dev)
    pull = house.dev.open_pull(shop, head="patch/cart", base="main", title="Patch", labels=["urgent"])
    concludes(pull, with_="success")
    shop.commit("main", {".github/hotfix.yml": policy}, author=house.dev)
    concludes(pull, with_="failure")


def test_the_owners_new_policy_counts_at_once(house: House, service: Service) -> None:
    """Pull requests that are hotfixes only under the new policy are evaluated as well."""
    org = house.github.create_org(f"owner-{house.shop().name}")
    house.github.install(house.app, org.login)
    org.add_member(house.dev)
    shop = house.github.create_repo(f"{org.login}/shop", files={"src/cart.py": "x = 1\n"}, owner=house.dev)
    rules = house.github.create_repo(f"{org.login}/.github", files={"README.md": "hi\n"}, owner=house.dev)
    shop.commit("patch/cart", {"src/cart.py": "x = 2\n"}, at="main", author=house.dev)
    pull = house.dev.open_pull(shop, head="patch/cart", base="main", title="Patch", labels=["urgent"])
    concludes(pull, with_="success")
    rules.commit("main", {".github/hotfix.yml": "label: urgent\n"}, author=house.dev)
    concludes(pull, with_="failure")


def new_policy(house: House, shop: Repo) -> None:
    shop.commit("main", {".github/hotfix.yml": "rules:\n  size: {max_lines: 1}\n"}, author=house.dev)


def new_production(house: House, shop: Repo) -> None:
    shop.tag("v1.3.0", at="main")


@pytest.mark.parametrize("change", [new_policy, new_production])
def test_a_stale_push_is_evaluated_when_it_shows(
    house: House, service: Service, change: Callable[[House, Repo], None]
) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    service.settle(house.github)
    house.github.stale(shop, seconds=3)
    change(house, shop)
    concludes(pull, with_="failure", skipping=house)


def test_the_apps_own_events_enqueue_nothing(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    service.settle(house.github)
    here = [one for one in house.github.deliveries if one.repo == pull.repo.full_name]
    ours = {one.guid: one.action for one in here if one.payload["sender"]["login"] == "hotfix[bot]"}
    assert {"created", "review_requested"} <= set(ours.values())
    causes = {line["delivery"] for line in service.lines("verdict") if line["repo"] == pull.repo.full_name}
    assert conclusion(pull) == "action_required"
    assert causes
    assert not causes & ours.keys(), "the check run and the review request that the service wrote were evaluated again"


def test_an_address_is_of_the_github_that_people_see(house: House, own_service: Callable[..., Service]) -> None:
    """The API's host may differ, such as a proxy's; links and issue URLs must not contain it."""
    own_service(HOTFIX_GITHUB_URL="https://ghe.acme.test")
    shop = house.shop()
    body = GOOD_BODY.replace("#7", f"https://ghe.acme.test/{shop.full_name}/issues/7")
    assert body != GOOD_BODY
    pull = house.hotfix(shop, body=body)
    concludes(pull, with_="action_required")
    assert f"https://ghe.acme.test/{shop.full_name}/" in output(pull)["summary"]
