"""Printing to people and to machines."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """For people: colours where stdout is a terminal and NO_COLOR isn't set; user text is never read as markup."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def print_json(value: Any) -> None:
    """For machines: ASCII, so that no terminal or pipe can spoil it."""
    print(json.dumps(value, indent=2))


def say(line: str) -> None:
    """A remark beside the output."""
    print(line, file=sys.stderr)
