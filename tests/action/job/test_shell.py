"""The user's commands: their environment and their limits."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from action.runner import interrupts, user_commands
from action.runner.command_errors import Interrupted
from tests.waiting import eventually


def test_a_command_finds_the_deployment_but_not_the_token(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTFIX_INPUT_TOKEN", "secret")
    monkeypatch.setenv("HOTFIX_ACTION_JOB_TOKEN", "secret")
    monkeypatch.setenv("MINE", "kept")
    assert user_commands.run("title", "env", {"HOTFIX_TAG": "v1.2.4-hotfix.1"}) == 0
    seen = capfd.readouterr().out
    assert "HOTFIX_TAG=v1.2.4-hotfix.1" in seen
    assert "MINE=kept" in seen
    assert "secret" not in seen


def test_what_a_command_prints_is_no_workflow_command(capfd: pytest.CaptureFixture[str]) -> None:
    user_commands.run("a title", "printf '::error::no\\n::set-output name=x::y'", {})
    lines = capfd.readouterr().out.splitlines()
    stop = next(line for line in lines if line.startswith("::stop-commands::"))
    token = stop.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert lines.index("::error::no") > lines.index(stop)
    assert lines.index(f"::{token}::") > lines.index("::set-output name=x::y")
    assert lines[-1] == "::endgroup::"


def test_a_command_can_not_set_the_outputs_of_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = tmp_path / "outputs"
    outputs.touch()
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    assert user_commands.run("title", 'echo "tag=v9" >> "$GITHUB_OUTPUT"', {}) == 0
    assert outputs.read_text() == ""


def test_a_title_of_several_lines_stays_in_the_group_line(capfd: pytest.CaptureFixture[str]) -> None:
    user_commands.run("one\n::error::two", "true", {})
    assert capfd.readouterr().out.splitlines()[0] == "::group::one%0A::error::two"


def test_a_command_stops_at_its_first_failure_as_a_run_step_does() -> None:
    assert user_commands.run("t", "false\ntrue", {}) == 1
    assert user_commands.run("t", "exit 3 | cat", {}) == 3


@pytest.mark.parametrize(
    ("command", "status", "shown"),
    [
        ("exit 2", 2, "exit status 2"),
        ("exit 124", 124, "exit status 124"),
        ("/dev/null", 126, "exit status 126"),
        ("no-such-command", 127, "exit status 127"),
        ("kill -KILL $$", 137, "exit status 137 (SIGKILL)"),
        ("bash -c 'kill -TERM $$'", 143, "exit status 143 (SIGTERM)"),
        ("exit 255", 255, "exit status 255"),
    ],
)
def test_any_exit_status_is_a_failure_of_its_own(command: str, status: int, shown: str) -> None:
    assert user_commands.run("t", command, {}) == status
    assert user_commands.shown(status) == shown


def test_a_command_without_input_and_with_much_output_ends(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The command has no input, prints 20 MB, and leaves a process behind that keeps its output open."""
    left = tmp_path / "left"
    command = f"cat; head -c 20000000 /dev/zero | tr '\\0' x; sleep 300 & echo $! > {left}"
    assert user_commands.run("t", command, {}) == 0
    assert capfd.readouterr().out.count("x") >= 20_000_000
    os.kill(int(left.read_text()), signal.SIGKILL)


def test_a_command_runs_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk must not prevent a rollback."""
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path / "gone"))
    assert user_commands.run("t", "exit 3", {}) == 3


def test_a_variable_reaches_bash_unevaluated(tmp_path: Path) -> None:
    reported = tmp_path / "reported"
    command = f"printf '%s' \"$HOTFIX_TAG\" > {reported}"
    assert user_commands.run("t", command, {"HOTFIX_TAG": "$(touch /tmp/never) `x` ; exit 9"}) == 0
    assert reported.read_text() == "$(touch /tmp/never) `x` ; exit 9"


def test_an_interrupted_command_ends_with_all_that_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    old = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interrupts.listen()

    def interrupt() -> None:
        eventually(child.exists, "the command's child")
        os.kill(os.getpid(), signal.SIGINT)

    script = f"sleep 300 & echo $! >{child}.new; trap '' INT; mv {child}.new {child}; wait; sleep 300"
    threading.Thread(target=interrupt, daemon=True).start()
    try:
        with pytest.raises(Interrupted):
            user_commands.run("t", script, {})
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
    eventually(lambda: not lives(int(child.read_text())), "the command's child to end")


def lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
