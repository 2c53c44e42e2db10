"""Write the files with which a step reports to the runner, even if a user's command has tampered with them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def size(file: Path) -> int:
    """Return the size of a file in bytes; 0 if it does not exist."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0


def write(file: Path, text: str) -> None:
    """Replace the file's content, without blocking on a named pipe. Raises OSError if that fails.

    Characters that can't be encoded, such as stray bytes from an environment variable, become question marks.
    """
    with contextlib.suppress(OSError):
        if file.is_file():
            file.chmod(file.stat().st_mode | 0o200)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK, 0o644)
    with open(opened, "w", encoding="utf-8", errors="replace") as stream:
        stream.write(text)


def append(file: Path, text: str, *, most: int) -> None:
    """Append a text to the file. The old content is truncated so that both fit into `most` bytes.

    Raises the same errors as `write`.
    """
    there = b""
    if held := size(file):
        with file.open("rb") as stream:
            there = stream.read(min(held, max(0, most - len(text.encode(errors="replace")))))
    write(file, there.decode("utf-8", "ignore") + text)
