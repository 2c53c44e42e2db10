"""`python -m tests.chaos.page FILE.json`: writes a campaign's table into docs/reliability.md, between its markers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.chaos.campaign import COLUMNS
from tests.pages import fill, machine_line


def rendered(said: dict[str, Any]) -> str:
    """Return the campaign as Markdown."""
    names = ["fault", "what goes wrong", *COLUMNS.values(), "quiet after", "broken"]
    minutes = sum(one["seconds"] for one in said["faults"]) / 60
    lines = [
        f"{machine_line(said['machine'])} Seed {said['seed']}, {minutes:.0f} minutes in all.",
        "",
        "| " + " | ".join(names) + " |",
        "|---|---|" + "---:|" * (len(names) - 2),
    ]
    for one in said["faults"]:
        seen = one["seen"]
        figures = "".join(f"; {name}: {value:.1f}" for name, value in one["figures"].items())
        counts = [f"{seen[key]:,}" for key in COLUMNS]
        broken = f"**{len(seen['broken'])}**" if seen["broken"] else "none"
        row = [f"`{one['name']}`", one["says"] + figures, *counts, f"{one['quiet_after']:,.0f} s", broken]
        lines.append("| " + " | ".join(row) + " |")
    lines.append("")
    for one in said["faults"]:
        lines += [f"- **broken** in `{one['name']}`: {line}" for line in one["seen"]["broken"]]
    return "\n".join(lines)


def main() -> None:
    fill("reliability.md", "make chaos", rendered(json.loads(Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
