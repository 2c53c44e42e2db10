"""Ask the user questions at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hotfix.cli.console.exit_status import CommandError


def can_ask() -> bool:
    """Return whether the session is interactive: both stdin and stdout are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str = "", *, valid: Callable[[str], bool] = lambda _: True, hint: str = "") -> str:
    """Return a one-line answer, or `default` if it is empty. Asks again with the hint while the answer is invalid."""
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


def agreed(question: str, *, yes: bool, done: str) -> bool:
    """Return whether the user agrees, without asking if `yes`; otherwise print that nothing was `done`.

    Raises CommandError without a terminal.
    """
    if not yes and not can_ask():
        raise CommandError(f"nothing was {done}, because this is not a terminal: confirm with --yes.")
    if yes or confirm(question):
        return True
    print(f"Nothing was {done}.")
    return False


def _line(prompt: str) -> str:
    """Return a line of input; end of input (Ctrl-D) is an empty answer."""
    try:
        return input(prompt)
    except EOFError:
        print()
        return ""
