"""How tests wait: for a condition, and long, since a busy machine may have much else to do. Never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL = 0.05
"""Seconds until a server of the standard library notices that it is to stop; half a second is its own choice."""
PATIENCE = 90.0
"""Seconds until what a test waits for never comes."""
LATER, LEAST_PAUSE, MOST_PAUSE = 0.1, 0.01, 0.25
"""The pause between two looks: this share of the time waited so far, and its bounds in seconds."""


def eventually(holds: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Wait until it holds; return what it gave. The longer it takes, the less often it is asked."""
    began = time.monotonic()
    while True:
        value = holds()
        if value:
            return value
        waited = time.monotonic() - began
        if waited > patience:
            raise AssertionError(f"waited {patience:.0f} s for {what}")
        time.sleep(min(max(waited * LATER, LEAST_PAUSE), MOST_PAUSE))
