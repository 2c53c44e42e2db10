"""A command at a real pseudo-terminal: the test waits for its output, then types an answer."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from tests.cli.conftest import HOTFIX, Clone
from tests.waiting import PATIENCE

COLUMNS, ROWS = 80, 40


class Terminal:
    """`hotfix` with arguments, run in a clone at a terminal of 80 columns."""

    def __init__(self, clone: Clone, arguments: Sequence[str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {**clone.environment, "TERM": "xterm", "NO_COLOR": "1"}
        self._process = subprocess.Popen(
            [str(HOTFIX), *arguments], cwd=clone.path, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""
        self._answered = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def expect(self, words: str) -> None:
        """Wait until the text appears after the last answer."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.shown[self._answered :]:
            assert time.monotonic() < deadline, f"waited for {words!r}:\n{self.shown}"
            assert self._read(deadline), f"ended without {words!r}:\n{self.shown}"
        self._answered = self.shown.index(words, self._answered) + len(words)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type a line."""
        self.expect(question)
        os.write(self._ours, f"{text}\n".encode())

    def interrupt(self, question: str) -> None:
        """Wait for a question and press Ctrl-C."""
        self.expect(question)
        self._process.send_signal(signal.SIGINT)
        # A signal that arrives before the command reads does not end the read; a line does.
        with suppress(OSError):
            os.write(self._ours, b"\n")

    def end(self) -> int:
        """Wait for the command to end; return the exit status."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            assert time.monotonic() < deadline, self.shown
        return self._process.wait(PATIENCE)

    def _read(self, deadline: float) -> bool:
        """Read the next output; return False at the end."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
        try:
            found = os.read(self._ours, 65_536) if ready else b""
        except OSError:  # Linux reports the end of a terminal with this error
            return False
        self.shown += found.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(found)
