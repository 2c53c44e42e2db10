"""Remove secrets from the process's environment before user commands run. Imports only the standard library.

A process's initial environment stays readable in `/proc/PID/environ`, even after variables are deleted. So the entry
point executes itself again without the secrets, and passes them through a pipe that no other process can open.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping

SECRETS = ("HOTFIX_INPUT_TOKEN", "HOTFIX_ACTION_JOB_TOKEN")
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")
"""Variables that name files which change this step's outputs or the job's later steps."""
DROPPED = ("ACTIONS_RUNTIME_TOKEN",)
"""Variables that are removed. The runtime token gives access to the run's artifacts and caches, and is not needed."""
_PIPE = "HOTFIX_ACTION_SECRETS_PIPE"
_MOST_BYTES = 60_000
"""Maximum size in bytes of the data in the pipe, which holds 64 KiB before a write blocks."""
_PR_SET_DUMPABLE = 4


def environment() -> Mapping[str, str]:
    """Return the step's environment. Executes the process again first if its environment still holds secrets."""
    if _PIPE not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], without_secrets(os.environ))  # noqa: S606
    pipe = int(os.environ.pop(_PIPE))
    with os.fdopen(pipe, encoding="utf-8") as file:
        handed_over: dict[str, str] = json.load(file)
    _shut_memory()
    return {**os.environ, **handed_over}


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for the second execution, which names a pipe that holds the secrets."""
    taken = {name: environ[name] for name in (*SECRETS, *FILES) if name in environ}
    text = json.dumps(taken).encode()
    if len(text) > _MOST_BYTES:
        sys.exit("::error title=hotfix: token::The value is too long to be a token.")
    kept = {name: value for name, value in environ.items() if name not in (*SECRETS, *FILES, *DROPPED)}
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    os.set_inheritable(reading, True)
    return {**kept, _PIPE: str(reading)}


def _shut_memory() -> None:
    """Protect this process's memory and environment from other processes of the same user, on Linux."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
