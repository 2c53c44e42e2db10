"""How work grows with its input, on any machine: its CPU time, compared with that for a tenth of the input."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST = 40
"""Times as long for ten times the input: linear work takes ten times as long, quadratic work a hundred times."""
LEAST_SECONDS = 0.02
"""What a tenth is taken to need at least: less is noise."""


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Do the work for a tenth of the size, and for all of it."""
    small, large = (_seconds(work, each) for each in (size // 10, size))
    assert large < MOST * max(small, LEAST_SECONDS), f"{small:.2f} s for {size // 10}, {large:.2f} s for {size}"


def _seconds(work: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    work(size)
    return time.process_time() - began
