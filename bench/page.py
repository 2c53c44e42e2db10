"""`python -m bench.page FILE.json`: write a run's table into docs/performance.md, between its markers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, number
from bench.parts import PARTS
from tests.pages import fill, machine_line

RATES = frozenset({"verdicts/s", "ms a verdict"})
"""Units that are shown without a target as well: what a verdict costs determines how large an installation can be."""
UNPUBLISHED = frozenset({"before"})
"""Parts that compare with an earlier version, which means nothing to a reader of the page."""


def rendered(said: dict[str, Any]) -> str:
    """Return the run as Markdown: one table, with a heading row for each part."""
    lines = [machine_line(said["machine"]), "", "| | measured | | target | reached |", "|---|---:|---|---:|---|"]
    for part, (title, _) in PARTS.items():
        figures = [_figure(one) for one in said["figures"] if one["part"] == part]
        rows = [] if part in UNPUBLISHED else _published(figures)
        if rows:
            lines.append(f"| **{title}** | | | | |")
        for figure in rows:
            name = f"*alongside:* {figure.name}" if figure.alongside else figure.name
            met = {True: "yes", False: "**no**", None: ""}[figure.met]
            lines.append(f"| {name} | {number(figure.value)} | {figure.unit} | {figure.goal} | {met} |")
    return "\n".join([*lines, ""])


def _published(figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures with a target or in a unit of `RATES`, and what was measured alongside the former.

    The JSON file has the others.
    """
    aimed = {figure.name for figure in figures if figure.met is not None}
    return [
        figure
        for figure in figures
        if figure.name in aimed
        or figure.unit in RATES
        or (figure.alongside and any(figure.name.endswith(f", {name}") for name in aimed))
    ]


def _figure(said: dict[str, Any]) -> Figure:
    return Figure(**{name: value for name, value in said.items() if name != "met"})


def main() -> None:
    fill("performance.md", "make bench", rendered(json.loads(Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
