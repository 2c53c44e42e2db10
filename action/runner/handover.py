"""Take secrets out of the process's environment before user commands run. Imports the standard library only.

What a process got at its start stays readable in `/proc/PID/environ`, whatever it deletes later. So the entry point
starts itself once more without it, and hands it over by a pipe that nobody else can open.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping

SECRETS = ("HOTFIX_INPUT_TOKEN", "HOTFIX_ACTION_JOB_TOKEN")
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")
"""Names of files that change this step's outputs or the job's later steps."""
DROPPED = ("ACTIONS_RUNTIME_TOKEN",)
"""Writes artifacts and caches of the run; the Action has no use for it."""
_PIPE = "HOTFIX_ACTION_HANDOVER"
_MOST_BYTES = 60_000
"""A pipe holds 64 KiB before the writer has to wait for a reader."""
_PR_SET_DUMPABLE = 4


def environment() -> Mapping[str, str]:
    """Return the environment that the step was given. Starts the process once more if it still holds secrets."""
    if _PIPE not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], without_secrets(os.environ))  # noqa: S606
    pipe = int(os.environ.pop(_PIPE))
    with os.fdopen(pipe, encoding="utf-8") as file:
        handed_over: dict[str, str] = json.load(file)
    _shut_memory()
    return {**os.environ, **handed_over}


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the second start: the secrets are in a pipe, whose number it names."""
    taken = {name: environ[name] for name in (*SECRETS, *FILES) if name in environ}
    text = json.dumps(taken).encode()
    if len(text) > _MOST_BYTES:
        sys.exit("::error title=hotfix: token::The token is too long to be one.")
    kept = {name: value for name, value in environ.items() if name not in (*SECRETS, *FILES, *DROPPED)}
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    os.set_inheritable(reading, True)
    return {**kept, _PIPE: str(reading)}


def _shut_memory() -> None:
    """Close this process's memory and environment to other processes of the same user, on Linux."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
