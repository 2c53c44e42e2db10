"""Less common events and unusual pull requests, through the real service."""

from __future__ import annotations

from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG
from tests.github.server.world import DEFAULT_PERMISSIONS
from tests.service.conftest import House, concludes, conclusion, output
from tests.service.running import Service, eventually


def verdicts(service: Service, repo: str) -> int:
    return len([line for line in service.lines("verdict") if line["repo"] == repo])


def test_a_merge_queue_gets_a_verdict_of_its_own(house: House, service: Service) -> None:
    shop = house.shop()
    shop.protect("main", required_checks=("hotfix",), merge_queue=True)
    pull = house.hotfix(shop)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    group = house.dev.enqueue(pull)
    eventually(lambda: (shop.check(group, "hotfix") or {}).get("conclusion") == "success", "a verdict on the group")


def test_a_forks_events_name_no_pull_request(house: House, service: Service) -> None:
    """GitHub's events for a fork's branch name no pull request; it is evaluated nevertheless, also on Re-run."""
    shop = house.shop()
    guest = house.github.create_user(f"guest-{shop.name}")
    fork = guest.fork(shop)
    fork.branch("hotfix/cart", at=TAG)
    fork.commit("hotfix/cart", FIX, message=GOOD_MESSAGE, author=guest)
    pull = guest.open_pull(
        shop, head=f"{guest.login}:hotfix/cart", base="main", title=GOOD_TITLE, body=GOOD_BODY, labels=[]
    )
    house.dev.label(pull, "hotfix", "priority:critical")
    concludes(pull, with_="action_required")
    service.settle(house.github)
    before = verdicts(service, shop.full_name)
    check = pull.check("hotfix")
    assert check is not None
    house.dev.rerequest(shop, check["id"])
    eventually(lambda: verdicts(service, shop.full_name) > before, "another verdict")
    fork.delete()
    house.dev.comment(pull, "/hotfix recheck")
    eventually(lambda: verdicts(service, shop.full_name) > before + 1, "a verdict without the fork")


def test_two_pull_requests_with_one_head_share_the_worse_verdict(house: House, service: Service) -> None:
    shop = house.shop()
    good = house.hotfix(shop)
    house.lead.review(good, "APPROVE")
    concludes(good, with_="success")
    shop.branch("release", at="main")
    bad = house.dev.open_pull(
        shop, head="hotfix/cart", base="release", title="HOTFIX: again", body="", labels=["hotfix"]
    )
    concludes(bad, with_="failure")
    house.dev.close(bad)
    concludes(good, with_="success")


def test_a_shared_head_passes_when_the_hotfix_is_closed(house: House, service: Service) -> None:
    """Until then, another pull request with the same head is a hotfix by its label, and the shared check fails."""
    shop = house.shop({".github/hotfix.yml": "label: urgent\n"})
    shop.branch("release", at="main")
    shop.commit("patch/cart", {"src/cart.py": "x = 2\n"}, at=TAG, author=house.dev)
    plain = house.dev.open_pull(shop, head="patch/cart", base="main", title="Patch")
    concludes(plain, with_="success")
    urgent = house.dev.open_pull(shop, head="patch/cart", base="release", title="Patch", labels=["urgent"])
    concludes(plain, with_="failure")
    house.dev.close(urgent)
    concludes(plain, with_="success")


def test_a_draft_is_evaluated_as_any_other(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    house.dev.convert_to_draft(pull)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")


def test_the_button_on_the_check_evaluates_again(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    service.settle(house.github)
    before = verdicts(service, pull.repo.full_name)
    check = pull.check("hotfix")
    assert check is not None
    house.dev.press(pull.repo, check["id"], "recheck")
    eventually(lambda: verdicts(service, pull.repo.full_name) > before, "another verdict")


def test_a_deployment_evaluates_open_hotfixes_again(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    shop.tag("v1.3.0", at="main")
    house.dev.deploy(shop, "v1.3.0", "production", "success")
    concludes(pull, with_="failure")


def test_a_failed_check_of_others_shows_in_the_verdict(house: House, service: Service) -> None:
    shop = house.shop()
    shop.protect("main", required_checks=("ci", "hotfix"))
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    service.settle(house.github)
    before = verdicts(service, shop.full_name)
    shop.set_check(pull.head_sha, "ci", "failure")
    eventually(lambda: verdicts(service, shop.full_name) > before, "another verdict")


def test_people_who_leave_the_team_lead_no_more(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    second = house.github.create_user(f"second-{pull.repo.name}")
    pull.repo.add_collaborator(second, "maintain")
    team = house.leads
    team.add(second)
    house.lead.review(pull, "COMMENT", "hm")
    second.review(pull, "APPROVE")
    concludes(pull, with_="success")
    team.remove(second)
    house.github.settle()
    house.dev.comment(pull, "/hotfix recheck")
    concludes(pull, with_="action_required")


def test_people_who_leave_a_child_team_lead_no_more(house: House, service: Service) -> None:
    """Members of a child team count as members of the named team."""
    pull = house.hotfix(house.shop())
    below = house.org.create_team(f"below-{pull.repo.name}", parent=house.leads)
    second = house.github.create_user(f"below-{pull.repo.name}")
    pull.repo.add_collaborator(second, "push")
    below.add(second)
    house.lead.review(pull, "COMMENT", "hm")
    second.review(pull, "APPROVE")
    concludes(pull, with_="success")
    below.remove(second)
    house.github.settle()
    house.dev.comment(pull, "/hotfix recheck")
    concludes(pull, with_="action_required")


def test_a_broken_policy_fails_hotfixes_with_the_line(house: House, service: Service) -> None:
    shop = house.shop({".github/hotfix.yml": "label: hotfix\nlable: x\n"})
    pull = house.hotfix(shop)
    concludes(pull, with_="failure")
    assert "lable" in output(pull)["summary"]


def test_hotfixes_open_before_the_installation_are_evaluated(house: House, service: Service) -> None:
    org = house.github.create_org(f"late-{house.shop().name}")
    org.add_member(house.dev)
    shop = house.github.create_repo(f"{org.login}/shop", files={"src/cart.py": "x = 1\n"}, owner=house.dev)
    shop.tag(TAG)
    shop.branch("hotfix/cart", at=TAG)
    shop.commit("hotfix/cart", {"src/cart.py": "x = 2\n"}, author=house.dev)
    pull = house.dev.open_pull(shop, head="hotfix/cart", base="main", title="HOTFIX: x", labels=["hotfix"])
    house.github.settle()
    assert conclusion(pull) is None
    house.github.install(house.app, org.login)
    concludes(pull, with_="failure")


def test_what_the_app_may_not_read_is_not_a_pass(house: House, service: Service) -> None:
    """The check says what could not be read."""
    org = house.github.create_org(f"shy-{house.shop().name}")
    org.add_member(house.dev)
    installation = house.github.install(house.app, org.login)
    shop = house.github.create_repo(f"{org.login}/shop", files={"src/cart.py": "x = 1\n"}, owner=house.dev)
    shop.commit("feature", {"src/cart.py": "x = 2\n"}, at="main", author=house.dev)
    pull = house.dev.open_pull(shop, head="feature", base="main", title="Feature")
    concludes(pull, with_="success")
    installation.accept({name: level for name, level in DEFAULT_PERMISSIONS.items() if name != "contents"})
    house.dev.label(pull, "hotfix")
    eventually(lambda: (pull.check("hotfix") or {}).get("status") == "in_progress", "the check to take its pass back")
    eventually(lambda: "does not permit" in output(pull)["summary"], "the reason")
