"""Allow only one process of the Action per job to change traffic, by a lock that ends with its process.

A cancelled step may leave its process running, since processes in containers receive no signal. The recovery step ends
that process first, and does nothing if it can't verify that it has ended.
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
"""Seconds within which a killed process must release its lock."""
_POLL = 0.02
_held: set[Path] = set()
_NEXT = "See on the runner what still runs, end it, then use 'command: rollback'."


def lock_file(temp: Path) -> Path:
    """Return the lock file, which names its holder; it is empty unless a holder was killed. action.yml reads it too."""
    return temp / "hotfix-actor.json"


@contextlib.contextmanager
def exclusive(temp: Path) -> Iterator[None]:
    """Hold the lock. Reentrant within this process.

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
    """Hold the lock after ending its holder and the command that the holder ran.

    Raises OutcomeUnknown if either may still be running.
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
    """End the process that holds the lock, and take the lock. If another recovery holds it, wait for that to finish."""
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
    if processes.runs(process) is not False:  # otherwise the PID may belong to another process by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.number, signal.SIGKILL)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> tuple[ProcessId | None, bool]:
    """Return the recorded holder of the lock, and whether it is a recovery.

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
    """Record this process as the lock's holder, and clear the record at the end, unless killed.

    If the disk is full, no holder is recorded, and later processes wait for the lock instead of ending its holder.
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
