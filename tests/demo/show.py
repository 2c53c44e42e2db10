"""The demo's output: steps, commands with their output, and the check run as on GitHub's page."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

_WIDEST = 100
console = Console(highlight=False)
if console.width > _WIDEST or not (console.is_terminal or "COLUMNS" in os.environ):
    console = Console(width=_WIDEST, highlight=False)

_LOOKS = {
    "success": ("✔", "green", "Successful"),
    "failure": ("✘", "red", "Failing"),
    "action_required": ("●", "yellow", "Action required"),
}


def step(title: str) -> None:
    console.print()
    head = Text(title, style="bold")
    if len(title) + 3 <= console.width:
        console.print(Rule(head, align="left", style="dim"))
    else:  # a rule would cut it off
        console.print(head)


def say(text: str, hang: int = 0) -> None:
    """Show paragraphs, wrapped to the width; `hang`: the further indent of the lines after the first."""
    for line in text.split("\n"):
        _indented(line, "", hang=hang)


def code(text: str) -> None:
    """Show lines of a workflow."""
    for line in text.splitlines():
        _indented(line, "bold", hang=4)


def _indented(line: str | Text, style: str = "", *, hang: int = 0) -> None:
    """Wrap a long line between words, and indent what follows its first line like that, or `hang` columns further."""
    whole = line if isinstance(line, Text) else Text(line, style=style)
    indent = len(whole.plain) - len(whole.plain.lstrip())
    words = whole[indent:] if indent else whole
    if len(whole.plain) <= console.width:
        hang = 0
    start = indent
    for part in words.wrap(console, max(console.width - indent - hang, 20), overflow="fold"):
        console.print(Text(" " * start) + part, soft_wrap=True)
        start = indent + hang


def command(line: str, output: str, *, keep: int = 6) -> None:
    """Show a shell command, truncated to the width, and the last lines of its output."""
    shown = Text.assemble(("  $ ", "bold cyan"), (line, "bold"))
    console.print(shown, no_wrap=True, overflow="ellipsis")
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", output)  # git clears its progress even if there is no terminal
    lines = [text for text in plain.strip().splitlines() if text.strip()]
    if len(lines) > keep:
        lines = ["…", *lines[-keep:]] if keep else []
    for text in lines:
        _indented(f"    {text}", "dim")


def check_run(
    check: dict[str, Any], seconds: float | None = None, *, since: str = "the push", fixed: Sequence[str] = (),
    of: str = "",
) -> None:  # fmt: skip
    """Show the check run: its symbol, title and duration, and the rules that no longer fail.

    `of` names the pull request, if there are several.
    """
    sign, colour, word = _LOOKS.get(str(check["conclusion"]), ("○", "white", "In progress"))
    after = f" · {seconds:.1f} s after {since}" if seconds is not None else ""
    gone = f" · no longer failing: {', '.join(fixed)}" if fixed else ""
    head = Text.assemble((f"  {sign} hotfix", f"bold {colour}"), (f" — {word}{of and f' · {of}'}{after}{gone}", "dim"))
    _indented(head, hang=2)
    _indented(f"    {check['output']['title']}", "bold")


def findings(found: list[dict[str, Any]]) -> None:
    """Show why each failing rule fails, one line each, then the warnings."""
    failed = [one for one in found if one["status"] == "failed"]
    for one in sorted(failed, key=lambda one: bool(one["level"] == "warn")):
        mark = "warning, " if one["level"] == "warn" else ""
        console.print(Text(f"    {mark}{one['rule']}: {one['why']}"), no_wrap=True, overflow="ellipsis")


def status(comment: str, *, debts: bool = False) -> None:
    """Show the first line of the incident's status comment; with `debts`, also the open debts."""
    lines = [line.replace("**", "").strip() for line in comment.splitlines() if line.strip()]
    _indented(f"  {lines[0].partition(' <!--')[0]}", "bold", hang=2)
    if debts:
        owed = lines[lines.index("### Still open") + 1 :]
        for line in itertools.takewhile(lambda line: line.startswith("- "), owed):
            _indented(f"    {line}", "dim", hang=2)


def action(log: str, result: dict[str, Any]) -> None:
    """Show the job's log without the runner's own lines and with repeated measurements once, then a one-line result."""
    shown = {""}
    for line in log.splitlines():
        text = re.sub(r"^::(?:group|notice|warning)[^:]*::", "", line).replace("%25", "%")
        if text.strip() not in shown and not text.startswith("::"):
            _indented(f"    {text}", "dim")
        shown.add(text.strip())
    good = result["state"] == "success"
    _indented(f"  {'✔' if good else '✘'} {result['command']}: {result['state']}", "green" if good else "red")


def traffic(routes: dict[str, int]) -> None:
    """Show which versions serve users now."""
    for name, share in sorted(routes.items()):
        console.print(Text(f"  {name:<18}{'█' * (share // 4)} {share} %", style="cyan"))
