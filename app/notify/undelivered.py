"""The error for a message that could not be delivered, and its causes."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """The causes of an undelivered message, which determine when it is retried."""

    PASSING = "passing"
    """A temporary problem of the network or the service: the message is retried with backoff."""
    CONFIGURATION = "configuration"
    """A wrong key, address or permission, which must be fixed: the message is retried on the next event or start."""
    UNEXPLAINED = "unexplained"
    """An unknown cause: the message is retried with backoff for an hour, then hourly for a week."""


class Undelivered(Exception):
    """A message was refused or its service did not answer. The text is public: it never quotes an address or a key."""

    def __init__(self, problem: str, retry_after: float | None = None, *, cause: Cause = Cause.PASSING) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds to wait before a retry, as requested by the service; None if it requested nothing."""
        self.cause = cause


def cause_of_status(status: int) -> Cause:
    """Return the cause for an HTTP status: client errors need a configuration change, server errors are temporary."""
    return Cause.CONFIGURATION if 400 <= status < 500 and status not in (408, 420, 425, 429) else Cause.PASSING


def slow_down(service: str, retry_after: Any, otherwise: float = 30.0) -> Undelivered:
    """Return the error for a rate-limited request; `retry_after` is the value of the header, in seconds."""
    after = str(retry_after or "")
    return Undelivered(f"{service} limits the rate", float(after) if after.isdecimal() else otherwise)
