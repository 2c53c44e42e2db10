"""The command line: `hotfix check`, `start`, `commit-msg`, `policy`, `judge`, `next-tag`, `serve`.

Whatever happens, the user gets one sentence on stderr and exit status 2, never a traceback; `HOTFIX_DEBUG=1` shows it.
"""

from __future__ import annotations

import io
import os
import sys

from hotfix.cli.errors import COULD_NOT_TELL


def main() -> int:
    """Run the command of `sys.argv` and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows only ASCII must not stop us
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for some takes longer than most commands
    try:
        from hotfix.cli.commands import app  # here, so that even a broken installation ends with a sentence

        status = app(sys.argv[1:] or ["--help"], prog_name="hotfix", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has gone. Python would complain again when it closes stdout on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("HOTFIX_DEBUG") == "1":
            raise
        print(f"hotfix: {_sentence(error)}", file=sys.stderr)
        return COULD_NOT_TELL


def _sentence(error: Exception) -> str:
    """One printable line for any error."""
    from hotfix.cli.errors import CannotGoOn
    from hotfix.text import one_line

    if isinstance(error, CannotGoOn):
        return one_line(str(error))
    if not isinstance(error, (OSError, ImportError)) and hasattr(error, "format_message"):  # used wrongly
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "hotfix"
        return one_line(f"{error.format_message().rstrip('.')}. Try `{command} --help`.")
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return one_line(f"{where}{error.strerror}.")
    if isinstance(error, ModuleNotFoundError):
        return one_line(f"the Python package {error.name} is missing: install hotfix again.")
    words = str(error).strip() or "no message"
    return one_line(f"this is a mistake in hotfix itself ({type(error).__name__}: {words}); HOTFIX_DEBUG=1 shows more.")
