"""Runs programs in processes forked from a template that has already imported them: imports dominate short commands.

The real program runs in its own process, with its own arguments, environment, folder, files, signals and
session. Tests of the startup itself run the installed script (tests/cli/test_help.py, test_serve.py) and the Action's
entry point (tests/action/job/test_token.py, test_act.py). `python -m tests.forked PROGRAM SOCKET` is a template; the
workers of a run share theirs.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import gc
import importlib
import json
import os
import pkgutil
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
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Literal, NoReturn, cast

from tests.chaos.clock import Clock

ROOT = Path(__file__).parents[1]
LINUX = sys.platform == "linux"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Program = Literal["hotfix", "action", "github"]
"""The command and service, a step of the Action, and the simulated GitHub."""
PRELOADED: dict[Program, tuple[str, ...]] = {
    "hotfix": (
        "hotfix", "app", "cryptography.fernet", "markdown_it", "pygments.lexers", "rich.console", "rich.text",
        "uvicorn.lifespan.on", "uvicorn.loops.uvloop", "sqlalchemy.dialects.sqlite",
        "sqlalchemy.dialects.postgresql.psycopg",
    ),
    "action": ("action", "hotfix.github", "markdown_it", "pygments.lexers"),
    "github": (
        "tests.github.__main__", "tests.github.server.validate", "uvicorn.loops.uvloop", "uvicorn.protocols.http.auto",
        "uvicorn.lifespan.off",
    ),
}  # fmt: skip
"""Preloaded modules of each program. Of our own packages, every module is imported, including lazily imported ones."""
FORK, USE = b"F", b"U"
"""The first byte on a connection: fork a process, or keep the template running until the connection is closed."""
RUN_WHEN_IMPORTED = ("__main__", "entry_point", "migrations.env")


class Forked:
    """A process forked from a template, with the methods of `subprocess.Popen` that tests use.

    `files` are the descriptors of its standard input, output and error.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        files: tuple[int, int, int],
        program: Program = "hotfix",
    ) -> None:
        self._program = program
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Unlike `__del__`, this also works for an object of which a signal has interrupted the construction.
        weakref.finalize(self, self._connection.close)
        self._connection.connect(_template(program, clock="CHAOS_CLOCK" in env))
        socket.send_fds(self._connection, [FORK], files)
        said = {"arguments": list(arguments), "folder": str(folder), "env": dict(env)}
        self._connection.sendall(json.dumps(said).encode() + b"\n")
        self._lines = self._connection.makefile()
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None
        self._reading = threading.Lock()
        """Held while the status is read: one thread may cancel a process for which another waits."""

    def poll(self) -> int | None:
        """Return the exit status (the negated signal number if a signal ended it), or None while it runs."""
        with self._reading:
            if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
                self.returncode = int(self._lines.readline())
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the process to end and return its exit status. Raises subprocess.TimeoutExpired."""
        if self.poll() is None and not select.select([self._connection], [], [], timeout)[0] and self.poll() is None:
            raise subprocess.TimeoutExpired(self._program, timeout or 0.0)
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    arguments: Sequence[str], folder: Path, env: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `hotfix` with these arguments to completion, as `subprocess.run` (used on systems other than Linux) would."""
    if not LINUX:
        script = str(Path(sys.executable).with_name("hotfix"))
        return subprocess.run([script, *arguments], cwd=folder, env=env, input=stdin, capture_output=True, text=True)
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        status = Forked(arguments, folder, env, (given.fileno(), out.fileno(), err.fileno())).wait()
        shown = []
        for file in (out, err):
            file.seek(0)
            shown.append(file.read().decode())
    return subprocess.CompletedProcess(["hotfix", *arguments], status, *shown)


_shared: Path | None = None


def share(folder: Path) -> None:
    """Use the templates in this folder together with other processes, which keep it until the last of them ends."""
    global _shared
    _shared = folder


