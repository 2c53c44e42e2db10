"""Write the files by which a step reports to the runner, whatever a user's command has made of them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def size(file: Path) -> int:
    """Return how many bytes a file holds; 0 if there is no such file."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0


def write(file: Path, text: str) -> None:
    """Replace the file's content. Raises OSError if that fails; a named pipe does not block it.

    What is not text, such as stray bytes of an environment variable, becomes question marks.
    """
    with contextlib.suppress(OSError):
        if file.is_file():
            file.chmod(file.stat().st_mode | 0o200)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK, 0o644)
    with open(opened, "w", encoding="utf-8", errors="replace") as stream:
        stream.write(text)


def append(file: Path, text: str, *, most: int) -> None:
    """Append a text to the file; its old content is cut at the end so that both fit into `most` bytes.

    Raises as `write` does.
    """
    there = b""
    if held := size(file):
        with file.open("rb") as stream:
            there = stream.read(min(held, max(0, most - len(text.encode(errors="replace")))))
    write(file, there.decode("utf-8", "ignore") + text)
