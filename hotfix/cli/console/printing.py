"""Print output for people and for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from hotfix.text import sentences

if TYPE_CHECKING:
    from hotfix.verdict import Verdict


def print_verdict(verdict: Verdict, where: str, *, next_command: str, verbose: bool) -> None:
    """Print a verdict for people, in colour on a terminal unless NO_COLOR is set."""
    if sys.stdout.isatty():
        from rich.console import Console

        from hotfix.render import terminal

        console = Console(markup=False, highlight=False, emoji=False)
        terminal(verdict, console, where=where, next_command=next_command, verbose=verbose)
    else:
        from hotfix.render import without_style

        plain = not (sys.stdout.encoding or "").lower().startswith("utf")
        text = without_style(verdict, where=where, next_command=next_command, verbose=verbose, ascii_only=plain)
        print(text)


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


def print_json(value: Any) -> None:
    """Print a value as JSON, in ASCII so that no terminal or pipe encoding can corrupt it."""
    print(json.dumps(value, indent=2))


def say(line: str) -> None:
    """Print a message to stderr; at a terminal, wrapped between words, except for commands."""
    columns = _columns(sys.stderr)
    for each in line.split("\n"):
        shown = [each] if each.startswith("    ") else wrapped([each], columns)
        print("\n".join(shown), file=sys.stderr)
