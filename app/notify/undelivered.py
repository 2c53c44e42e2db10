"""Define the error that says why a message could not be delivered."""

from __future__ import annotations


class Undelivered(Exception):
    """A message was refused or its service did not answer. The text is public and never quotes an address or key."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds that the service asks to leave it alone; None if it said nothing."""
