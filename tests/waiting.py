"""Waiting in tests: for a condition, with a long limit because the machine may be busy, and never for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL = 0.05
"""Seconds between the standard library server's checks for shutdown (0.5 by default)."""
PATIENCE = 90.0
"""Seconds after which waiting for a condition fails."""
LATER, LEAST_PAUSE, MOST_PAUSE = 0.1, 0.01, 0.25
"""The pause between two checks: a share of the time waited so far, and its bounds in seconds."""


def eventually(holds: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Wait until `holds` returns a true value, and return it. The pauses grow with the time waited."""
    began = time.monotonic()
    while True:
        value = holds()
        if value:
            return value
        waited = time.monotonic() - began
        if waited > patience:
            raise AssertionError(f"waited {patience:.0f} s for {what}")
        time.sleep(min(max(waited * LATER, LEAST_PAUSE), MOST_PAUSE))
