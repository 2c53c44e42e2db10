"""A process of an interrupted step must not act during or after the rollback."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from action.deployment import process_lock
from action.deployment.process_lock import after_all_others, exclusive, lock_file
from action.runner import processes
from action.runner.command_errors import OutcomeUnknown
from action.runner.processes import ProcessId
from tests.action.conftest import Shop
from tests.action.runner import ROOT, Job
from tests.action.tools import without
from tests.waiting import PATIENCE, eventually


def recover_alongside(job: Job, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the next step in the same container, as the runner does after a container's `docker exec` was cancelled."""
    step = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"][2]
    files = {name: job.temp / f"alongside-{name}" for name in ("OUTPUT", "ENV", "STEP_SUMMARY", "PATH", "STATE")}
    for file in files.values():
        file.touch()
    python = next(job.temp.glob("hotfix-runtime-*")) / "bin/python"
    given = {"ACTION_PYTHON": str(python), "INPUT_COMMAND": "deploy", "INPUT_TOKEN": job.token, "INPUT_RETRY_FOR": "5s"}
    env = {
        **job.base_environment(),
        **{f"GITHUB_{name}": str(file) for name, file in files.items()},
        **{f"HOTFIX_{name}": value for name, value in given.items()},
        **environ,
    }
    return subprocess.run(["bash", "-c", step["run"]], env=env, cwd=job.workspace, capture_output=True, text=True)


def paused(shop: Shop, log: Path, **inputs: str) -> dict[str, str]:
    """Return the inputs of a canary that blocks in its first step and a one-second rollback that logs when it runs."""
    given = shop.inputs(retry_for="5s", **inputs)
    given["run"] += "; echo PAUSED; sleep 300; touch went-on"
    given["rollback_run"] = f'echo begin >>{log}; sleep 1; $WEBAPP deploy "$HOTFIX_PREVIOUS_TAG" 100; echo end >>{log}'
    return given


def test_a_cancel_that_reaches_no_process_is_rolled_back_once(ready: Shop, tmp_path: Path) -> None:
    """In a container job, neither the step's process nor its command receives a signal, and the image has no `ps`."""
    log, job = tmp_path / "rollbacks", ready.job()
    running = job.begin(command="deploy", environment="production", canary_steps="10,100", **paused(ready, log))
    running.wait_for("PAUSED")
    running.end_with_this_step()
    done = recover_alongside(job, **without(tmp_path, "ps", "pgrep", "pkill", "setsid"))
    running.wait()
    assert log.read_text().split() == ["begin", "end"], done.stdout
    assert ready.app.routes == {"v1.2.3": 100}
    assert "production is back on v1.2.3" in done.stdout
    assert job.workspace is not None
    assert not (job.workspace / "went-on").exists()
    assert [state for _, state in ready.deployments("production")] == ["success", "failure"]


def test_an_orphaned_watch_is_ended(ready: Shop) -> None:
    """Otherwise it would roll back long after the job has ended."""
    job = ready.job()
    running = job.begin(command="ship", **ready.inputs(duration="10m", interval="200ms"))
    running.wait_for("Watching production")
    running.end_with_this_step()
    assert recover_alongside(job).returncode == 0
    ended = running.wait()
    assert "Rolling production back" not in ended.log
    assert ready.app.routes == {ready.sha: 100}


def test_a_process_that_can_not_be_ended_means_no_rollback(ready: Shop, tmp_path: Path) -> None:
    """The recorded process is on another machine, so its state is unknown."""
    log, job = tmp_path / "rollbacks", ready.job()
    running = job.begin(command="deploy", environment="production", **paused(ready, log))
    running.wait_for("PAUSED")
    actor = job.temp / "hotfix-actor.json"
    actor.write_text(actor.read_text().replace(processes.machine(), f"{processes.machine()}-other"))
    done = recover_alongside(job)
    outputs = (job.temp / "alongside-OUTPUT").read_text()
    running.send(signal.SIGTERM)
    running.wait()
    assert done.returncode == 3
    assert "still runs, so traffic was not touched" in done.stdout
    assert "rolled-back<<" in outputs
    assert "\ntrue\n" not in outputs


