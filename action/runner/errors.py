"""How a command can end other than well: by exit status, with the words of the one `::error` line."""

from __future__ import annotations


class ActionError(Exception):
    """`str()` is what was wrong and what mends it, in plain sentences."""

    exit_status = 1
    state = "failure"

    def __init__(self, what: str, mend: str = "", *, about: str = "") -> None:
        super().__init__(f"{what} {mend}".strip())
        self.what = what
        self.remediation = mend
        self.about = about
        """The input it speaks of, as written in a workflow; empty when none is to blame."""


class Failed(ActionError):
    """The deployment, the gates or the verdict failed."""


class RollbackFailed(Failed):
    """The worst case: the new version failed and the previous one could not be brought back."""

    state = "rollback-failed"


class Refused(Failed):
    """A condition of the workflow is not met (staging, verdict, another deployment): nothing was changed."""

    state = "refused"


class UsageError(ActionError):
    """An input, a permission or the repository's set-up is wrong: nothing was changed."""

    exit_status = 2
    state = "used-wrongly"


class Unknown(ActionError):
    """Nobody can tell: GitHub or a gate gave no answer in time. Run it again."""

    exit_status = 3
    state = "could-not-tell"


class Interrupted(BaseException):
    """The run was cancelled or the step killed by a signal. Not an Exception, so that nothing swallows it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"signal {signal_number}")
        self.signal_number = signal_number
