"""`hotfix check --fix`: safe fixes after one confirmation, and the way back."""

from __future__ import annotations

import re

from tests.cli.conftest import Clone
from tests.cli.test_pasting import FIXED, commands, everything, messy, statuses


def test_it_fixes_branch_files_and_messages(clone: Clone) -> None:
    messy(clone)
    before = clone.git("rev-parse", "HEAD")
    shown = clone.hotfix("check", "--fix", "--yes")
    found = statuses(clone)
    assert [found[rule] for rule in ("branch", "dependencies", "scope")] == ["passed"] * 3, shown
    assert (clone.path / "src/session.py").read_text() == FIXED
    assert "on: push" in everything(clone)
    undo = re.search(r"Undo with: (git reset --keep \S+)", shown.out)
    assert undo
    clone.run("bash", "-c", undo[1])
    assert clone.git("rev-parse", "HEAD") == before


def test_nothing_changes_without_a_yes(clone: Clone) -> None:
    messy(clone)
    before = clone.git("rev-parse", "HEAD")
    shown = clone.hotfix("check", "--fix")
    assert shown.status == 2
    assert "confirm with --yes" in shown.err
    for command in commands(clone, "dependencies")[:1]:
        assert command in shown.out
    assert clone.git("rev-parse", "HEAD") == before
