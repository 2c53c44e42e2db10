"""The demo's output wraps between words and keeps the indent of each line."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.demo import show


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    out = io.StringIO()
    monkeypatch.setattr(show, "console", Console(width=40, file=out, highlight=False))
    return out


def test_a_long_heading_is_not_cut_off(shown: io.StringIO) -> None:
    title = "A second approved hotfix, shipped by the very same job"
    show.step(title)
    assert " ".join(shown.getvalue().split()) == title


def test_what_is_wrapped_keeps_its_indent(shown: io.StringIO) -> None:
    check = {"conclusion": "failure", "output": {"title": "2 of 13 rules fail: commits, one-thing, review, spec"}}
    show.check_run(check, 1.0, fixed=("branch", "dependencies"))
    show.status("Severity **P0**, due in production by 2026-03-01 07:12 UTC")
    show.code("  - uses: acme/hotfix@v1 with command: deploy, smoke: true")
    show.say("  1. Register on the simulated GitHub, which says why", hang=3)
    lines = shown.getvalue().splitlines()
    assert all(line.startswith("  ") for line in lines)
    assert max(map(len, lines)) <= 40
    assert lines[-1].startswith("     ")
