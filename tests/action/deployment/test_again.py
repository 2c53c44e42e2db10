"""Repeated and concurrent runs: one deployment, one tag, one rollback."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from action.deployment import outcome_records
from action.deployment.deployment_state import DeploymentState
from action.runner.command_run import Run
from hotfix.github.transport import connection
from tests.action.conftest import Done, Shop
from tests.github.acme import FIX
from tests.waiting import PATIENCE, eventually


def production(shop: Shop, settings: dict[str, Any] | None = None, /, **inputs: str) -> Done:
    return shop.do("deploy", settings, environment="production", **shop.inputs(**inputs))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the request timeout, since tests hold requests."""
    monkeypatch.setattr(connection, "TIMEOUT", 5 * PATIENCE)


class Alongside:
    """A deployment, or another command, that runs in its own thread."""

    def __init__(self, *arguments: Any, command: Callable[..., Done] = production, **named: Any) -> None:
        self._done: list[Done] = []
        self._thread = threading.Thread(target=lambda: self._done.append(command(*arguments, **named)), daemon=True)
        self._thread.start()

    def end(self) -> Done:
        self._thread.join(5 * PATIENCE)
        return self._done[0]


def deploys(shop: Shop) -> None:
    """Wait until the hotfix receives traffic."""
    eventually(lambda: len(shop.app.deployments) > 1, "the deployment")


def asked_about(shop: Shop, run: int) -> bool:
    """Return whether a run's state was requested from GitHub, as a command that waits for the run does."""
    return any(call.path == f"{shop.repo.path}/actions/runs/{run}" for call in shop.github.calls)


def test_two_runs_of_the_same_commit_deploy_it_once(ready: Shop) -> None:
    first, second = ready.repo.start_run("hotfix/cart"), ready.repo.start_run("hotfix/cart")
    held = ready.held()
    slow: dict[str, Any] = {"run": f'{held.script}; $WEBAPP deploy "$HOTFIX_SHA" "$HOTFIX_PERCENTAGE"'}
    runs = [Alongside(ready, {"run_id": run}, **slow) for run in (first, second)]
    eventually(lambda: asked_about(ready, first) or asked_about(ready, second), "one to wait for the other")
    held.release()
    done = [run.end() for run in runs]
    assert [each.status for each in done] == [0, 0]
    assert ready.app.deployments[1:] == [(ready.sha, 100)]
    assert len({each.outputs["deployment-id"] for each in done}) == 1
    states = [state for _, state in ready.deployments("production")]
    assert states.count("success") == 1
    assert set(states) <= {"success", "inactive"}


def test_a_late_run_finds_what_another_has_deployed(ready: Shop) -> None:
    first, second = ready.repo.start_run("hotfix/cart"), ready.repo.start_run("hotfix/cart")
    late = ready.github.faults.add("/repos/acme/shop/deployments", "POST", hold=True, count=1)
    slow = Alongside(ready, {"run_id": first})
    late.wait_for_held()
    assert production(ready, {"run_id": second}).status == 0
    late.remove()
    assert slow.end().status == 0
    assert ready.app.deployments[1:] == [(ready.sha, 100)]
    assert sorted(state for _, state in ready.deployments("production")) == ["inactive", "inactive", "success"]


def test_a_late_rollback_finds_what_another_brought_back(ready: Shop) -> None:
    assert production(ready).status == 0
    back = {name: value for name, value in ready.inputs().items() if name != "run"}
    late = ready.github.faults.add("/repos/acme/shop/deployments", "POST", hold=True, count=1)
    slow = Alongside(command=lambda: ready.do("rollback", **back))
    late.wait_for_held()
    assert ready.do("rollback", **back).status == 0
    late.remove()
    done = slow.end()
    assert (done.status, done.outputs["rolled-back-to"]) == (0, "v1.2.3")
    assert ready.app.deployments == [("v1.2.3", 100), (ready.sha, 100), ("v1.2.3", 100)]


