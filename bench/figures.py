"""Measurements as data, and their table and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

COUNTS = frozenset({"calls", "round trips", "lost", "twice", "missing", "answers", "check runs"})
"""Units that don't depend on the machine. Bounds on these are enforced; bounds on seconds are only shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value with its goal. The bench fails if a bound on a count is missed."""

    part: str
    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    alongside: bool = False
    """Whether it is another design, measured in the same run for comparison."""

    @property
    def met(self) -> bool | None:
        """Return whether the goal is met; None if there is none."""
        if self.at_most is None and self.at_least is None:
            return None
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def broken(self) -> bool:
        """Return whether it misses an enforced goal."""
        return self.unit in COUNTS and self.met is False

    @property
    def goal(self) -> str:
        """Return the goal in words."""
        if self.at_most is not None:
            return "none" if self.at_most == 0 else f"≤ {number(self.at_most)}"
        return "" if self.at_least is None else f"≥ {number(self.at_least)}"


def number(value: float) -> str:
    """Format a number with three significant digits."""
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(title: str, figures: Sequence[Figure]) -> Table:
    """Return the figures as a table."""
    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name, side in (("", "left"), ("measured", "right"), ("", "left"), ("to reach", "right"), ("", "left")):
        shown.add_column(name, justify=side)  # type: ignore[arg-type]
    for figure in figures:
        word = {True: "[green]yes", False: "[red]no", None: ""}[figure.met]
        name = f"[dim]alongside: {figure.name}" if figure.alongside else figure.name
        shown.add_row(name, number(figure.value), figure.unit, figure.goal, word)
    return shown


def show(console: Console, title: str, figures: Sequence[Figure]) -> None:
    """Print a part's figures."""
    console.print(table(title, figures))


def write(path: Path, machine: dict[str, object], figures: Iterable[Figure]) -> None:
    """Write the machine and all figures to a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = [asdict(figure) | {"met": figure.met} for figure in figures]
    path.write_text(json.dumps({"version": 1, "machine": machine, "figures": said}, indent=2) + "\n")
