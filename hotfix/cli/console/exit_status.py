"""The exit statuses of the command line, and the conversion of any error to one sentence."""

from __future__ import annotations

from hotfix.text.escaping import one_line

PASS = 0
FAILED = 1
"""The user has something to correct: rules fail, a commit message is incomplete, or a policy is broken."""
UNUSABLE = 2
"""The command was used incorrectly, or a prerequisite is missing."""


class CommandError(Exception):
    """An error that ends the command with exit status 2. The message is one sentence that says what to do."""


def sentence(error: Exception) -> str:
    """Return one printable line for any error."""
    if isinstance(error, CommandError):
        return one_line(str(error))
    if not isinstance(error, (OSError, ImportError)) and hasattr(error, "format_message"):  # a usage error
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "hotfix"
        words = str(error.format_message()).replace("Value error, ", "").rstrip(".")
        return one_line(f"{words}{'' if words.endswith('?') else '.'} Try `{command} --help`.")
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return one_line(f"{where}{error.strerror}.")
    if isinstance(error, ModuleNotFoundError):
        return one_line(f"the Python package {error.name} is missing: install hotfix again.")
    words = str(error).strip() or "no message"
    return one_line(f"this is a bug in hotfix ({type(error).__name__}: {words}); HOTFIX_DEBUG=1 shows more.")
