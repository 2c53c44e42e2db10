"""Growth of CPU time with input size, compared with a tenth of the input so that it holds on any machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

MOST = 40
"""Maximum ratio of CPU times for ten times the input: linear work has a ratio of 10, quadratic work of 100."""
LEAST_SECONDS = 0.005
"""Minimum CPU time assumed for a tenth of the input; less is noise."""
ATTEMPTS = 3
"""An interruption slows a single measurement; work that grows too fast slows all of them."""


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Assert that the CPU time for the full size is about proportional to that for a tenth of it."""
    for attempt in range(ATTEMPTS):
        # Another size each time: what the code keeps from an earlier text must not be measured.
        small, large = (_seconds(work, each - attempt) for each in (size // 10, size))
        if large < MOST * max(small, LEAST_SECONDS):
            return
    raise AssertionError(f"{small:.2f} s for {size // 10}, {large:.2f} s for {size}; {ATTEMPTS} times like this")


def _seconds(work: Callable[[int], object], size: int) -> float:
    """Return the CPU time of this thread, without garbage collection of objects that other tests left in memory."""
    gc.disable()
    try:
        began = time.thread_time()
        work(size)
        return time.thread_time() - began
    finally:
        gc.enable()
