"""The command line. `commands` and `operator_commands` declare every command and its help; the rest does the work.

Whatever happens, the user gets one sentence on stderr and exit status 2, never a traceback; `HOTFIX_DEBUG=1` shows it.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from copy import copy
from typing import TYPE_CHECKING

from hotfix.cli.console.exit_status import UNUSABLE, sentence

if TYPE_CHECKING:
    from typer import Typer


def main() -> int:
    """Run the command of `sys.argv` and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for terminals that know only ASCII
    gc.set_threshold(100_000, 20, 100)  # collecting what imports make, which all stays, is a tenth of the start
    atexit.register(gc.freeze)  # and collecting it once more when the process ends, a sixth of `hotfix check`
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # to look for some takes longer than most commands
    try:
        from hotfix.cli.operator_commands import (
            app,  # imported here, so that even a broken installation ends with a sentence
        )

        arguments = sys.argv[1:] or ["--help"]
        status = _only(app, arguments[0])(arguments, prog_name="hotfix", standalone_mode=False)
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
        print(f"hotfix: {sentence(error)}", file=sys.stderr)
        return UNUSABLE


def _only(app: Typer, name: str) -> Typer:
    """Return the app with this one of its commands, so that the others' options are not built; or all of it."""
    named = [one for one in app.registered_commands if name == (one.name or getattr(one.callback, "__name__", ""))]
    if not named:
        return app
    app = copy(app)
    app.registered_commands, app.registered_groups = named, []
    return app
