"""Define the error that says why a message could not be delivered."""

from __future__ import annotations

from typing import Any


class Undelivered(Exception):
    """A message was refused or its service did not answer. The text is public and never quotes an address or key."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds that the service asks to leave it alone; None if it said nothing."""


def slow_down(service: str, retry_after: Any, otherwise: float = 30.0) -> Undelivered:
    """Return the error of a service that limits the rate, by its header in seconds."""
    after = str(retry_after or "")
    return Undelivered(f"{service} asks to slow down", float(after) if after.isdigit() else otherwise)
