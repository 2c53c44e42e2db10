"""Starts `hotfix serve` in a process forked from a template that has imported it: the imports take most of a start.

What runs is the real command in a process of its own, with its own environment, folder, log and signals. Tests of the
start itself run the command line (tests/cli/test_serve.py). `python -m tests.service.template SOCKET` is the template.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from tests.chaos.clock import Clock

ROOT = Path(__file__).parents[2]
PRELOADED = (
    "hotfix.cli.commands", "app.main", "app.web.protocol", "uvicorn.lifespan.on", "uvicorn.loops.auto",
    "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg",
)  # fmt: skip


class Forked:
    """A process forked from the template, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, arguments: Sequence[str], folder: Path, env: Mapping[str, str], log: Path) -> None:
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.connect(_template(clock="CHAOS_CLOCK" in env))
        log.touch()
        said = {"arguments": list(arguments), "folder": str(folder), "env": dict(env), "log": str(log)}
        self._connection.sendall(json.dumps(said).encode() + b"\n")
        self._lines = self._connection.makefile()
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, minus the signal's number if one ended it; None while it runs."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self.returncode = int(self._lines.readline())
            self._connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status; raises subprocess.TimeoutExpired."""
        if self.returncode is None and not select.select([self._connection], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("hotfix serve", timeout or 0.0)
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@functools.cache
def _template(*, clock: bool) -> str:
    """Start the template and return its socket's path: one for each test process, and one with a clock that is set.

    It ends with this process.
    """
    folder = Path(tempfile.mkdtemp(prefix="hotfix-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = f"{folder}/socket"
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOTFIX_")}
    if clock:
        env |= Clock(folder).env
    # It ends when its input does.
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.template", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=env,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    if process.stdout.readline() != b"ready\n":
        raise RuntimeError("the template of the service did not start")
    process.stdout.close()
    return path


# --- in the template ---


def main(path: str) -> None:
    """Import the service, then fork a guard for each connection until the input ends."""
    for name in PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    if threading.active_count() > 1:
        raise RuntimeError("a thread runs after the imports: a fork would copy its locks")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the guards
    print("ready", flush=True)
    while True:
        ready = select.select([listener, sys.stdin], [], [])[0]
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _guard(connection)
        connection.close()


def _guard(connection: socket.socket) -> NoReturn:
    """Fork the service, report its pid, and its exit status when it ends. Kill it if nobody is left to ask for that."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection.makefile() as lines:
        said = json.loads(lines.readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        _serve(said["arguments"], said["folder"], said["env"], said["log"])
    connection.sendall(f"{pid}\n".encode())
    asked = connection.fileno()
    if asked in select.select([asked, os.pidfd_open(pid)], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):
        connection.sendall(f"{status}\n".encode())
    os._exit(0)


def _serve(arguments: Sequence[str], folder: str, env: Mapping[str, str], log: str) -> NoReturn:
    """Be `hotfix serve`, as the interpreter would run it in a new process."""
    status = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(env)
        time.tzset()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(1, 2)
        if "CHAOS_CLOCK" in env:
            importlib.import_module("sitecustomize").follow(env["CHAOS_CLOCK"])
        sys.argv = ["hotfix", *arguments]
        from hotfix.cli import main as hotfix

        status = hotfix()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
