"""Cancelled, terminated or killed at each point of a canary: traffic is rolled back, and a rerun resumes."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from tests.action.conftest import Shop
from tests.action.runner import Result, Running
from tests.forked import LINUX
from tests.waiting import PATIENCE

PAUSE = 'if [ "$(cat "$PAUSE_AT" 2>/dev/null)" = "{0}-$HOTFIX_PERCENTAGE" ]; then echo PAUSED; sleep 300; fi'


def cancel(running: Running) -> None:
    running.cancel()


def terminate(running: Running) -> None:
    running.send(signal.SIGTERM)


def kill(running: Running) -> None:
    running.kill()


WAYS = {"cancelled": cancel, "terminated": terminate, "killed": kill}
POINTS = ["run-10", "gate-10", "run-100", "rollback-0", "smoke-100"]


def begin(shop: Shop, point: str, *, forked: bool = LINUX) -> Running:
    """Start a canary that blocks at a point, given as a command and a percentage."""
    at = shop.app.folder / "pause-at"
    at.write_text(point)
    inputs = shop.inputs(
        smoke=f"{PAUSE.format('smoke')}; {'exit 1' if point.startswith('rollback') else 'true'}",
        gates=f"- command: |\n    {PAUSE.format('gate')}\n  count: 1",
    )
    inputs["run"] += f"; {PAUSE.format('run')}"
    inputs["rollback_run"] = f"{PAUSE.format('rollback')}; {inputs['rollback_run']}"
    job = shop.job(environ={"PAUSE_AT": str(at)}, forked=forked)
    running = job.begin(command="deploy", environment="production", canary_steps="10,100", **inputs)
    running.wait_for("PAUSED")
    if point.startswith("rollback"):
        at.write_text("")  # the rollback runs the same command
    return running


def assert_brought_back(shop: Shop, ended: Result, way: str) -> None:
    assert ended.outcome == ("cancelled" if way == "cancelled" else "failure"), ended.log
    assert shop.app.routes == {"v1.2.3": 100}, ended.log
    assert ended.outputs["rolled-back"] == "true"
    assert ended.outputs["state"] == "failure"
    assert "production is back on v1.2.3" in ended.outputs["reason"]
    assert "v1.2.3 runs in production again" in ended.summary
    states = [state for _, state in shop.deployments("production")]
    assert states[0] == "success"
    assert set(states[1:]) == {"failure"}


@pytest.mark.parametrize(("way", "points"), [("cancelled", POINTS[1::2]), ("killed", POINTS)])
def test_an_interrupted_canary_is_rolled_back_and_rerun(ready: Shop, way: str, points: list[str]) -> None:
    for point in points:
        running = begin(ready, point)
        WAYS[way](running)
        assert_brought_back(ready, running.wait(), way)
    again = ready.do("deploy", environment="production", canary_steps="10,100", **ready.inputs())
    assert again.status == 0
    assert ready.app.routes == {ready.sha: 100}
    assert [state for _, state in ready.deployments("production")][-1] == "success"
    assert set(ready.repo.tags()) == {"v1.2.3", "v1.2.4-hotfix.1"}


def test_a_terminated_step_ends_its_command_and_is_brought_back(ready: Shop) -> None:
    running = begin(ready, "run-10", forked=False)  # the signal reaches the process that replaced bash
    terminate(running)
    ended = running.wait()
    assert_brought_back(ready, ended, "terminated")
    assert "The run was cancelled; the next step undoes or records what is unfinished." in ended.log


def test_a_step_killed_before_its_record_is_recorded(ready: Shop) -> None:
    path = "/repos/acme/shop/deployments/*/statuses"
    # The first command sets 100 %.
    record = ready.github.faults.add(path, "POST", hold=True, cut="before", after=1, count=1)
    running = ready.job().begin(command="deploy", environment="production", **ready.inputs())
    running.wait_for("is healthy")
    record.wait_for_held()
    running.kill()
    record.remove()
    ended = running.wait()
    assert "recording it" in ended.log
    assert ready.app.routes == {ready.sha: 100}
    assert [state for _, state in ready.deployments("production")] == ["inactive", "success"]
    assert ended.outputs["state"] == "success"


def test_a_command_of_a_killed_step_ends_before_the_rollback(ready: Shop) -> None:
    ready.app.folder.joinpath("pause-at").write_text("run-10")
    inputs = ready.inputs()
    inputs["run"] += '; echo PAUSED; sleep 300; $WEBAPP deploy "$HOTFIX_SHA" 100'
    running = ready.job().begin(command="deploy", environment="production", canary_steps="10,100", **inputs)
    running.wait_for("PAUSED")
    running.kill()
    ended = running.wait()
    assert ended.outputs["rolled-back"] == "true"
    assert (ready.sha, 100) not in ready.app.deployments
    assert ready.app.routes == {"v1.2.3": 100}


def test_a_ship_cancelled_while_it_watches_leaves_the_version(ready: Shop) -> None:
    running = ready.job().begin(command="ship", **ready.inputs(duration="10m"))
    running.wait_for("Watching production")
    running.cancel()
    ended = running.wait()
    assert ended.outputs["reason"] == "The run was cancelled; nothing was left unfinished."
    assert [state for _, state in ready.deployments("production")] == ["inactive", "success"]
    assert ready.do("ship", **ready.inputs(duration="100ms")).status == 0
    assert ready.app.deployments.count((ready.sha, 100)) == 1


def test_an_interrupted_rollback_is_finished_by_the_last_step(ready: Shop) -> None:
    assert ready.do("deploy", environment="production", **ready.inputs()).status == 0
    at = ready.app.folder / "pause-at"
    at.write_text("rollback-0")
    back = f"{PAUSE.format('rollback')}; {ready.inputs()['rollback_run']}"
    running = ready.job(environ={"PAUSE_AT": str(at)}).begin(command="rollback", rollback_run=back)
    running.wait_for("PAUSED")
    at.write_text("")
    running.kill()
    ended = running.wait()
    assert ended.outputs["rolled-back-to"] == "v1.2.3"
    assert ready.app.routes == {"v1.2.3": 100}
    old = ready.repo.sha("v1.2.3")
    assert ready.deployments("production") == [(old, "inactive"), (ready.sha, "failure"), (old, "success")]


def test_another_jobs_half_done_deployment_is_left_alone(ready: Shop) -> None:
    """A self-hosted runner may not have emptied its folder, and another repository may have deployed since."""
    running = begin(ready, "run-10")
    running.end()
    before = list(ready.app.deployments)
    later = ready.job(run_id=99)
    (running.job.temp / "hotfix-under-way.json").rename(later.temp / "hotfix-under-way.json")
    ended = later.uses(command="monitor", environment="production", gates="- command: 'true'", duration="50ms")
    assert ended.outcome == "success", ended.log
    assert "An earlier job on this runner left its deployment of v1.2.4-hotfix.1 to production unfinished" in ended.log
    assert ready.app.deployments == before


def test_a_lost_machine_also_loses_a_step_that_is_just_starting(ready: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    starting, lost = threading.Event(), threading.Event()
    wait = Running._wait

    def held(self: Running, start: Any) -> int:
        if self.step == "run":
            starting.set()
            assert lost.wait(PATIENCE)
        return wait(self, start)

    monkeypatch.setattr(Running, "_wait", held)
    running = ready.job().begin(command="monitor", environment="production", gates="- command: 'sleep 300'")
    assert starting.wait(PATIENCE)
    threading.Timer(0.2, lost.set).start()
    running.end()
    assert not running.going_on
