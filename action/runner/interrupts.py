"""Turn the cancellation of a run into an exception.

The runner sends SIGINT to the step, SIGTERM 7.5 s later, and kills it 2.5 s after that.
"""

from __future__ import annotations

import signal
from types import FrameType

from action.runner.command_errors import Interrupted


def listen() -> None:
    """Raise Interrupted in the main thread on the first of the two signals, and ignore the second."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)
