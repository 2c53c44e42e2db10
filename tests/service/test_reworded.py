"""The service's decisions don't change if every text that it writes is reworded before it reads it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github import Pull
from tests.github.acme import POLICY, TAG
from tests.github.server.rewording import reworded
from tests.service.conftest import House, concludes, output
from tests.service.evaluation.held_deployments import answered, answers, protected, request
from tests.service.evaluation.test_comments import small
from tests.service.life.test_life import TAKES, fix, incident, posts, shows, status
from tests.service.running import Service, eventually


@pytest.fixture(autouse=True)
def rewording(house: House, service: Service) -> Iterator[None]:
    with house.github.rewording():
        yield


def test_an_incident_walks_to_its_end_in_other_words(house: House, service: Service) -> None:
    shop = house.shop({".github/hotfix.yml": POLICY + "deploy: {workflow: ship.yml}\n"})
    shop.commit("main", {".github/workflows/ship.yml": TAKES})
    house.dev.deploy(shop, TAG, "production", "success")
    issue = incident(house, shop)
    shows(issue, reworded("stage **declared**"))
    pull = fix(house, shop, issue)
    concludes(pull, with_="action_required")
    shows(issue, reworded("stage **reviewing**"))
    shop.set_check(pull.head_sha, "ci")
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    house.dev.deploy(shop, pull.head_sha, "staging", "success")
    shows(issue, reworded("- [x] Deployed to staging"))
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    eventually(lambda: len(issue.sub_issues()) == 6, "five follow-ups and the post-mortem, each once")
    house.commander.comment(issue, "/hotfix verified orders work")
    house.lead.merge(pull)
    shows(issue, reworded("- [x] Hotfix back-merged to main"))
    eventually(lambda: issue.state == "open", "the incident to be reopened after the merge closed it")
    assert len(posts(issue, "reopened")) == 1
    for one in issue.sub_issues():
        house.dev.close_issue(shop, one["number"])
    house.commander.comment(issue, "/hotfix done post-mortem")
    eventually(lambda: issue.state == "closed", "the incident to close")
    assert len(issue.sub_issues()) == 6
    assert status(issue), "one status comment"


def test_a_protected_deployment_is_approved_in_other_words(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    concludes(pull, with_="action_required")
    run = request(house, pull)
    eventually(lambda: len(answers(pull, run)) == 1, "a report about the review")
    house.lead.review(pull, "APPROVE")
    eventually(lambda: len(answers(pull, run)) == 2, "a report about staging")
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    answered(pull, run, "approved")
    assert len(answers(pull, run)) == 3, "it reports only what changed"


def refusals(pull: Pull) -> list[str]:
    """Return the App's answers that refuse a command."""
    return [one["body"] for one in pull.comments() if one["body"].startswith(reworded("Not done"))]


def test_an_override_counts_for_its_head_in_other_words(house: House, service: Service) -> None:
    pull = small(house)
    assert output(pull)["title"] == reworded("1 of 12 rules fails: size")
    house.commander.comment(pull, "/hotfix override size the vendor's patch is what it is")
    concludes(pull, with_="success")
    house.dev.comment(pull, "/hotfix override size it is mine")
    eventually(lambda: len(refusals(pull)) == 1, "an answer why the author may not")
    house.dev.comment(pull, "/hotfix recheck")
    concludes(pull, with_="success")
    assert len(refusals(pull)) == 1


def test_what_is_not_a_hotfix_passes_and_permits_no_deployment(house: House, service: Service) -> None:
    shop = protected(house)
    pull = house.hotfix(shop, "feature/cart", labels=())
    concludes(pull, with_="success")
    run = request(house, pull)
    answered(pull, run, "rejected")
