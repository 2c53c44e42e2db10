"""Define the error that says why a message could not be delivered."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """Whose fault it is that a message could not be delivered, which decides when it is sent again."""

    PASSING = "passing"
    """The network or the service: it is sent again with back-off."""
    CONFIGURATION = "configuration"
    """A key, an address or a permission, which somebody must change: the next event or start sends it again."""
    UNEXPLAINED = "unexplained"
    """The service does not say: it is sent again with back-off for an hour, then hourly, and given up after a week."""


class Undelivered(Exception):
    """A message was refused or its service did not answer. The text is public and never quotes an address or key."""

    def __init__(self, problem: str, retry_after: float | None = None, *, cause: Cause = Cause.PASSING) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds that the service asks to leave it alone; None if it said nothing."""
        self.cause = cause


def cause_of_status(status: int) -> Cause:
    """Return the cause that an HTTP status tells: a refused request is refused again, a server error passes."""
    return Cause.CONFIGURATION if 400 <= status < 500 and status not in (408, 420, 425, 429) else Cause.PASSING


def slow_down(service: str, retry_after: Any, otherwise: float = 30.0) -> Undelivered:
    """Return the error of a service that limits the rate, by its header in seconds."""
    after = str(retry_after or "")
    return Undelivered(f"{service} asks to slow down", float(after) if after.isdecimal() else otherwise)
