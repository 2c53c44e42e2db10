"""The database cannot be written: the disk is full, or another connection holds the lock."""

from __future__ import annotations

import resource
import sqlite3

from tests.chaos.faults.base import Fault, Scale, opened
from tests.chaos.ground import Ground

FULL_FOR = 3.0
LOCKED_FOR = 9.0
"""Longer than an acknowledgement may be delayed, so that some deliveries are refused."""


def full(ground: Ground, scale: Scale) -> None:
    """Limit the size of the service's files, which simulates a full disk without root privileges."""
    opened(ground)
    pid = ground.service.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    for _ in range(2):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, hard))
        at_work = ground.people.at_work(scale.acts // 2)
        ground.wait(FULL_FOR)
        at_work.join()
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def locked(ground: Ground, scale: Scale) -> None:
    """Hold the write lock from another connection."""
    opened(ground)
    for seconds in (2.0, LOCKED_FOR):
        other = sqlite3.connect(ground.database.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        at_work = ground.people.at_work(scale.acts // 2)
        ground.wait(seconds)
        other.execute("ROLLBACK")
        other.close()
        at_work.join()


FAULTS = (
    Fault("disk-full", "no file can grow for some seconds", full),
    Fault("locked", "another connection locks the database for 2 and for 9 s", locked),
)
