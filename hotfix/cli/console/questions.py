"""Ask a person at a terminal; without one, nothing is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable


def can_ask() -> bool:
    """Return whether a person is there: both stdin and stdout are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str = "", *, valid: Callable[[str], bool] = lambda _: True, hint: str = "") -> str:
    """Return the answer in one line, `default` if it is empty. Asks again, with the hint, while it isn't valid."""
    shown = f"{question} [{default}] " if default else f"{question} "
    while True:
        answer = _line(shown).strip() or default
        if not answer or valid(answer):
            return answer
        print(f"  {hint}")


def confirm(question: str, *, default: bool = False) -> bool:
    """Return whether the answer is yes."""
    answer = _line(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().casefold()
    return answer in ("y", "yes") if answer else default


def _line(prompt: str) -> str:
    """Return what is typed; the end of the input (Ctrl-D) is an empty answer."""
    try:
        return input(prompt)
    except EOFError:
        print()
        return ""
