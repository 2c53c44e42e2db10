"""Shifts the clocks of a process that has this folder on its PYTHONPATH by offsets read from a shared file.

`CHAOS_CLOCK` names a file of two doubles: the seconds added to the wall clock and to the monotonic clock.
Sleeping calls continue to sleep; every clock reading shows the new time, as after a suspended machine resumes.
"""

import datetime
import mmap
import os
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime as _Datetime
else:
    _Datetime = datetime.datetime
_REAL: type = datetime.datetime
_path = os.environ.get("CHAOS_CLOCK")
_shared: mmap.mmap


def follow(path: str) -> None:
    """Use the clock offsets in this file from now on: a forked process has its own."""
    global _shared
    with open(path, "r+b") as file:
        _shared = mmap.mmap(file.fileno(), 16)


def _install() -> None:
    read = struct.Struct("dd").unpack_from
    wall, monotonic, wall_ns, monotonic_ns = time.time, time.monotonic, time.time_ns, time.monotonic_ns
    time.time = lambda: wall() + read(_shared)[0]
    time.monotonic = lambda: monotonic() + read(_shared)[1]
    time.time_ns = lambda: wall_ns() + int(read(_shared)[0] * 1e9)
    time.monotonic_ns = lambda: monotonic_ns() + int(read(_shared)[1] * 1e9)

    class Kind(type):
        """A datetime created by C code is an instance as well."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, _REAL)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, _REAL)

    class Shifted(_Datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Shifted":
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls) -> "Shifted":
            return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)

    Shifted.__name__ = Shifted.__qualname__ = "datetime"
    datetime.datetime = Shifted  # type: ignore[misc]


if _path:
    follow(_path)
    _install()