def test_two_actions_in_one_job_do_not_deploy_at_once(ready: Shop, tmp_path: Path) -> None:
    job = ready.job()
    running = job.begin(command="deploy", environment="production", **paused(ready, tmp_path / "log"))
    running.wait_for("PAUSED")
    second = Job(**{name: getattr(job, name) for name in job.__dataclass_fields__})
    done = second.begin(command="rollback", rollback_run="true")
    done.wait_for("Another process of the Action is deploying or rolling back in this job.")
    running.kill()
    running.wait()
    done.wait()


def test_who_takes_the_lock_of_an_ended_holder_may_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two recoveries end the same step; the second waits for the first, however long that takes."""
    holder, waiting = subprocess.Popen(["sleep", "300"]), threading.Event()
    real_kill, real_lock = os.kill, fcntl.flock
    first = lock_file(tmp_path).open("a+", encoding="utf-8")
    real_lock(first, fcntl.LOCK_EX)
    first.write(json.dumps({**asdict(processes.identify(holder.pid)), "recovers": False}))
    first.flush()

    def kill(number: int, which: signal.Signals) -> None:
        real_kill(number, which)
        me = json.dumps({**asdict(processes.identify(os.getpid())), "recovers": True})
        lock_file(tmp_path).write_text(me)

    def lock(file: Any, how: int) -> None:
        if how == fcntl.LOCK_EX:
            waiting.set()
        real_lock(file, how)

    monkeypatch.setattr(os, "kill", kill)
    monkeypatch.setattr(fcntl, "flock", lock)
    monkeypatch.setattr(process_lock, "PATIENCE", 0.1)
    got: list[str] = []

    def second() -> None:
        try:
            with after_all_others(tmp_path):
                got.append("lock")
        except OutcomeUnknown as error:
            got.append(str(error))

    thread = threading.Thread(target=second)
    thread.start()
    eventually(lambda: waiting.is_set() or got, "the second recovery to wait or to give up")
    assert got == []
    first.close()
    thread.join(PATIENCE)
    holder.wait()
    assert got == ["lock"]


def test_a_command_whose_record_was_cut_off_may_still_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk, the file is created but its content is not written."""
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    (tmp_path / "hotfix-command.json").touch()
    with pytest.raises(OutcomeUnknown, match="may still run, so traffic was not touched"), after_all_others(tmp_path):
        pass


@pytest.mark.parametrize("lock", [exclusive, after_all_others])
def test_a_full_disk_does_not_block_later_runs(tmp_path: Path, lock: Any) -> None:
    lock_file(tmp_path).symlink_to("/dev/full")
    with lock(tmp_path):
        pass


def still_deploying(shop: Shop, folder: Path) -> dict[str, str]:
    """Return inputs whose deploy command succeeds but leaves a process that redeploys once a file exists."""
    inputs = shop.inputs()
    go, number = folder / "go", folder / "number"
    later = f'while ! test -e {go}; do sleep 0.05; done; $WEBAPP deploy "$HOTFIX_SHA" 100'
    inputs["run"] += f"; ( trap '' INT; {later} ) & echo $! >{number}"
    return inputs


def test_a_deployment_in_the_background_ends_before_a_rollback(ready: Shop, tmp_path: Path) -> None:
    """Exit status 0 means that the command has ended; its child processes may still be running."""
    done = ready.do("deploy", environment="production", **{**still_deploying(ready, tmp_path), "smoke": "exit 1"})
    eventually(lambda: not lives(int((tmp_path / "number").read_text())), "the command's child to end")
    assert (done.status, ready.app.routes) == (1, {"v1.2.3": 100})
    assert "Ending processes that a command of the deployment left running" in [m.what for m in done.report.timeline]


