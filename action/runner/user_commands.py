"""Run the user's commands with bash, as the runner would, with `HOTFIX_*` variables that describe the deployment."""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from action.runner import processes, secret_variables
from action.runner.inputs import PREFIX
from action.runner.processes import ProcessId
from hotfix.render.workflow_commands import command as workflow_command

GRACE = 2.0
"""Seconds between interrupting a command and killing it; the runner allows 7.5 seconds."""
TIMED_OUT = -1
"""Status of a command that timed out. No command ends with it, unlike 124, which `timeout` uses."""
_WHEN_RECORDED = 'read -r go && exec bash --noprofile --norc -eo pipefail -c "$0" </dev/null'
"""The command starts only after its process is recorded, so that nothing runs if the Action is killed before that.

The outer `bash -p` reads no start-up files, which is left to the command."""

started = False
"""Whether a command was started. From then on something may have changed."""


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command: the step's, without the Action's inputs, secrets and files, plus `extra`.

    Its writes to the files that change outputs or later steps are discarded.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "HOTFIX_ACTION_"))}
    for name in (*secret_variables.SECRETS, *secret_variables.DROPPED):
        kept.pop(name, None)
    return {**kept, **dict.fromkeys(secret_variables.FILES, os.devnull), **extra}


def run(
    title: str,
    command: str,
    extra: Mapping[str, str],
    *,
    timeout: float | None = None,
    on_leaving: Callable[[ProcessId], None] = lambda process: None,
) -> int:
    """Run a command in its own log group. Return its exit status, or TIMED_OUT if it took longer than `timeout`.

    Signals are reported as by a shell, such as 137 for SIGKILL. `on_leaving` is called if the command succeeded but
    left processes running.

    Its output is never interpreted as workflow commands. If it fails or this process is interrupted, all processes that
    it started are ended.
    """
    global started
    with group(title), _plain_output():
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-p", "-c", _WHEN_RECORDED, command],
            env=environment(extra),
            stdin=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        identity = processes.identify(process.pid)
        _record(identity)
        status = 1
        try:
            started = True
            process.communicate(b"go\n", timeout)
            status = process.returncode if process.returncode >= 0 else 128 - process.returncode
        except subprocess.TimeoutExpired:
            status = TIMED_OUT
        finally:
            if not status or _end(process, identity):
                _forget()
    if not status and processes.left_behind(identity):
        on_leaving(identity)
    return status


def shown(status: int) -> str:
    """Return an exit status for display, with the name of its signal."""
    try:
        return f"exit status {status}" + (f" ({signal.Signals(status - 128).name})" if status > 128 else "")
    except ValueError:
        return f"exit status {status}"


def _end(process: subprocess.Popen[bytes], identity: ProcessId) -> bool:
    ended = processes.end(identity, polite=GRACE if process.poll() is None else 0.0)
    if not ended and process.poll() is None:
        process.kill()
    process.wait()
    return ended


def end_recorded() -> bool:
    """End the command of an earlier process that was killed. Return whether it has certainly ended."""
    file = _record_file()
    if file is None or not file.exists():
        return True
    try:
        process = ProcessId(**json.loads(file.read_text()))
    except (ValueError, TypeError):  # the disk was full when it was written
        return False
    ended = processes.end(process, polite=GRACE)
    if ended:
        file.unlink()
    return ended


def _record_file() -> Path | None:
    folder = os.environ.get("RUNNER_TEMP")
    return Path(folder) / "hotfix-command.json" if folder else None


def _record(identity: ProcessId) -> None:
    """Record a command's process on disk while it runs, for recovery after a kill."""
    if file := _record_file():
        with contextlib.suppress(OSError):  # a full disk must not prevent a rollback
            file.write_text(json.dumps(asdict(identity)))


def _forget() -> None:
    if file := _record_file():
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def group(title: str) -> Iterator[None]:
    """Group log lines within the context."""
    say(workflow_command("group", title))
    try:
        yield
    finally:
        say("::endgroup::")


@contextlib.contextmanager
def _plain_output() -> Iterator[None]:
    token = secrets.token_hex(16)
    say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        say(f"\n::{token}::")  # starts with a line feed, since the command's output may not end with one


def say(line: str) -> None:
    """Write a log line and flush it. If the log is no longer read, discard this and all further output.

    A lost runner must not prevent a rollback. The log is set to blocking mode first, because a command may have left it
    in non-blocking mode, in which writes fail while the reader is slow.
    """
    try:
        with contextlib.suppress(io.UnsupportedOperation):  # in tests the log is not a file
            os.set_blocking(sys.stdout.fileno(), True)
        print(line, flush=True)
    except OSError:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 1)
