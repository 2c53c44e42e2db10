"""Reads what a step of a workflow prints, while it runs and afterwards."""

from __future__ import annotations

import codecs
import os
import select
import threading


class StepOutput:
    """The output pipe of a step. A process that the step leaves behind may keep the pipe open and print more."""

    def __init__(self, pipe: int, log: list[str]) -> None:
        self._pipe, self._log = pipe, log
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lock = threading.Lock()

    def read_on(self) -> None:
        """Read until no process can print."""
        while select.select([self._pipe], [], [])[0] and self._read() != b"":
            pass
        with self._lock:
            os.close(self._pipe)
            self._pipe = -1

    def read_rest(self) -> None:
        """Read what has been printed so far, without waiting."""
        while self._read():
            pass

    def _read(self) -> bytes | None:
        """Read the available output; None if there is none yet, empty if no process can print."""
        with self._lock:
            if self._pipe < 0 or not select.select([self._pipe], [], [], 0)[0]:
                return None
            data = os.read(self._pipe, 65_536)
            self._log.append(self._decoder.decode(data))
            return data
