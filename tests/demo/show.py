"""How the demo looks: steps, commands with their output, and the check run as GitHub's page shows it."""

from __future__ import annotations

import html
import re
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

console = Console(highlight=False)
if not console.is_terminal or console.width > 112:
    console = Console(width=112 if console.is_terminal else 100, highlight=False)

_LOOKS = {
    "success": ("✔", "green", "Successful"),
    "failure": ("✘", "red", "Failing"),
    "action_required": ("●", "yellow", "Action required"),
}


def step(title: str) -> None:
    console.print()
    console.print(Rule(Text(title, style="bold"), align="left", style="dim"))


def say(text: str) -> None:
    console.print(Text(text))


def command(line: str, output: str, *, keep: int = 6) -> None:
    """A shell line and the last lines of what it printed."""
    console.print(Text.assemble(("  $ ", "bold cyan"), (line, "bold")))
    lines = [text for text in output.strip().splitlines() if text.strip()]
    if len(lines) > keep:
        lines = ["…", *lines[-keep:]]
    for text in lines:
        console.print(Text(f"    {text}", style="dim"), overflow="ellipsis", no_wrap=True)


def check_run(check: dict[str, Any], seconds: float | None = None, *, whole: bool = True) -> None:
    """The check run in a frame; folded parts stay folded, as on the page."""
    sign, colour, word = _LOOKS.get(str(check["conclusion"]), ("○", "white", "In progress"))
    after = f" · {seconds:.1f} s after the push" if seconds is not None else ""
    head = Text.assemble((f"{sign} hotfix", f"bold {colour}"), (f" — {word}{after}", "dim"))
    body: list[RenderableType] = [Text(str(check["output"]["title"]), style="bold")]
    if whole:
        body += [Text(), Markdown(_as_seen(str(check["output"]["summary"])))]
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
            console.print(Text(f"    {text}", style="dim"), overflow="ellipsis", no_wrap=True)
        before = text
    good = result["state"] == "success"
    said = f"{'✔' if good else '✘'} {result['command']}: {result['state']}"
    console.print(Text(f"  {said}{'' if good else ' — ' + str(result['reason'])}", style="green" if good else "red"))


def traffic(routes: dict[str, int]) -> None:
    """Who answers the users now."""
    for name, share in sorted(routes.items()):
        console.print(Text(f"  {name:<18}{'█' * (share // 4)} {share} %", style="cyan"))
