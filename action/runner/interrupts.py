"""Cancelling a run sends SIGINT to the step, SIGTERM 7.5 s later, and ends it 2.5 s after that."""

from __future__ import annotations

import signal
from types import FrameType

from action.runner.errors import Interrupted


def listen() -> None:
    """From now on both signals raise Interrupted in the main thread; the second one does nothing more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)
