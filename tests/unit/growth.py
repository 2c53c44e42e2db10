"""How work grows with its input, on any machine: its CPU time, compared with that for a tenth of the input."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

MOST = 40
"""Times as long for ten times the input: linear work takes ten times as long, quadratic work a hundred times."""
LEAST_SECONDS = 0.02
"""What a tenth is taken to need at least: less is noise."""
ATTEMPTS = 3
"""A machine that is interrupted makes one measurement long; work that grows too fast makes all of them long."""


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Do the work for a tenth of the size, and for all of it."""
    for _ in range(ATTEMPTS):
        small, large = (_seconds(work, each) for each in (size // 10, size))
        if large < MOST * max(small, LEAST_SECONDS):
            return
    raise AssertionError(f"{small:.2f} s for {size // 10}, {large:.2f} s for {size}; {ATTEMPTS} times like this")


def _seconds(work: Callable[[int], object], size: int) -> float:
    """Return the CPU time of this thread, without looking through all that other tests left in memory."""
    gc.disable()
    try:
        began = time.thread_time()
        work(size)
        return time.thread_time() - began
    finally:
        gc.enable()
