"""Run the user's own commands by bash, as the runner would, with `HOTFIX_*` variables for what is deployed where."""

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

from action.runner import handover, processes
from action.runner.inputs import PREFIX
from action.runner.processes import ProcessId
from hotfix.render.workflow_commands import command as workflow_command

GRACE = 2.0
"""Seconds between asking a command to end and ending it; the runner itself gives us 7.5."""
TIMED_OUT = -1
"""Of a command that took too long: a status that none ends with. 124 can be that of a `timeout` of its own."""
_WHEN_RECORDED = 'read -r go && exec bash --noprofile --norc -eo pipefail -c "$0" </dev/null'
"""The command begins once its process is on record: if the Action is killed before that, nothing runs.

`bash -p` around it reads no start-up file, which is for the command to do."""

started = False
"""Was a command started? From then on nobody can say that nothing was touched."""


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return what a command finds: the step's environment without our inputs, secrets and files, and `extra`.

    What it writes to the files that change outputs or later steps goes nowhere.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "HOTFIX_ACTION_"))}
    for name in (*handover.SECRETS, *handover.DROPPED):
        kept.pop(name, None)
    return {**kept, **dict.fromkeys(handover.FILES, os.devnull), **extra}


def run(
    title: str,
    command: str,
    extra: Mapping[str, str],
    *,
    timeout: float | None = None,
    on_leaving: Callable[[ProcessId], None] = lambda process: None,
) -> int:
    """Run a command in a log group of its own. Return its exit status; TIMED_OUT if it took longer than `timeout`.

    A shell's status stands for a signal: 137 for SIGKILL. `on_leaving` is called if it succeeded, and what it started
    goes on.

    Nothing that it prints is taken for a workflow command. If it fails or we are interrupted, all that it started ends.
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
    """Return an exit status for people, with the signal that it stands for."""
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
    """End the command of an earlier process that was killed. Return whether none runs any more, for certain."""
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
    """Keep a command's process on disk while it runs, for whoever comes after a kill."""
    if file := _record_file():
        with contextlib.suppress(OSError):  # a full disk must not keep a version from being rolled back
            file.write_text(json.dumps(asdict(identity)))


def _forget() -> None:
    if file := _record_file():
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def group(title: str) -> Iterator[None]:
    """Yield a fold in the log."""
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
        say(f"\n::{token}::")  # the line feed: what came before may not have ended its line


def say(line: str) -> None:
    """Write a line of the log at once. If nobody reads it any more, it goes nowhere, and so does what commands print.

    A runner that was lost must not keep the previous version from being brought back. A command can leave the log in a
    mode in which writing fails while its reader is slow; that would be taken for a log that nobody reads.
    """
    try:
        with contextlib.suppress(io.UnsupportedOperation):  # the log of a test is not a file
            os.set_blocking(sys.stdout.fileno(), True)
        print(line, flush=True)
    except OSError:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 1)