def test_a_later_rollback_ends_what_a_deployment_left_running(ready: Shop, tmp_path: Path) -> None:
    inputs = still_deploying(ready, tmp_path)
    assert ready.do("deploy", environment="production", **inputs).status == 0
    number = int((tmp_path / "number").read_text())
    assert lives(number), "what a successful command leaves behind stays"
    assert ready.do("rollback", rollback_run=inputs["rollback_run"]).status == 0
    eventually(lambda: not lives(number), "the command's child to end")
    assert ready.app.routes == {"v1.2.3": 100}


@pytest.fixture
def begun() -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], ProcessId]]]:
    """Return a function that starts a shell in its own session, as for the user's commands."""
    started = []

    def begin(script: str, until: Path) -> tuple[subprocess.Popen[bytes], ProcessId]:
        command = ["bash", "-c", f"read -r; {script}"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        started.append(process)
        identity = processes.identify(process.pid)
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        eventually(until.exists, f"{until} to be there")
        return process, identity

    yield begin
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def stubborn(tmp_path: Path) -> Path:
    """Return a script that ignores SIGINT and SIGTERM and writes its process ID to a file."""
    script, file = tmp_path / "stubborn.sh", tmp_path / "pid"
    script.write_text(f"trap '' INT TERM; echo $$ >{file}.new; mv {file}.new {file}; while :; do sleep 0.05; done")
    return script


def lives(number: int) -> bool:
    return number in (processes.table() or {})


@pytest.mark.parametrize(
    "how",
    [
        "bash {} & wait",
        "set -m; bash {} & wait",
        "setsid --wait bash {}; true",
        "timeout 60 bash {}; true",
        "bash -c 'bash {} & wait' & wait",
    ],
    ids=["child", "group of its own", "session of its own", "behind timeout", "grandchild"],
)
def test_a_command_is_ended_with_all_that_it_started(begun: Any, stubborn: Path, how: str) -> None:
    file = stubborn.parent / "pid"
    process, identity = begun(how.format(stubborn), file)
    assert lives(child := int(file.read_text()))
    assert processes.end(identity, polite=0.1)
    assert not lives(child)
    assert process.wait() != 0


def test_a_command_that_has_ended_leaves_nothing_to_end(begun: Any, tmp_path: Path) -> None:
    process, identity = begun("true", tmp_path)
    process.wait()
    assert processes.end(identity)


def test_the_rest_of_a_command_whose_shell_is_gone_is_ended(begun: Any, stubborn: Path) -> None:
    file = stubborn.parent / "pid"
    process, identity = begun(f"bash {stubborn} & exit", file)
    process.wait()
    assert lives(child := int(file.read_text()))
    assert processes.end(identity)
    assert not lives(child)


def test_a_reused_process_number_ends_nothing() -> None:
    me = processes.identify(os.getpid())
    other = ProcessId(me.number, "1", me.machine)
    assert processes.runs(other) is False
    assert processes.end(other)


def test_a_process_of_another_machine_can_not_be_known() -> None:
    me = processes.identify(os.getpid())
    assert processes.runs(ProcessId(me.number, me.started, me.machine + "-other")) is None
    assert processes.runs(ProcessId(me.number, me.started, "booted-before pid:[1]")) is False


def test_nothing_is_ended_for_a_command_from_before_a_restart(begun: Any, stubborn: Path) -> None:
    """The ID may have been reused for another session, whose leader has ended as well."""
    file = stubborn.parent / "pid"
    process, identity = begun(f"bash {stubborn} & exit", file)
    process.wait()
    assert processes.end(replace(identity, machine="booted-before pid:[1]"))
    assert lives(int(file.read_text()))
    assert processes.end(identity)


def test_without_proc_the_table_is_read_from_ps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    me = processes.identify(os.getpid())
    assert processes.runs(me) is True
    assert processes.runs(ProcessId(me.number, "another moment", "")) is False
    monkeypatch.setenv("PATH", str(tmp_path))
    assert processes.table() is None
    assert processes.runs(me) is None
    assert not processes.end(me), sys.platform
