"""The command line. `commands` and `operator_commands` declare the commands and their help.

An unexpected error is reported as one sentence on stderr with exit status 2; `HOTFIX_DEBUG=1` shows the traceback.
"""

from __future__ import annotations

import io
import os
import sys
from copy import copy
from typing import TYPE_CHECKING

from hotfix import short_process
from hotfix.cli.console.exit_status import UNUSABLE, sentence

if TYPE_CHECKING:
    from typer import Typer


def main() -> int:
    """Run the command given in `sys.argv` and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for ASCII-only terminals
    short_process.prepare()
    try:
        from hotfix.cli.operator_commands import (
            app,  # imported here, so that a broken installation is reported as one sentence
        )

        arguments = sys.argv[1:] or ["--help"]
        status = _only(app, arguments[0])(arguments, prog_name="hotfix", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has exited. Without this, Python would report another error when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("HOTFIX_DEBUG") == "1":
            raise
        from hotfix.cli.console.printing import say  # imported here, because most commands end without an error

        say(f"hotfix: {sentence(error)}")
        return UNUSABLE


def _only(app: Typer, name: str) -> Typer:
    """Return the app with only the named command, so that the others' options are not built.

    Returns the whole app if there is no such command.
    """
    named = [one for one in app.registered_commands if name == (one.name or getattr(one.callback, "__name__", ""))]
    if not named:
        return app
    app = copy(app)
    app.registered_commands, app.registered_groups = named, []
    return app
