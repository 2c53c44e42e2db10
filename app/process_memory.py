"""Keep the service's memory small: few malloc arenas (glibc only), and nothing kept that only the startup used."""

from __future__ import annotations

import contextlib
import ctypes
import gc

ARENAS = 2
"""Number of malloc arenas. By default glibc uses up to eight per core; these threads mostly wait for GitHub."""
_M_ARENA_MAX = -8
COLLECT_AFTER = 5_000
"""Number of new objects that triggers garbage collection while serving; the command line raises it for the start."""


def bound_arenas() -> None:
    """Limit malloc to a few arenas. Call it before threads are started."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


def release_startup_memory() -> None:
    """Release memory that only the startup needed, and exempt the remaining objects from garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
