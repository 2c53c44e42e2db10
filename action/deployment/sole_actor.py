"""Lock traffic to one process of the Action per job; the lock ends with its process.

A step that was cancelled may leave its process running: a container's gets no signal. Whoever comes after it ends it
first, and does nothing if that can't be seen to have succeeded.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from action.runner import processes, user_commands
from action.runner.command_errors import DeploymentRefused, OutcomeUnknown
from action.runner.processes import ProcessId

PATIENCE = 10.0
"""Seconds until a killed process must have given its lock back."""
_POLL = 0.02
_held: set[Path] = set()
_NEXT = "See on the runner what still runs, end it, then use 'command: rollback'."


def lock_file(temp: Path) -> Path:
    """Return the lock, which names its holder; it is empty if nobody was cut off. action.yml looks for it too."""
    return temp / "hotfix-actor.json"


@contextlib.contextmanager
def exclusive(temp: Path) -> Iterator[None]:
    """Hold the lock, which this process may do already.

    Raises DeploymentRefused if another process of the Action holds it.
    """
    if temp in _held:
        yield
        return
    with lock_file(temp).open("a+", encoding="utf-8") as file:
        if not _locked(file):
            raise DeploymentRefused(
                "Another process of the Action is deploying or rolling back in this job.", "Wait for it."
            )
        _held.add(temp)
        try:
            with _named(file, recovers=False):
                yield
        finally:
            _held.discard(temp)


@contextlib.contextmanager
def after_all_others(temp: Path) -> Iterator[None]:
    """Hold the lock after ending its holder and the command that it ran.

    Raises OutcomeUnknown if either may still run.
    """
    with lock_file(temp).open("a+", encoding="utf-8") as file:
        if not _locked(file):
            _end_holder(file)
        if not user_commands.end_recorded():
            raise OutcomeUnknown(
                "The command of the interrupted step may still run, so traffic was not touched.", _NEXT
            )
        with _named(file, recovers=True):
            yield


def _end_holder(file: IO[str]) -> None:
    """End whoever holds the lock, and take it. Another recovery may take it first: it is left to finish."""
    ended, until = None, 0.0
    while not _locked(file):
        process, recovers = _holder(file)
        if recovers:
            fcntl.flock(file, fcntl.LOCK_EX)
            return
        if process and process != ended:
            if process.machine == processes.machine():
                _kill(process)
                until = time.monotonic() + PATIENCE
            ended = process
        elif process and time.monotonic() >= until:
            raise OutcomeUnknown(
                f"An earlier process of the Action ({process.number}) still runs, so traffic was not touched.", _NEXT
            )
        time.sleep(_POLL)


def _kill(process: ProcessId) -> None:
    if processes.runs(process) is not False:  # otherwise its number may be another process's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.number, signal.SIGKILL)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> tuple[ProcessId | None, bool]:
    """Return who wrote down that it holds the lock, and whether it is a recovery.

    None if the holder is about to write, has just ended, or had no room to write.
    """
    file.seek(0)
    try:
        read: dict[str, Any] = json.loads(file.read())
    except ValueError:
        return None, False
    recovers = bool(read.pop("recovers"))
    return ProcessId(**read), recovers


@contextlib.contextmanager
def _named(file: IO[str], *, recovers: bool) -> Iterator[None]:
    """Write down who holds the lock; after an end of any other kind than a kill, nobody does.

    On a full disk nobody is named, and whoever comes waits for the lock instead of ending its holder.
    """
    _write(file, json.dumps({**asdict(processes.identify(os.getpid())), "recovers": recovers}))
    try:
        yield
    finally:
        _write(file, "")


def _write(file: IO[str], text: str) -> None:
    with contextlib.suppress(OSError):
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), text.encode())