def test_the_follower_fails_with_the_run_it_waited_for(ready: Shop) -> None:
    first, second = ready.repo.start_run("hotfix/cart"), ready.repo.start_run("hotfix/cart")
    held = ready.held()
    leading = Alongside(ready, {"run_id": first}, smoke=f"{held.script}; exit 1")
    deploys(ready)
    following = Alongside(ready, {"run_id": second})
    eventually(lambda: asked_about(ready, first), "the follower to wait")
    held.release()
    assert leading.end().status == 1
    followed = following.end()
    assert followed.status == 1
    assert f"/actions/runs/{first} deployed the same commit and failed" in followed.report.reason
    assert ".." not in followed.report.reason
    assert ready.app.deployments[1:] == [(ready.sha, 100), ("v1.2.3", 100)]


def test_nothing_is_rolled_back_while_another_run_deploys(ready: Shop) -> None:
    first = ready.repo.start_run("hotfix/cart")
    held = ready.held()
    leading = Alongside(ready, {"run_id": first}, smoke=held.script)
    deploys(ready)
    refused = ready.do("rollback", rollback_run="exit 1")
    assert (refused.status, refused.report.state) == (1, "refused")
    assert f"/actions/runs/{first} is deploying v1.2.4-hotfix.1 to production." in refused.report.reason
    held.release()
    assert leading.end().status == 0


@pytest.mark.parametrize("how", ["same run, next attempt", "other run that ended", "other run that was deleted"])
def test_what_a_vanished_runner_left_is_closed_and_done_again(ready: Shop, how: str) -> None:
    run = ready.repo.start_run("hotfix/cart")
    mark = {
        "kind": "deploy",
        "key": "x",
        "run": run,
        "attempt": 1,
        "job": "ship",
        "runner": "gone",
        "tag": "v1.2.4-hotfix.1",
    }
    if how == "other run that was deleted":
        mark["run"] = 999_999
    body = {
        "ref": ready.sha,
        "environment": "production",
        "auto_merge": False,
        "required_contexts": [],
        "payload": {"hotfix": mark},
    }
    path = f"/repos/{ready.repo.full_name}/deployments"
    left = ready.github.rest("POST", path, token=ready.token, body=body).data["id"]
    ready.github.rest("POST", f"{path}/{left}/statuses", token=ready.token, body={"state": "in_progress"})
    if how == "other run that ended":
        ready.repo.set_run(run, "completed")
    settings = {"run_id": run, "run_attempt": 2} if how == "same run, next attempt" else {}
    done = production(ready, settings)
    assert done.status == 0
    assert [state for _, state in ready.deployments("production")] == ["inactive", "error", "success"]


def test_a_run_that_may_not_ask_about_another_can_not_tell(ready: Shop) -> None:
    run = ready.repo.start_run("hotfix/cart")
    held = ready.held()
    leading = Alongside(ready, {"run_id": run}, smoke=held.script)
    deploys(ready)
    may = {"contents": "read", "deployments": "write", "checks": "read", "pull_requests": "read"}
    blind = production(ready, token=ready.github.workflow_token(ready.repo, may))
    assert (blind.status, blind.report.state) == (3, "unknown")
    assert "permissions: {actions: read}" in blind.report.reason
    held.release()
    assert leading.end().status == 0


def test_many_earlier_deployments_cost_no_request(ready: Shop) -> None:
    for number in range(30):
        mark = {"kind": "deploy", "key": str(number), "run": 1, "attempt": 1}
        made = ready.acme.admin.deploy(ready.repo, "v1.2.3", "production", None, payload={"hotfix": mark})
        ready.acme.admin.deployment_status(ready.repo, made["id"], "success" if number == 29 else "inactive")
    ready.github.forget()
    assert production(ready).status == 0
    assert len(ready.github.calls) <= 25, [f"{call.method} {call.path}" for call in ready.github.calls]


