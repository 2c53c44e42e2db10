"""Other activity in the environment: nightly jobs, regular releases, other tools and newer hotfixes."""

from __future__ import annotations

import pytest

from tests.action.conftest import Done, Shop


def nightly(shop: Shop, state: str = "success") -> int:
    """Record a deployment without a tag, as GitHub does for any job on main with `environment: production`."""
    made = shop.acme.admin.deploy(shop.repo, "main", "production", state)
    return int(made["id"])


def production(shop: Shop, **inputs: str) -> Done:
    return shop.do("deploy", environment="production", **shop.inputs(**inputs))


def rollback(shop: Shop, **inputs: str) -> Done:
    back = {name: value for name, value in shop.inputs(**inputs).items() if name != "run"}
    return shop.do("rollback", **back)


def test_a_nightly_job_keeps_no_failing_hotfix_live(ready: Shop) -> None:
    running = ready.job().begin(command="ship", **ready.inputs(duration="10m", interval="200ms"))
    running.wait_for("Watching production")
    nightly(ready)
    ready.app.set_version(ready.sha, healthy=False)
    ended = running.wait()
    assert ended.outputs["rolled-back-to"] == "v1.2.3"
    assert ready.app.routes == {"v1.2.3": 100}


def test_a_rollback_by_hand_looks_past_a_nightly_job(ready: Shop) -> None:
    assert production(ready).status == 0
    nightly(ready)
    assert rollback(ready).outputs["rolled-back-to"] == "v1.2.3"
    assert ready.app.routes == {"v1.2.3": 100}


def test_what_came_after_the_hotfix_is_not_rolled_back(ready: Shop) -> None:
    """A release replaced the hotfix while it was monitored, so this run must not roll it back."""
    running = ready.job().begin(command="ship", **ready.inputs(duration="10m", interval="200ms"))
    running.wait_for("Watching production")
    ready.ran("v1.3.0")
    ready.app.deploy("v1.3.0")
    ready.app.set_version("v1.3.0", healthy=False)
    ended = running.wait()
    assert ended.status == 1
    assert "v1.3.0 came to production after v1.2.4-hotfix.1" in ended.outputs["reason"]
    assert ended.outputs["rolled-back"] == "false"
    assert ready.app.routes == {"v1.3.0": 100}


@pytest.mark.parametrize("state", ["in_progress", "queued"])
def test_a_foreign_deployment_in_progress_is_not_joined(ready: Shop, state: str) -> None:
    other = nightly(ready, state)
    done = production(ready)
    assert (done.status, done.report.state) == (1, "refused")
    assert "Something else is deploying" in done.report.reason
    assert f"gh api repos/acme/shop/deployments/{other}/statuses -f state=inactive" in done.report.reason
    assert ready.app.routes == {"v1.2.3": 100}
    ready.acme.admin.deployment_status(ready.repo, other, "inactive")
    assert production(ready).status == 0


def test_a_foreign_deployment_whose_run_has_ended_holds_nothing(ready: Shop) -> None:
    run = ready.repo.start_run("main")
    ready.repo.set_run(run, "completed")
    made = ready.acme.admin.deploy(ready.repo, "main", "production", None)
    log = f"{ready.github.url}/acme/shop/actions/runs/{run}/job/1"
    ready.acme.admin.deployment_status(ready.repo, made["id"], "in_progress", log_url=log)
    assert production(ready).status == 0


def test_what_github_records_for_this_very_job_holds_nothing(ready: Shop) -> None:
    """GitHub Enterprise Server doesn't support `deployment: false`, so it also records the job that runs the Action."""
    run = ready.repo.start_run("hotfix/cart")
    made = ready.acme.admin.deploy(ready.repo, "main", "production", None)
    log = f"{ready.github.url}/acme/shop/actions/runs/{run}/job/1"
    ready.acme.admin.deployment_status(ready.repo, made["id"], "in_progress", log_url=log)
    done = ready.do("deploy", {"run_id": run}, environment="production", **ready.inputs())
    assert done.status == 0, done.report.reason


def test_an_unfinished_deployment_blocks_for_hours_only(ready: Shop) -> None:
    ready.github.clock.advance(-7 * 3600)
    nightly(ready, "in_progress")
    ready.github.clock.advance(7 * 3600)
    assert production(ready).status == 0


def test_a_version_that_was_replaced_while_watched_did_not_hold(ready: Shop) -> None:
    """A developer rolls it back by hand, so later measurements are of the previous version."""
    held = ready.held()
    gates = f"- command: |\n    {held.script}"
    running = ready.job().begin(command="ship", **ready.inputs(duration="100ms", interval="50ms", gates=gates))
    running.wait_for("HELD")
    assert rollback(ready).outputs["rolled-back-to"] == "v1.2.3"
    held.release()
    ended = running.wait()
    assert (ended.status, ended.outputs["state"]) == (1, "failure"), ended.log
    assert "while v1.2.4-hotfix.1 was watched, so whether v1.2.4-hotfix.1 holds is not known" in ended.outputs["reason"]
    assert [state for _, state in ready.deployments("production")] == ["inactive", "failure", "success"]
    assert not [ref for ref in ready.repo.refs() if "back-merge/" in ref]


def test_a_watch_in_a_step_of_its_own_notices_a_rollback(ready: Shop) -> None:
    """In the reusable workflow, the next step would be the back-merge."""
    assert production(ready).status == 0
    watch = {"gates": "- command: 'true'", "duration": "100ms", "environment": "production"}
    assert ready.do("monitor", **watch).status == 0
    rollback(ready)
    done = ready.do("monitor", **watch)
    assert (done.status, done.report.state) == (1, "failure")
    assert done.report.reason.startswith("v1.2.3 came to production (deployment ")


def test_what_is_recorded_of_the_watched_commit_replaces_nothing(ready: Shop) -> None:
    """In a run started on the tag, GitHub records the job that monitors production with that tag."""
    assert production(ready).status == 0
    ready.acme.admin.deploy(ready.repo, "v1.2.4-hotfix.1", "production", "in_progress")
    watch = {"gates": "- command: 'true'", "duration": "100ms", "environment": "production"}
    done = ready.do("monitor", **watch)
    assert done.status == 0, done.report.reason
