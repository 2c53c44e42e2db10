"""The files a step reports through: a command may delete, fill or replace them, and the log may be unavailable."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from action.runner.report import RunReport
from tests.action.conftest import Shop
from tests.action.runner import ROOT, assignments

MIB = 1 << 20


def gone(file: Path) -> None:
    shutil.rmtree(file.parent)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize("what", [gone, a_folder, a_pipe])
def test_a_report_that_can_not_be_written_is_a_warning(
    what: Callable[[Path], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The version is in production anyway; failing the step over a file would suggest that it is not."""
    output, summary = tmp_path / "files" / "output", tmp_path / "more" / "summary"
    for file in (output, summary):
        file.parent.mkdir()
        file.touch()
        what(file)
    RunReport("deploy").write(output, summary)
    shown = capfd.readouterr().out
    assert "::warning title=hotfix deploy::The step's outputs could not be written" in shown
    assert "The step's summary could not be written" in shown


def test_a_report_that_a_command_made_read_only_is_written(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.write_text("state=success\n")
    output.chmod(0o444)
    report = RunReport("deploy", state="failure")
    report.write(output, None)
    assert assignments(output.read_text())["state"] == "failure"
    assert output.stat().st_mode & 0o222


@pytest.mark.parametrize("filled", [0, 1000, MIB - 100, MIB, 3 * MIB])
def test_the_report_fits_behind_what_commands_wrote(tmp_path: Path, filled: int) -> None:
    """GitHub drops a whole summary of more than 1 MiB, including the report."""
    summary = tmp_path / "summary"
    summary.write_bytes("é".encode() * (filled // 2))
    RunReport("deploy").write(None, summary)
    text = summary.read_text()
    assert len(text.encode()) <= MIB
    assert text.endswith(RunReport("deploy").markdown())
    assert text.startswith("é") is (filled > 0)


def test_a_file_that_later_steps_read_is_emptied(shop: Shop) -> None:
    """A command can find the file by its name, which the runner doesn't hide, and write-protect it."""
    inputs = {
        "environment": "staging",
        "run": 'for f in "$RUNNER_TEMP"/env-* "$RUNNER_TEMP"/path-*; do echo "EVIL=1" >"$f"; chmod 444 "$f"; done',
    }
    ended = shop.job().begin(command="deploy", **inputs).wait()  # raises if the environment changed
    assert ended.status == 0
    assert "A command wrote to a file that changes the job's later steps. Its content was discarded." in ended.log


UNREAD = """
import os, sys
sys.path.insert(0, {root!r})
from action.runner import user_commands
reading, writing = os.pipe()
os.dup2(writing, 1)
os.close(writing)
os.close(reading)
sys.exit(user_commands.run("Roll back", "echo first; seq 100000; touch {done}", {{}}))
"""


def test_a_command_runs_to_its_end_though_the_log_is_lost(tmp_path: Path) -> None:
    """After the runner is lost, the log has no reader; traffic must still be rolled back."""
    done = tmp_path / "done"
    script = UNREAD.format(root=str(ROOT), done=done)
    environ = {**os.environ, "RUNNER_TEMP": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, done.exists()) == (0, True), ended.stderr


CROWDED = """
import os, sys
sys.path.insert(0, {root!r})
from action.runner import user_commands
os.set_blocking(1, False)
for line in ("x" * 1_000_000, "the end"):
    user_commands.say(line)
"""


def test_no_line_is_lost_if_the_log_is_read_slowly(tmp_path: Path) -> None:
    """A command such as Node.js can make the log's pipe non-blocking, so that writing fails while it is full."""
    script = CROWDED.format(root=str(ROOT))
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.stdout == "x" * 1_000_000 + "\nthe end\n", ended.stderr


def test_a_report_with_bytes_that_are_not_text_is_written(tmp_path: Path) -> None:
    """An environment variable can contain such bytes, and a message can repeat them."""
    output, summary = tmp_path / "output", tmp_path / "summary"
    RunReport("deploy", state="failure", reason="caf\udce9").write(output, summary)
    assert assignments(output.read_text())["reason"] == "caf?"
    assert "caf\ufffd" in summary.read_text()


@pytest.mark.parametrize("command", ["deploy", "ship"])
def test_a_full_disk_is_named_before_anything_runs(ready: Shop, tmp_path: Path, command: str) -> None:
    """The deployment's state can't be saved, so the previous version could not be restored after a cancellation."""
    temp = tmp_path / "jobs/job-1/temp"
    temp.mkdir(parents=True)
    (temp / f"hotfix-under-way.{os.getpid()}.new").symlink_to("/dev/full")
    inputs = ready.inputs() if command == "ship" else {"environment": "production", **ready.inputs()}
    done = ready.do(command, **inputs)
    assert (done.status, done.report.state) == (1, "failure")
    assert done.report.reason.startswith("The runner's disk is full ([Errno 28] No space left on device).")
    assert ready.app.routes == {"v1.2.3": 100}
    assert ready.deployments("production")[-1] == (ready.sha, "failure")
