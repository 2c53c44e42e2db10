"""Keep the resident memory of the process small. Without effect if the C library is not glibc."""

from __future__ import annotations

import contextlib
import ctypes
import gc

ARENAS = 2
"""glibc gives each thread an arena of its own, up to eight per core; the threads here mostly wait for GitHub."""
_M_ARENA_MAX = -8
COLLECT_AFTER = 5_000
"""New objects after which the garbage collector runs; the command line lets the start make more."""


def bound_arenas() -> None:
    """Let all threads share a few arenas. Call it before they are started."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


def settle() -> None:
    """Give back what the start needed, and keep what stays out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
