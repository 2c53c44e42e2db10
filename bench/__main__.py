"""`python -m bench [PART ...] [--short] [--json FILE]`: measure, show a table, write a JSON file."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import figures
from bench.figures import Figure
from bench.parts import PARTS, SHORT
from bench.run import Run
from tests import machine

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--short", action="store_true", help="the counts only, in less than a minute")
    parser.add_argument("--json", type=Path, help="where the figures go (default: bench/results/)")
    asked = parser.parse_args()
    if unknown := [name for name in asked.parts if name not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    names = asked.parts or (SHORT if asked.short else tuple(PARTS))
    console = Console(width=None if sys.stdout.isatty() else 110)
    found: list[Figure] = []
    # On the disk of the working tree: /tmp may be in memory, where fsync costs nothing.
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=_base()) as folder:
        about = machine.described(Path(folder))
        console.print(", ".join(f"{name} {value}" for name, value in about.items()), style="dim")
        run = Run(Path(folder), asked.short, lambda text: console.print(f"  {text} ...", style="dim"))
        for name in names:
            title, measure = PARTS[name]
            taken: list[Figure] = []
            try:
                taken.extend(measure(run))
            finally:
                # Show what was measured before the failure.
                figures.show(console, title, taken)
            found += taken
    about["load_after"] = round(os.getloadavg()[0], 2)
    path = asked.json or RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}{'-short' if asked.short else ''}.json"
    figures.write(path, about, found)
    console.print(f"Figures: {path}")
    broken = [figure for figure in found if figure.broken]
    for figure in broken:
        console.print(
            f"[red]{figure.part}: {figure.name}: {figures.number(figure.value)} {figure.unit}, "
            f"to reach: {figure.goal}"
        )  # fmt: skip
    return 1 if broken else 0


def _base() -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    return RESULTS


if __name__ == "__main__":
    sys.exit(main())
