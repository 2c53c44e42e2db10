"""Runs the user's own commands: by bash, as the runner would, with `HOTFIX_*` saying what to deploy where."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping

from action.runner.inputs import PREFIX
from hotfix.render.workflow_commands import command as workflow_command

GRACE = 2.0
"""Seconds between asking a command to end and ending it; the runner itself gives us 7.5."""


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The step's own environment without our inputs (the token is one), and with `extra`.

    What a command writes to GITHUB_OUTPUT goes nowhere: the step's outputs are ours.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "HOTFIX_ACTION_"))}
    return {**kept, "GITHUB_OUTPUT": os.devnull, **extra}


def run(
    title: str,
    command: str,
    extra: Mapping[str, str],
    *,
    timeout: float | None = None,
    started: Callable[[int], None] = lambda pid: None,
) -> int:
    """Run a command in a log group of its own and return its exit status; 124 when it took longer than `timeout`.

    Nothing it prints is taken for a workflow command. `started` is told its process group. When we are interrupted,
    so is the command.
    """
    with group(title), _plain_output():
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
            env=environment(extra),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            started(process.pid)
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            return 124
        finally:
            if process.poll() is None:
                stop(process.pid, lambda: process.poll() is not None)
                process.wait()


def stop(group_id: int, ended: Callable[[], bool]) -> None:
    """End a command and all that it started."""
    for number, grace in ((signal.SIGINT, GRACE), (signal.SIGKILL, 0.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group_id, number)
        until = time.monotonic() + grace
        while not ended() and time.monotonic() < until:
            time.sleep(0.05)
        if ended() and number is signal.SIGINT:
            break


@contextlib.contextmanager
def group(title: str) -> Iterator[None]:
    """A fold in the log."""
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
    """A line of the log, there at once."""
    print(line, flush=True)