def another(shop: Shop) -> str:
    """Return a second hotfix on top of the first one, tagged, approved and deployed to staging."""
    files = {name: f"{text}# again\n" for name, text in FIX.items()}
    pull = shop.acme.hotfix(branch="hotfix/two", at=shop.sha, files=files)
    shop.acme.lead.review(pull, "APPROVE")
    first, shop.pull = shop.pull, pull
    shop.say_verdict("success", "all 13 rules pass", on=pull.head_sha)
    shop.pull = first
    shop.repo.tag("v1.2.4-hotfix.2", at=pull.head_sha, message="x")
    assert shop.do("deploy", environment="staging", sha=pull.head_sha, run="true").status == 0
    return str(pull.head_sha)


def test_a_hotfix_is_deployed_again_after_another_broke(ready: Shop) -> None:
    assert production(ready).status == 0
    broken = ready.do(
        "deploy", environment="production", sha=another(ready), **ready.inputs(smoke="exit 1", rollback_run="exit 7")
    )
    assert broken.report.state == "rollback-failed"
    assert ready.app.routes != {ready.sha: 100}
    assert production(ready).status == 0
    assert ready.app.routes == {ready.sha: 100}


def test_a_run_that_comes_late_takes_no_newer_hotfix_away(ready: Shop) -> None:
    newer = another(ready)
    first, second = ready.repo.start_run("hotfix/cart"), ready.repo.start_run("hotfix/two")
    late = ready.github.faults.add(f"{ready.repo.path}/deployments", "POST", hold=True, count=1)
    alongside = Alongside(ready, {"run_id": first})
    late.wait_for_held()
    done = ready.do("deploy", {"run_id": second}, environment="production", sha=newer, **ready.inputs())
    late.remove()
    refused = alongside.end()
    assert (done.status, refused.report.state) == (0, "refused"), refused.report.reason
    assert ready.app.routes == {newer: 100}


def test_a_rerun_retires_no_later_deployment(ready: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert production(ready).status == 0
    real = outcome_records.retire_others

    def slow(run: Run, state: DeploymentState) -> None:
        ready.ran("v1.3.0")  # another run ends here
        real(run, state)

    monkeypatch.setattr(outcome_records, "retire_others", slow)
    assert production(ready).status == 0
    assert ready.deployments("production")[-1][1] == "success"


def clean_up(shop: Shop, environment: str) -> None:
    """Delete the newest deployment, as a clean-up workflow does; GitHub permits that once it is inactive."""
    path = f"{shop.repo.path}/deployments/{shop.repo.deployments(environment)[0]['id']}"
    token = shop.acme.admin.token
    assert shop.github.rest("POST", f"{path}/statuses", token=token, body={"state": "inactive"}).ok
    assert shop.github.rest("DELETE", path, token=token).ok


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_deployment_deleted_meanwhile_is_recorded_again(shop: Shop, environment: str) -> None:
    shop.pass_verdict()
    held, inputs = shop.held(), shop.inputs(duration="100ms")
    inputs["run"] += f'; if test "$HOTFIX_ENVIRONMENT" = {environment}; then {held.script}; fi'
    running = shop.job().begin(command="ship", **inputs)
    running.wait_for("HELD")
    clean_up(shop, environment)
    held.release()
    ended = running.wait()
    assert ended.outcome == "success", ended.log
    assert "was deleted on GitHub while it was under way: it is recorded again" in ended.log
    assert shop.deployments(environment)[-1] == (shop.sha, "success")


def test_a_rollback_to_a_tag_that_was_deleted_is_on_record(ready: Shop) -> None:
    held, inputs = ready.held(), ready.inputs(duration="10m", interval="200ms")
    inputs["rollback_run"] = f"{held.script}; {inputs['rollback_run']}"
    old = ready.repo.sha("v1.2.3")
    running = ready.job().begin(command="ship", **inputs)
    running.wait_for("Watching production")
    ready.app.set_version(ready.sha, healthy=False)
    running.wait_for("HELD")
    assert ready.github.rest("DELETE", f"{ready.repo.path}/git/refs/tags/v1.2.3", token=ready.acme.admin.token).ok
    held.release()
    ended = running.wait()
    assert (ended.outputs["state"], ready.app.routes) == ("failure", {"v1.2.3": 100})
    assert ready.deployments("production")[-1] == (old, "success"), ended.log
