"""From a webhook to the check run, through the real service."""

from __future__ import annotations

from tests.service.conftest import House, concludes, conclusion, output
from tests.service.running import Service, eventually


def test_a_sound_hotfix_waits_for_its_tech_lead_and_passes_with_the_approval(house: House, service: Service) -> None:
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


def test_the_label_makes_it_a_hotfix_and_its_absence_on_a_hotfix_branch_fails(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop(), labels=())
    concludes(pull, with_="failure")
    assert "without the hotfix label" in output(pull)["title"]
    house.dev.label(pull, "hotfix")
    concludes(pull, with_="action_required")


def test_the_re_run_button_judges_again(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    before = len(service.lines("verdict"))
    house.dev.rerequest(pull.repo, (pull.check("hotfix") or {})["id"])
    eventually(lambda: len(service.lines("verdict")) > before, "another verdict")


def test_a_newer_production_tag_fails_open_hotfixes(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    shop.tag("v1.3.0", at="main")
    concludes(pull, with_="failure")


def test_a_changed_policy_judges_open_hotfixes_again(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    shop.commit("main", {".github/hotfix.yml": "rules:\n  size: {max_lines: 1}\n"}, author=house.dev)
    concludes(pull, with_="failure")


def test_our_own_acts_call_for_nothing(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    house.github.settle()
    eventually(service.idle, "the service to be idle")
    verdicts = [line for line in service.lines("verdict") if line["repo"] == pull.repo.full_name]
    assert conclusion(pull) == "action_required"
    assert len(verdicts) <= 3, "the check run and the review request that the service wrote were judged again"
