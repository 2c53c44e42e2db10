"""When a verdict becomes a pass, the policy's deploy workflow is started."""

from __future__ import annotations

import pytest

from tests.github.acme import POLICY
from tests.service.conftest import House, concludes
from tests.service.running import Service, eventually

WORKFLOW = "on:\n  workflow_dispatch:\njobs: {}\n"
TAKES_SHA = "on:\n  workflow_dispatch: {inputs: {sha: {description: The approved head}}}\njobs: {}\n"


def test_the_policys_workflow_is_started_once(house: House, service: Service) -> None:
    """It starts when the verdict becomes a pass."""
    policy = POLICY + "deploy:\n  workflow: ship.yml\n"
    shop = house.shop({".github/hotfix.yml": policy, ".github/workflows/ship.yml": WORKFLOW})
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    (run,) = eventually(shop.runs, "the workflow to be started")
    assert run["sha"] == pull.head_sha
    house.dev.comment(pull, "/hotfix recheck")
    house.dev.label(pull, "more")
    service.settle(house.github)
    assert len(shop.runs()) == 1


def test_a_newer_workflow_starts_on_the_default_branch(house: House, service: Service) -> None:
    """The workflow file is not in production yet; the commit is passed as an input."""
    shop = house.shop({".github/hotfix.yml": POLICY + "deploy:\n  workflow: ship.yml\n"})
    shop.commit("main", {".github/workflows/ship.yml": TAKES_SHA}, message="Ship on its own", author=house.dev)
    pull = house.hotfix(shop)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    (run,) = eventually(shop.runs, "the workflow to be started")
    assert (run["ref"], run["sha"], run["inputs"]) == ("main", shop.sha("main"), {"sha": pull.head_sha})


@pytest.mark.parametrize(
    "branches", [pytest.param(("main",), id="main only"), pytest.param((), id="protected branches")]
)
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_an_environment_for_main_starts_the_workflow_there(
    house: House, service: Service, environment: str, branches: tuple[str, ...]
) -> None:
    """The hotfix branch has the workflow, but GitHub would fail its job if the environment admits only `main`."""
    ship = TAKES_SHA.replace("jobs: {}", f"jobs: {{ship: {{environment: {environment}, runs-on: x, steps: []}}}}")
    policy = POLICY + "deploy:\n  workflow: ship.yml\n"
    shop = house.shop({".github/hotfix.yml": policy, ".github/workflows/ship.yml": ship})
    shop.protect("main")
    shop.environment(environment, branches=branches)
    pull = house.hotfix(shop)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    (run,) = eventually(shop.runs, "the workflow to be started")
    assert (run["ref"], run["inputs"], run["conclusion"]) == ("main", {"sha": pull.head_sha}, None)


def test_what_was_rolled_back_is_not_shipped_again(house: House, service: Service) -> None:
    """A hotfix that was shipped and rolled back is not deployed again automatically."""
    shop = house.shop({".github/hotfix.yml": POLICY + "deploy:\n  workflow: ship.yml\n"})
    shop.commit("main", {".github/workflows/ship.yml": TAKES_SHA}, message="Ship on its own", author=house.dev)
    pull = house.hotfix(shop)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    eventually(shop.runs, "the workflow to be started")
    house.dev.deploy(shop, pull.head_sha, "production", "failure", payload={"hotfix": {"kind": "deploy"}})
    house.lead.dismiss_review(pull, pull.reviews()[-1]["id"], "wait")
    concludes(pull, with_="action_required")
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    service.settle(house.github)
    assert len(shop.runs()) == 1
