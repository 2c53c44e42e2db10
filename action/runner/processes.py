"""Find processes and end them with all their descendants, using `/proc`, or `ps` on machines without it.

A process is identified by its PID and start time, since a PID can be reused.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PATIENCE = 5.0
"""Seconds within which a killed process must end; one that hangs in the kernel does not."""
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """A row of the process table."""

    number: int
    parent: int
    group: int
    session: int
    """The session ID; 0 if unknown."""
    started: str
    """The start time, only for comparison."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process's identity, unique even if its PID is reused or the machine is restarted."""

    number: int
    started: str
    machine: str
    """The machine's boot ID and PID namespace, within which the PID is valid."""


def table() -> dict[int, Process] | None:
    """Return the running processes by PID; None if they can't be listed."""
    if (_PROC / "self/stat").exists():
        return _from_proc()
    return _from_ps()


def machine() -> str:
    """Return an identifier of this machine's boot and this container; empty if not available."""
    parts = []
    with contextlib.suppress(OSError):
        parts.append((_PROC / "sys/kernel/random/boot_id").read_text().strip())
    with contextlib.suppress(OSError):
        parts.append(os.readlink(_PROC / "self/ns/pid"))
    return " ".join(parts)


def identify(number: int) -> ProcessId:
    """Return the identity of a running process; its start time is empty if not available."""
    found = _row(number) if (_PROC / "self/stat").exists() else (_from_ps() or {}).get(number)
    return ProcessId(number, found.started if found else "", machine())


def runs(process: ProcessId) -> bool | None:
    """Return whether a process is still running; None if that can't be determined."""
    seen = table()
    if seen is None or not process.started:
        return None
    here, there = machine().split(), process.machine.split()
    if here[:1] != there[:1]:
        return False if here and there else None  # the machine was restarted
    if here != there:
        return None  # a process of another container, which is not visible here
    found = seen.get(process.number)
    return found is not None and found.started == process.started


def left_behind(process: ProcessId) -> bool:
    """Return whether a process or anything it started is still running in its session."""
    return process.machine == machine() and bool(_Family(process).members())


def end(process: ProcessId, *, polite: float = 0.0) -> bool:
    """End a process, its descendants and its session, and return whether all have certainly ended.

    `polite`: seconds to wait after SIGINT before killing them. Daemons that have left both the process tree and the
    session keep running.
    """
    running = runs(process)
    if running is None:
        return False
    if process.machine != machine():
        return True  # the machine was restarted, so these PIDs belong to other processes
    family = _Family(process)
    if not running and not family.members():
        return True
    if polite:
        _signal(family.groups(), signal.SIGINT, os.killpg)
        if _until(lambda: not family.members(), polite):
            return True
    seen: set[int] = set()
    while new := set(family.members()) - seen:  # a stopped process cannot start others
        _signal(new, signal.SIGSTOP, os.kill)
        seen |= new
    _signal(family.members(), signal.SIGKILL, os.kill)
    return _until(lambda: not family.members(), _PATIENCE)


class _Family:
    """A process, its descendants and its session. Processes stay members until they end."""

    def __init__(self, process: ProcessId) -> None:
        self._leader = process
        self._known: dict[int, str] = {process.number: process.started}

    def _rows(self) -> list[Process]:
        rows = table() or {}
        leader = rows.get(self._leader.number)
        reused = leader is not None and leader.started != self._leader.started
        found: dict[int, Process] = {}
        grown = True
        while grown:
            grown = False
            for row in rows.values():
                known = self._known.get(row.number) == row.started
                in_session = not reused and row.session == self._leader.number
                belongs = known or in_session or row.parent in found
                if belongs and row.number not in found and row.number != os.getpid():
                    found[row.number] = row
                    grown = True
        self._known |= {row.number: row.started for row in found.values()}
        return list(found.values())

    def members(self) -> list[int]:
        return [row.number for row in self._rows()]

    def groups(self) -> set[int]:
        return {row.group for row in self._rows()} - {os.getpgid(0)}


def _signal(numbers: Iterable[int], number: signal.Signals, send: Callable[[int, int], None]) -> None:
    for each in numbers:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(each, number)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < end:
        time.sleep(_POLL)
    return held


def _from_proc() -> dict[int, Process]:
    rows = (_row(int(entry)) for entry in os.listdir(_PROC) if entry.isdecimal())
    return {row.number: row for row in rows if row}


def _row(number: int) -> Process | None:
    """Return the process with this PID from `/proc`.

    None if it does not exist or is a zombie.
    """
    try:
        text = (_PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name, in parentheses, may itself contain spaces and parentheses; the other fields follow the last one.
    state, parent, group, session, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else Process(number, int(parent), int(group), int(session), started=rest[15])


def _from_ps() -> dict[int, Process] | None:
    """Return the process table of a machine without `/proc`, such as macOS.

    Its `ps` shows no usable session, so the process group is used instead.
    """
    command = ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,lstart="]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
        rows = [line.split(None, 4) for line in shown.splitlines()]
        return {int(r[0]): Process(int(r[0]), int(r[1]), int(r[2]), int(r[2]), r[4]) for r in rows if r[3][0] != "Z"}
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
