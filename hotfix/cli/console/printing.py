"""Print output for people and for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from hotfix.text import sentences


def width() -> int:
    """Return the terminal's width in columns, at most 100; 0 for a pipe or file, where lines are not wrapped."""
    return _columns(sys.stdout)


def _columns(stream: TextIO) -> int:
    return min(shutil.get_terminal_size().columns, 100) if stream.isatty() else 0


def wrapped(lines: Sequence[str], columns: int) -> list[str]:
    """Wrap lines at this many columns, with indented continuation lines; return them unchanged for 0 columns."""
    if not columns:
        return list(lines)
    found: list[str] = []
    for line in lines:
        start = " " * (len(line) - len(line.lstrip()))
        found += sentences.wrapped(line, columns, hang=f"{start}    ")
    return found


def print_wrapped(line: str) -> None:
    """Print a line to stdout; at a terminal, wrapped between words."""
    print("\n".join(wrapped([line], width())))


def print_json(value: Any) -> None:
    """Print a value as JSON, in ASCII so that no terminal or pipe encoding can corrupt it."""
    print(json.dumps(value, indent=2))


def say(line: str) -> None:
    """Print a message to stderr; at a terminal, wrapped between words, except for commands."""
    columns = _columns(sys.stderr)
    for each in line.split("\n"):
        shown = [each] if each.startswith("    ") else wrapped([each], columns)
        print("\n".join(shown), file=sys.stderr)
