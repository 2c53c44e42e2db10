"""Shifts the clocks of a process that has this folder on its PYTHONPATH by offsets read from a shared file.

`CHAOS_CLOCK` names a file of two doubles: the seconds added to the wall clock and to the monotonic clock.
Sleeping calls continue to sleep; every clock reading shows the new time, as after a suspended machine resumes.
Only `asyncio.wait_for` notices it: its timeout ends by the shifted clock, so that tests need not wait.
"""

import asyncio
import datetime
import mmap
import os
import struct
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from datetime import datetime as _Datetime
else:
    _Datetime = datetime.datetime
_REAL: type = datetime.datetime
T = TypeVar("T")
NOTICED = 0.05
"""Real seconds after which a waiting call has noticed that the clock was advanced."""
_path = os.environ.get("CHAOS_CLOCK")
_shared: mmap.mmap


def follow(path: str) -> None:
    """Use the clock offsets in this file from now on: a forked process has its own."""
    global _shared
    with open(path, "r+b") as file:
        _shared = mmap.mmap(file.fileno(), 16)


async def _wait_for(awaited: Awaitable[T], timeout: float | None) -> T:
    """Wait like `asyncio.wait_for`, but look at the shifted clock several times a second."""
    future = asyncio.ensure_future(awaited)
    end = None if timeout is None else time.monotonic() + timeout
    try:
        while not future.done():
            rest = NOTICED if end is None else end - time.monotonic()
            if rest <= 0:
                raise TimeoutError
            await asyncio.wait((future,), timeout=min(rest, NOTICED))
        return future.result()
    finally:
        future.cancel()


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
    asyncio.wait_for = _wait_for  # type: ignore[assignment]


if _path:
    follow(_path)
    _install()
