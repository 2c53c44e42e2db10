"""Mistakes of users and in policies: each is reported, and nothing breaks."""

from __future__ import annotations

from tests.github.acme import POLICY, TAG
from tests.service.conftest import House, concludes
from tests.service.life.test_life import FORM, fix, incident, posts, shows, status
from tests.service.running import Service, eventually


def test_contradicting_fields_are_asked_for(house: House, service: Service) -> None:
    issue = incident(house, house.shop(), FORM.replace("P0", "P0/P1").replace("40 %", "140 %"))
    shown = shows(issue, "stage **declared**", "Users affected exceeds 100 %")
    assert "**commander** must act" in shown.splitlines()[0]
    assert "due by" not in shown.splitlines()[0], "no clock runs without a severity"
    assert not {"priority:critical", "priority:high"} & set(issue.labels)
    house.dev.must("PATCH", issue.path, {"body": FORM.replace("P0", "P1")})
    shows(issue, "**P1 (high)**", "fix in production due by")
    eventually(lambda: "priority:high" in issue.labels, "the label of the edited severity")


def test_what_a_person_closed_stays_closed(house: House, service: Service) -> None:
    issue = incident(house, house.shop())
    shows(issue, "stage **declared**")
    house.dev.close_issue(issue.repo, issue.number)
    shows(issue, "stage **closed**")
    assert issue.state == "closed"
    house.github.clock.advance(1)
    house.dev.reopen_issue(issue.repo, issue.number)
    shows(issue, "stage **declared**", "**commander** must act")


def test_a_deleted_incident_is_left_alone(house: House, service: Service) -> None:
    issue = incident(house, house.shop())
    shows(issue, "stage **declared**")
    house.dev.delete_issue(issue)
    other = incident(house, issue.repo)
    shows(other, "stage **declared**")
    assert "Traceback" not in service.output


def test_a_locked_incident_gets_its_comment_once_it_is_unlocked(house: House, service: Service) -> None:
    """The simulated GitHub refuses the App's comments on a locked issue; labels and assignees are still set."""
    shop = house.shop()
    issue = house.dev.report(shop, "Checkout fails", FORM, labels=())
    house.dev.lock(issue)
    house.dev.label(issue, "incident")
    eventually(lambda: "priority:critical" in issue.labels and issue.assignees == ["commander"], "what is allowed")
    assert status(issue) == ""
    house.dev.lock(issue, locked=False)
    shows(issue, "stage **declared**")


def test_no_hotfix_starts_from_a_guess(house: House, service: Service) -> None:
    """The most likely version is a writer's tag that no branch contains, which is not enough to cut a branch from."""
    shop = house.shop()
    sha = shop.commit("tmp", {"src/wip.py": "1\n"}, at=TAG, author=house.dev, pusher=house.dev)
    shop.tag("v9.9.9", at=sha, pusher=house.dev)
    shop.delete_branch("tmp")
    issue = incident(house, shop)
    shows(issue, "stage **declared**")
    comment = house.dev.comment(issue, "/hotfix start cart total")
    (answer,) = eventually(lambda: posts(issue, f"answer {comment['id']}"), "an answer")
    assert "v9.9.9" in answer["body"]
    assert "may not be what runs in production" in answer["body"]
    assert "refs/heads/hotfix/cart-total" not in shop.refs()


def test_two_pull_requests_for_one_incident_are_named(house: House, service: Service) -> None:
    shop = house.shop()
    issue = incident(house, shop)
    one, two = (fix(house, shop, issue, branch=f"hotfix/{name}") for name in ("one", "two"))
    shown = shows(issue, f"#{one.number} and #{two.number}", "Which one counts is not known")
    assert "**commander** must act" in shown.splitlines()[0]
    house.dev.close(two)
    shows(issue, "stage **reviewing**")


def test_one_pull_request_for_two_incidents_names_the_other(house: House, service: Service) -> None:
    shop = house.shop()
    first, second = incident(house, shop), incident(house, shop)
    plain = house.dev.report(shop, "Typo", "In the footer.", labels=())
    pull = fix(house, shop, first)
    line = f"Fixes #{first.number}"
    body = pull.data["body"].replace(line, f"{line}\n\nFixes #{second.number}\n\nFixes #{plain.number}")
    house.dev.edit_pull(pull, body=body)
    shows(first, f"claims to fix another incident as well: #{second.number}.")
    shows(second, f"claims to fix another incident as well: #{first.number}.")
    shows(pull, f"claims to fix another incident as well: #{second.number}.")


def test_closing_the_pull_request_unmerged_goes_a_stage_back(house: House, service: Service) -> None:
    shop = house.shop()
    issue = incident(house, shop)
    pull = fix(house, shop, issue)
    shows(issue, "stage **reviewing**")
    house.dev.close(pull)
    shows(issue, "stage **preparing**")
    shop.delete_branch("hotfix/cart", pusher=house.dev)
    shows(issue, "stage **declared**")


def test_people_who_do_not_exist_delay_nothing(house: House, service: Service) -> None:
    policy = POLICY + "agents: {planner: nobody-at-all}\npost_mortem: {owner: nobody-at-all}\n"
    shop = house.shop({".github/hotfix.yml": policy})
    issue = incident(house, shop, FORM.replace("@commander", "@nobody-at-all"))
    shows(issue, "nobody-at-all has no access to this repository", "**dev** commands until")
    eventually(lambda: issue.assignees == ["dev"], "the one who declared it to be assigned")
    eventually(lambda: posts(issue, "agent planner"), "the planner to be asked: GitHub takes any mention")
    pull = fix(house, shop, issue)
    concludes(pull, with_="action_required")
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    eventually(lambda: len(issue.sub_issues()) == 6, "the follow-ups and the post-mortem, though its owner is unknown")
    asked = house.dev.comment(issue, "/hotfix assign commander @nobody-at-all")
    eventually(lambda: issue.reactions(asked) == ["hotfix[bot] confused"], "a refusal")
    (answer,) = posts(issue, f"answer {asked['id']}")
    assert "no access to this repository" in answer["body"]
