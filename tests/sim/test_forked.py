"""The templates of forked processes, which the workers of a run share."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.forked import LINUX, ROOT, USE, Forked
from tests.waiting import PATIENCE, eventually

WORKER = """
import sys
from pathlib import Path
from tests import forked
forked.share(Path(sys.argv[1]))
print(forked._template("action", clock=False), flush=True)
sys.stdin.read()
"""

INTERRUPTED = """
import contextlib, os, sys
from pathlib import Path
from tests.forked import Forked

def raises_at(line):
    def trace(frame, event, _):
        if frame.f_code is not constructor:
            return None
        if event == "line" and frame.f_lineno == line:
            raise KeyboardInterrupt
        return trace
    return trace

constructor = Forked.__init__.__code__
lines = {line for *_, line in constructor.co_lines() if line and line > constructor.co_firstlineno}
nothing = (os.open(os.devnull, os.O_RDWR),) * 3
for line in sorted(lines):
    sys.settrace(raises_at(line))
    with contextlib.suppress(KeyboardInterrupt):
        Forked(["--version"], Path(sys.argv[1]), dict(os.environ), nothing)
        sys.exit(f"line {line} was not reached")
    sys.settrace(None)
print(len(lines))
"""


def answers(path: str) -> bool:
    """Return whether a template listens on this socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, suppress(OSError):
        connection.connect(path)
        connection.sendall(USE)
        return connection.recv(1) == USE
    return False


@pytest.mark.skipif(not LINUX, reason="processes are forked on Linux only")
def test_a_shared_template_ends_with_the_last_of_its_users(tmp_path: Path) -> None:
    """The worker that started it may end first."""
    workers, paths = [], []
    for _ in range(2):
        command = [sys.executable, "-c", WORKER, str(tmp_path)]
        worker = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert worker.stdout
        paths.append(worker.stdout.readline().strip())
        workers.append(worker)
    assert paths[0] == paths[1]
    workers[0].communicate()
    assert answers(paths[0])
    workers[1].communicate()
    eventually(lambda: not answers(paths[0]), "the template to end")


@pytest.mark.skipif(not LINUX, reason="processes are forked on Linux only")
def test_a_second_reader_sees_that_a_process_has_ended(tmp_path: Path) -> None:
    """One thread may wait for a process while another one polls, and reads the status that only comes once."""
    with open(os.devnull, "r+b") as nothing:
        process = Forked(["--version"], tmp_path, dict(os.environ), (nothing.fileno(),) * 3)
        eventually(lambda: process.poll() is not None, "the process to end")
    assert select.select([process._connection], [], [], PATIENCE)[0], "whoever waits now waits without end"
    assert process.wait() == 0


@pytest.mark.skipif(not LINUX, reason="processes are forked on Linux only")
def test_a_signal_during_the_start_leaves_no_message(tmp_path: Path) -> None:
    """Wherever in the constructor a signal raises its exception, nothing is printed, not even by the template."""
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert int(ended.stdout) > 5
    assert ended.stderr == ""
