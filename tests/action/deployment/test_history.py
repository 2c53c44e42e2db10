"""The history of an environment: one request shows what runs, what ran before and which deployments are in progress."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.github.read.baseline import deployment_history
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory
from hotfix.github.transport.client import TokenBearer


def histories(acme: Any, *environments: str) -> dict[str, EnvironmentHistory]:
    token = acme.github.workflow_token(acme.shop, {"deployments": "read"})
    client = TokenBearer(token, acme.github.api_url)
    acme.github.forget()
    try:
        return deployment_history.read(client, "acme/shop", environments or ("production",))
    finally:
        client.transport.close()


def deploy(acme: Any, ref: str, *states: str, task: str = "deploy", **payload: Any) -> int:
    """Create a deployment to production with these statuses, in order."""
    more = {"payload": {"hotfix": payload}} if payload else {}
    made = acme.admin.deploy(acme.shop, ref, "production", None, task=task, **more)
    for state in states:
        acme.admin.deployment_status(acme.shop, made["id"], state)
    return int(made["id"])


def test_two_environments_are_read_by_one_request(acme: Any) -> None:
    deploy(acme, "main", "success")
    found = histories(acme, "production", "staging")
    assert len(acme.github.calls) == 1
    assert found["production"].running is not None
    assert found["staging"].records == ()


@pytest.mark.parametrize("written", ["Production", "PRODUCTION"])
def test_an_environment_is_found_in_other_capitals(acme: Any, written: str) -> None:
    """GitHub treats both as one environment but filters deployments case-sensitively."""
    made = acme.admin.deploy(acme.shop, "main", written, "success")
    running = histories(acme)["production"].running
    assert running is not None
    assert running.id == made["id"]


def test_what_runs_is_the_newest_success(acme: Any) -> None:
    first = deploy(acme, "v1.2.3", "success")
    deploy(acme, "main", "success", "inactive")
    deploy(acme, "main", "failure")
    running = histories(acme)["production"].running
    assert running is not None
    assert (running.id, running.tag, running.creator) == (first, "v1.2.3", "admin")


def test_only_our_own_unfinished_deployments_are_under_way(acme: Any) -> None:
    deploy(acme, "main", "in_progress")
    deploy(acme, "main", "success", kind="deploy", run=1)
    ours = deploy(acme, "main", "in_progress", kind="deploy", run=7)
    (found,) = histories(acme)["production"].under_way
    assert (found.id, found.run_id, found.payload["kind"]) == (ours, 7, "deploy")


def test_a_target_has_a_history_of_its_own(acme: Any) -> None:
    eu = deploy(acme, "main", "success", task="deploy:eu", kind="deploy")
    deploy(acme, "main", "success", task="deploy:us", kind="deploy")
    history = histories(acme)["production"].of_task("deploy:eu")
    assert history.running is not None
    assert history.running.id == eu


def test_a_success_that_was_rolled_back_does_not_count(acme: Any) -> None:
    sha = acme.shop.sha("main")
    deploy(acme, "main", "success", "failure", "inactive")
    assert not histories(acme)["production"].succeeded(sha)
    deploy(acme, "main", "success", "inactive")
    assert histories(acme)["production"].succeeded(sha)
    deploy(acme, "main", "in_progress", "failure")
    assert not histories(acme)["production"].succeeded(sha)


def test_a_failure_that_no_rollback_could_undo_is_unsettled(acme: Any) -> None:
    deploy(acme, "main", "failure", kind="deploy", reversible=False)
    last = histories(acme)["production"].last_change
    assert last is not None
    assert not last.settled
    deploy(acme, "main", "failure", kind="deploy", reversible=True)
    last = histories(acme)["production"].last_change
    assert last is not None
    assert last.settled


def test_the_run_of_a_foreign_deployment_is_read_from_its_log(acme: Any) -> None:
    made = acme.admin.deploy(acme.shop, "main", "production", None)
    url = "https://github.com/acme/shop/actions/runs/4711/job/12"
    acme.admin.deployment_status(acme.shop, made["id"], "in_progress", log_url=url)
    assert histories(acme)["production"].records[0].run_id == 4711
