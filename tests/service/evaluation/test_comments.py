"""Commands to the App in comments."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.github import Pull
from tests.github.acme import GOOD_BODY, GOOD_TITLE
from tests.service.conftest import House, concludes, conclusion, output
from tests.service.evaluation.test_events import verdicts
from tests.service.running import Service, eventually


def small(house: House) -> Pull:
    """Open a hotfix that fails only because of its size."""
    shop = house.shop({".github/hotfix.yml": POLICY})
    pull = house.hotfix(shop)
    concludes(pull, with_="failure")
    a_second_later(house, pull)
    return pull


def a_second_later(house: House, pull: Pull) -> None:
    """Let a second pass: GitHub's times are whole seconds, and a comment applies only to heads of earlier seconds."""
    latest = datetime.fromisoformat(pull.data["updated_at"])
    house.pass_time(max(0.0, (latest + timedelta(seconds=1) - house.github.clock.now()).total_seconds()))


POLICY = """\
people:
  tech_leads: [acme/tech-leads]
  incident_commanders: [commander]
rules:
  size: {max_lines: 1}
  review: "off"
"""


def test_an_incident_commander_overrides_a_rule_for_this_head(house: House, service: Service) -> None:
    pull = small(house)
    house.commander.comment(pull, "/hotfix override size the vendor's patch is what it is")
    concludes(pull, with_="success")
    summary = output(pull)["summary"]
    assert "commander" in summary
    assert "the vendor" in summary


def test_a_shared_head_passes_when_both_are_overridden(house: House, service: Service) -> None:
    shop = house.shop({".github/hotfix.yml": POLICY + "branches: {base: [main, release]}\n"})
    shop.branch("release", at="main")
    first = house.hotfix(shop)
    second = house.dev.open_pull(
        shop, head="hotfix/cart", base="release", title=GOOD_TITLE, body=GOOD_BODY, labels=["hotfix"]
    )
    for pull in (first, second):
        concludes(pull, with_="failure")
        a_second_later(house, pull)
        house.commander.comment(pull, "/hotfix override size it must be")
    concludes(first, with_="success")


def test_an_override_ends_with_the_next_push(house: House, service: Service) -> None:
    pull = small(house)
    house.commander.comment(pull, "/hotfix override size it must be")
    concludes(pull, with_="success")
    message = pull.repo.git("log", "-1", "--format=%B", "hotfix/cart")
    pull.repo.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message=message, author=house.dev)
    concludes(pull, with_="failure")


def test_the_author_learns_why_they_may_not_override(house: House, service: Service) -> None:
    pull = small(house)
    house.dev.comment(pull, "/hotfix override size trust me")
    eventually(lambda: any("Not done" in c["body"] for c in pull.comments()), "an answer")
    assert conclusion(pull) == "failure"


@pytest.mark.parametrize("act", ["edited", "deleted"])
def test_an_override_in_an_edited_comment_does_not_count(house: House, service: Service, act: str) -> None:
    pull = small(house)
    comment = house.commander.comment(pull, "/hotfix override size it must be")
    concludes(pull, with_="success")
    if act == "edited":
        house.commander.edit_comment(pull, comment["id"], "/hotfix override size it must be so")
    else:
        house.commander.delete_comment(pull, comment["id"])
    concludes(pull, with_="failure")


def test_an_edit_into_an_override_is_refused(house: House, service: Service) -> None:
    """A comment that was edited into an override has no authority."""
    pull = small(house)
    comment = house.commander.comment(pull, "hm")
    house.commander.edit_comment(pull, comment["id"], "/hotfix override size it must be")
    eventually(lambda: any("write a new comment" in c["body"] for c in pull.comments()), "an answer")
    assert conclusion(pull) == "failure"


def test_an_override_of_an_unseen_head_is_refused(house: House, service: Service) -> None:
    """The head changed before the comment was written."""
    pull = small(house)
    house.github.webhooks.hold()
    house.commander.comment(pull, "/hotfix override size it must be")
    pull.repo.commit("hotfix/cart", {"src/other.py": "x = 3\n"}, message="hotfix: sneak in", author=house.dev)
    house.github.webhooks.release("reversed")
    eventually(lambda: any("the branch moved" in c["body"] for c in pull.comments()), "a refusal")
    assert conclusion(pull) != "success"


def test_recheck_evaluates_again(house: House, service: Service) -> None:
    pull = small(house)
    house.github.settle()
    eventually(service.idle, "the jobs to end")
    before = verdicts(service, pull.repo.full_name)
    comment = house.dev.comment(pull, "/hotfix recheck")
    eventually(
        lambda: [line for line in service.lines("comment answered") if line["comment"] == comment["id"]],
        "it to be answered",
    )
    eventually(lambda: verdicts(service, pull.repo.full_name) > before, "another verdict")
    reported = [line for line in service.lines("delivery") if line.get("repo") == pull.repo.full_name]
    assert all(line["pull"] == pull.number for line in reported if line["webhook"] == "issue_comment")
