"""`python -m bench.page FILE.json`: writes a run's machine and tables into docs/performance.md, between its markers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.figures import Figure, number
from bench.parts import PARTS
from tests.pages import fill, machine_line


def rendered(said: dict[str, Any]) -> str:
    """Return the run as Markdown."""
    lines = [machine_line(said["machine"]), ""]
    for part, (title, _) in PARTS.items():
        rows = [_figure(one) for one in said["figures"] if one["part"] == part]
        if not rows:
            continue
        lines += [f"### {title}", "", "| | measured | | to reach | |", "|---|---:|---|---:|---|"]
        for figure in rows:
            name = f"*alongside:* {figure.name}" if figure.alongside else figure.name
            met = {True: "yes", False: "**no**", None: ""}[figure.met]
            lines.append(f"| {name} | {number(figure.value)} | {figure.unit} | {figure.goal} | {met} |")
        lines.append("")
    return "\n".join(lines)


def _figure(said: dict[str, Any]) -> Figure:
    return Figure(**{name: value for name, value in said.items() if name != "met"})


def main() -> None:
    fill("performance.md", "make bench", rendered(json.loads(Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
