"""The service's clock, controlled by tests. The service itself has no code for this: see shifted/sitecustomize.py."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

SHIFTED = Path(__file__).parent / "shifted"
_TWO = struct.Struct("dd")


class Clock:
    """A clock shared by all processes that are started with `env`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock"
        self._path.write_bytes(bytes(_TWO.size))
        with self._path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _TWO.size)
        self._offsets = [(0.0, 0.0)]
        """Pairs of monotonic second on this machine and offset of the service's wall clock from then on, in seconds."""

    @property
    def env(self) -> dict[str, str]:
        root = Path(__file__).parents[2]
        return {"CHAOS_CLOCK": str(self._path), "PYTHONPATH": f"{SHIFTED}:{root}"}

    def now(self) -> float:
        """Return the time of the service's wall clock."""
        return time.time() + self.offset

    @property
    def offset(self) -> float:
        """Return the seconds by which the service's wall clock is ahead of the real one."""
        return float(_TWO.unpack_from(self._shared)[0])

    def wall(self, monotonic: float) -> float:
        """Return the service's wall-clock time at a monotonic second of this machine."""
        ahead = next(offset for since, offset in reversed(self._offsets) if since <= monotonic)
        return monotonic + time.time() - time.monotonic() + ahead

    def pass_(self, seconds: float) -> None:
        """Let time pass: advance both clocks."""
        wall, monotonic = _TWO.unpack_from(self._shared)
        self._set(wall + seconds, monotonic + seconds)

    def jump(self, seconds: float) -> None:
        """Shift the wall clock only, like a manual change of the system time."""
        wall, monotonic = _TWO.unpack_from(self._shared)
        self._set(wall + seconds, monotonic)

    def _set(self, wall: float, monotonic: float) -> None:
        _TWO.pack_into(self._shared, 0, wall, monotonic)
        self._offsets.append((time.monotonic(), wall))
