"""Printing to people and to machines."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotfix.verdict import Verdict


def print_verdict(verdict: Verdict, where: str) -> None:
    """For people: in colours on a terminal, unless NO_COLOR is set."""
    if sys.stdout.isatty():
        from rich.console import Console

        from hotfix.render import terminal

        terminal(verdict, Console(markup=False, highlight=False, emoji=False), where=where)
    else:
        from hotfix.render import without_style

        ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
        print(without_style(verdict, where=where, ascii_only=ascii_only))


def print_json(value: Any) -> None:
    """For machines: ASCII, so that no terminal or pipe can spoil it."""
    print(json.dumps(value, indent=2))


def say(line: str) -> None:
    """A remark beside the output."""
    print(line, file=sys.stderr)
