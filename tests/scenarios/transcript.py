"""The transcript of a walk, as shown in `docs/life.md`."""

from __future__ import annotations

from tests.action.runner import ROOT
from tests.scenarios.walk import Walk

PAGE = ROOT / "docs/life.md"
BEGIN, END = "<!-- scenarios: begin -->", "<!-- scenarios: end -->"


def transcript(walk: Walk) -> str:
    """Return a table of the steps: what happened, the stage after it, and the lines it ticked."""
    rows = []
    for number, step in enumerate(walk.steps, 1):
        lines = [*step.ticked, *(f"no longer: {line}" for line in step.lost)]
        rows.append(f"| {number} | {step.what} | {step.stage} | {'; '.join(lines)} |")
    title = f"#### {walk.case.category}: {walk.case.title[:1].lower()}{walk.case.title[1:]}"
    return "\n".join([title, "", "| | what happened | stage | ticked |", "|---|---|---|---|", *rows]) + "\n"
