"""The table that a run of the bench writes into docs/performance.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.figures import Figure
from bench.page import rendered


def run(*figures: Figure) -> dict[str, Any]:
    return {"machine": {"cores": 2}, "figures": [{**asdict(figure), "met": figure.met} for figure in figures]}


def test_the_page_gets_one_table_with_the_figures_that_matter() -> None:
    """Figures without a target, and comparisons with an earlier version, stay in the JSON file."""
    shown = rendered(
        run(
            Figure(part="acks", name="1 connection", value=900, unit="acks/s"),
            Figure(part="acks", name="16 connections", value=3000, unit="acks/s", at_least=1000),
            Figure(part="acks", name="no-op handler, 16 connections", value=9000, unit="acks/s", alongside=True),
            Figure(part="acks", name="no-op handler, 1 connection", value=8000, unit="acks/s", alongside=True),
            Figure(part="opened", name="CPU of the service", value=7.5, unit="ms a verdict"),
            Figure(part="before", name="start", value=2, unit="times", at_most=1),
        )
    )
    assert shown.splitlines()[4:] == [
        "| **Hotfixes opened at once** | | | | |",
        "| CPU of the service | 7.5 | ms a verdict |  |  |",
        "| **Durable acknowledgements** | | | | |",
        "| 16 connections | 3,000 | acks/s | ≥ 1,000 | yes |",
        "| *alongside:* no-op handler, 16 connections | 9,000 | acks/s |  |  |",
    ]
