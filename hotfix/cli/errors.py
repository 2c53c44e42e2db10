"""What goes wrong at the command line, and its exit codes."""

from __future__ import annotations

PASS = 0
FAILED = 1
"""Rules failed, a message lacks something, a policy is broken: the user's own work is to be mended."""
COULD_NOT_TELL = 2
"""Used wrongly, or something needed isn't there."""


class CannotGoOn(Exception):
    """Ends the command with exit status 2; the message is one sentence that says what to do."""