def _own_folder() -> Path:
    """Return a folder that is removed when this process ends."""
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # a signal right here would leave the folder behind
    folder = Path(tempfile.mkdtemp(prefix="hotfix-forked-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    return folder


@functools.cache
def _template(program: Program, *, clock: bool) -> str:
    """Return the path of the socket of a program's template, which is started if necessary. Each clock has its own.

    The template ends with the last process that uses it.
    """
    if _shared is None:
        folder = _own_folder()
        process = _start(program, folder, clock=clock)
        atexit.register(process.wait)
        atexit.register(cast(IO[bytes], process.stdin).close)
        return f"{folder}/socket"
    folder = _shared / f"{program}-{clock}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _use(f"{folder}/socket"):
            _kept.append(_start(program, folder, clock=clock))
    return f"{folder}/socket"


_kept: list[object] = []
"""What keeps shared templates running while this process runs."""


def _use(path: str) -> bool:
    """Keep the template behind a socket running until this process ends; return whether there is one."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(OSError):
        connection.connect(path)
        connection.sendall(USE)
        if connection.recv(1) == USE:
            _kept.append(connection)
            return True
    connection.close()
    return False


def _start(program: Program, folder: Path, *, clock: bool) -> subprocess.Popen[bytes]:
    """Start a template and wait until it listens. It ends when its standard input is closed and nobody else uses it."""
    path = folder / "socket"
    path.unlink(missing_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOTFIX_")}
    if clock:
        env |= Clock(folder).env
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.forked", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=env,
        start_new_session=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != b"ready\n":
        raise RuntimeError(f"the template of `{program}` did not start")
    process.stdout.close()
    return process


# --- in the template ---


def main(program: Program, path: str) -> None:
    """Import what the program needs, then fork a guard per connection, as long as any process uses this template."""
    for name in PRELOADED[program]:
        module = importlib.import_module(name)
        if name.partition(".")[0] in ("action", "app", "hotfix"):
            for found in pkgutil.walk_packages(module.__path__, f"{name}."):
                if not found.name.endswith(RUN_WHEN_IMPORTED):
                    importlib.import_module(found.name)
    if program == "hotfix":
        importlib.import_module("hotfix.policy").Policy()  # the default globs are translated once per process
    if program == "github":
        importlib.import_module("tests.github.server.validate").compile_all()
        importlib.import_module("tests.github.server.graphql.engine").schema()
        importlib.import_module("tests.github.server.world").key_pair(0)
    gc.collect()
    gc.freeze()
    if threading.active_count() > 1:
        raise RuntimeError("a thread runs after the imports: a fork would copy its locks")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(path)
    except FileNotFoundError:  # whoever started this template was interrupted, and has removed the folder
        return
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards are not waited for
    print("ready", flush=True)
    users: list[IO[str] | socket.socket] = [sys.stdin]
    while users:
        ready = select.select([listener, *users], [], [])[0]
        users = [user for user in users if user not in ready]  # those that closed their connection
        if listener not in ready:
            continue
        connection, _ = listener.accept()
        first = connection.recv(1, socket.MSG_PEEK)
        if first == USE:
            connection.sendall(connection.recv(1))
            users.append(connection)  # readable once it is closed
        else:
            if first == FORK and os.fork() == 0:
                listener.close()
                _guard(program, connection)
            connection.close()  # only the guard keeps it open, so that all who wait see its end


def _guard(program: Program, connection: socket.socket) -> NoReturn:
    """Fork the process, report its PID, then its exit status. Kill the process if the connection is closed first."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    files = socket.recv_fds(connection, 1, 3)[1]
    with connection.makefile() as lines:
        line = lines.readline()
    if not line.endswith("\n"):  # whoever asked was interrupted
        os._exit(0)
    said = json.loads(line)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _be(program, said["arguments"], said["folder"], said["env"], files)
    for file in files:
        os.close(file)
    with contextlib.suppress(OSError):  # closed: killed below
        connection.sendall(f"{pid}\n".encode())
    asked = connection.fileno()
    if asked in select.select([asked, os.pidfd_open(pid)], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):
        connection.sendall(f"{status}\n".encode())
    os._exit(0)


def _be(
    program: Program, arguments: Sequence[str], folder: str, env: Mapping[str, str], files: Sequence[int]
) -> NoReturn:
    """Run the program as in a new interpreter process, in its own session."""
    status: object = 1
    try:
        os.setsid()
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(env)
        time.tzset()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
        sys.argv = [program, *arguments]
        if "CHAOS_CLOCK" in env:
            importlib.import_module("sitecustomize").follow(env["CHAOS_CLOCK"])
        status = _run(program)
    except SystemExit as end:
        status = end.code
        if isinstance(status, str):
            print(status, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status if isinstance(status, int) else 0 if status is None else 1)


def _run(program: Program) -> object:
    """Call the program's entry point and return its exit status."""
    if program == "hotfix":
        from hotfix.cli import main as hotfix

        return hotfix()
    if program == "github":
        from tests.github.__main__ import main as github

        github()
        return 0
    from action.runner import secret_variables
    from action.runner.step import main as action

    # If the entry point re-executes itself without secrets, only the environment changes.
    kept = secret_variables.without_secrets(os.environ)
    os.environ.clear()
    os.environ.update(kept)
    return action(secret_variables.environment())


if __name__ == "__main__":
    program, path = sys.argv[1:]
    main(cast(Program, program), path)
