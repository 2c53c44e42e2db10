"""The errors of commands, with their exit status and the text of the `::error` line."""

from __future__ import annotations

import errno

from hotfix.github.transport.errors import AccessRestricted, NotPermitted, TokenRefused


class ActionError(Exception):
    """An error that ends a command. `str()` says what happened, then what to do."""

    exit_status = 1
    state = "failure"

    def __init__(self, what: str, remediation: str = "", *, about: str = "") -> None:
        super().__init__(f"{what} {remediation}".strip())
        self.what = what
        self.remediation = remediation
        self.about = about
        """The responsible input, as named in a workflow; empty if none."""


class CommandFailed(ActionError):
    """The deployment, the gates or the verdict failed."""


class RollbackFailed(CommandFailed):
    """The worst case: the new version failed and the previous one could not be restored."""

    state = "rollback-failed"


class DeploymentRefused(CommandFailed):
    """A precondition is not met (staging, verdict, another deployment); nothing was changed."""

    state = "refused"


class UsageError(ActionError):
    """An input, a permission or the repository's set-up is wrong; none of the user's commands has run."""

    exit_status = 2
    state = "usage-error"


class InvalidPolicy(UsageError):
    """The policy on the default branch is not valid."""


class OutcomeUnknown(ActionError):
    """No response from GitHub or a gate in time. The command can be run again."""

    exit_status = 3
    state = "unknown"


def as_action_error(error: Exception) -> ActionError:
    """Return the error itself, or a CommandFailed that describes a full disk or an unexpected error."""
    if isinstance(error, ActionError):
        return error
    if is_full_disk(error):
        return CommandFailed(
            f"The runner's disk is full ({error}).",
            "Free space on it, or use a runner with a larger disk, then run the job again.",
        )
    return CommandFailed(f"Something unexpected happened ({type(error).__name__}: {error}).")


def is_full_disk(error: Exception) -> bool:
    """Return whether a file could not be written because the disk, or the user's quota on it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def refused_token(error: NotPermitted, lacking: str) -> UsageError:
    """Return the error for a token that GitHub refuses. `lacking`: what to do if it only lacks a permission."""
    match error:
        case AccessRestricted():
            remediation = "Use a runner or a token that the organization permits."
        case TokenRefused():
            remediation = "It has expired or was revoked; a GitHub App's ends after an hour. Run the job again."
        case _:
            remediation = lacking
    return UsageError(str(error), remediation, about="token")


def what_happened(error: Exception) -> str:
    """Return an error's text without its remediation."""
    return error.what if isinstance(error, ActionError) else str(error)


class Interrupted(BaseException):
    """The run was cancelled or the step killed by a signal. Not an Exception, so that nothing swallows it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"signal {signal_number}")
        self.signal_number = signal_number
