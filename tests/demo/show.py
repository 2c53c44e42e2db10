"""How the demo looks: steps, commands with their output, and the check run as GitHub's page shows it."""

from __future__ import annotations

import html
import re
from typing import Any, ClassVar

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown, TableElement
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)
if not console.is_terminal or console.width > 112:
    console = Console(width=112 if console.is_terminal else 100, highlight=False)

_LOOKS = {
    "success": ("✔", "green", "Successful"),
    "failure": ("✘", "red", "Failing"),
    "action_required": ("●", "yellow", "Action required"),
}


class _Table(TableElement):
    """Rich's own cuts a long word (a path, a command) off where a column is narrow; a page never does."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
            yield table


class _Page(Markdown):
    elements: ClassVar = {**Markdown.elements, "table_open": _Table}


def step(title: str) -> None:
    console.print()
    console.print(Rule(Text(title, style="bold"), align="left", style="dim"))


def say(text: str) -> None:
    console.print(Text(text))


def code(text: str) -> None:
    """Lines of a workflow."""
    for line in text.splitlines():
        _indented(line, "bold")


def _indented(text: str, style: str) -> None:
    """Long lines go on below their beginning: nothing is cut off."""
    words = text.lstrip()
    indent = " " * (len(text) - len(words))
    for line in Text(words, style=style).wrap(console, console.width - len(indent), overflow="fold"):
        console.print(Text(indent) + line)


def command(line: str, output: str, *, keep: int = 6) -> None:
    """A shell line and the last lines of what it printed."""
    console.print(Text.assemble(("  $ ", "bold cyan"), (line, "bold")))
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", output)  # git clears its progress even where no terminal is
    lines = [text for text in plain.strip().splitlines() if text.strip()]
    if len(lines) > keep:
        lines = ["…", *lines[-keep:]]
    for text in lines:
        _indented(f"    {text}", "dim")


def check_run(
    check: dict[str, Any], seconds: float | None = None, *, since: str = "the push", whole: bool = True
) -> None:
    """The check run in a frame; folded parts stay folded, as on the page."""
    sign, colour, word = _LOOKS.get(str(check["conclusion"]), ("○", "white", "In progress"))
    after = f" · {seconds:.1f} s after {since}" if seconds is not None else ""
    head = Text.assemble((f"{sign} hotfix", f"bold {colour}"), (f" — {word}{after}", "dim"))
    body: list[RenderableType] = [Text(str(check["output"]["title"]), style="bold")]
    if whole:
        body += [Text(), _Page(_as_seen(str(check["output"]["summary"])))]
    console.print(Panel(Group(*body), title=head, title_align="left", border_style=colour, padding=(0, 1)))


def _as_seen(summary: str) -> str:
    """GitHub's markdown with its few tags as a terminal can show them: `<details>` folded to one line."""
    summary = re.sub(r"<details>\s*<summary>(.*?)</summary>.*?</details>", r"▸ *\1*", summary, flags=re.DOTALL)
    summary = re.sub(r"</?sub>", "", summary)
    return html.unescape(summary).replace("\u200b", "")


def action(log: str, result: dict[str, Any]) -> None:
    """What a job's log shows of the Action, without the runner's own lines; then its result in a line."""
    before = ""
    for line in log.splitlines():
        text = re.sub(r"^::(?:group|notice|warning|error)[^:]*::", "", line).replace("%25", "%")
        if text.strip() and text != before and not text.startswith("::"):
            _indented(f"    {text}", "dim")
        before = text
    good = result["state"] == "success"
    said = f"{'✔' if good else '✘'} {result['command']}: {result['state']}"
    _indented(f"  {said}{'' if good else ' — ' + str(result['reason'])}", "green" if good else "red")


def traffic(routes: dict[str, int]) -> None:
    """Who answers the users now."""
    for name, share in sorted(routes.items()):
        console.print(Text(f"  {name:<18}{'█' * (share // 4)} {share} %", style="cyan"))
