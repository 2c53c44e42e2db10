"""What is asked at a real terminal: questions of `init`, confirmations of `init` and `check --fix`, and of `start`."""

from __future__ import annotations

import re
import sys

import pytest
import yaml

from tests.cli.conftest import Clone
from tests.cli.terminal import Terminal
from tests.cli.test_pasting import everything, messy, statuses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


def test_init_asks_what_only_a_person_knows(clone: Clone) -> None:
    """A wrong answer is asked for again, Enter keeps the value in brackets, and nothing is written before the yes."""
    with Terminal(clone, ["init", "--local"]) as terminal:
        terminal.answer("Tech leads, who approve hotfixes (LOGIN, ORG/TEAM, ...): ", "not a login!")
        terminal.answer("logins or org/team, comma-separated; Enter to leave it open", "acme/leads, @mia")
        terminal.answer("Security team, for auth, payment and secrets: ", "")
        terminal.answer("GitHub environment of production: [production] ", "live")
        terminal.answer("GitHub environment of staging: [staging] ", "")
        terminal.answer("Id of the hotfix App: ", "none")
        terminal.answer("a number: the App's settings page shows it", "12345")
        terminal.answer("Require the check hotfix, by this App only, on the branches hotfixes go to? [y/N] ", "")
        terminal.expect("+++ .github/hotfix.yml")
        assert not (clone.path / ".github").exists()
        terminal.answer("Write this? [y/N] ", "y")
        assert terminal.end() == 0
    policy = yaml.safe_load((clone.path / ".github/hotfix.yml").read_text())
    assert policy["people"]["tech_leads"] == ["acme/leads", "mia"]
    assert policy["app"] == 12345
    assert policy["production"]["environment"] == "live"


@pytest.mark.parametrize("answer", ["", "n", "\x04"])
def test_without_a_yes_init_writes_nothing(clone: Clone, answer: str) -> None:
    """The answers are Enter, no, and the end of the input."""
    with Terminal(clone, ["init", "--local", "--tech-leads", "mia", "--security", "sec", "--app", "1"]) as terminal:
        for question in ("production:", "staging:", "Require the check"):
            terminal.answer(question, "")
        terminal.answer("Write this? [y/N] ", answer)
        assert terminal.end() == 0
        assert "Nothing was written." in terminal.shown
    assert not (clone.path / ".github").exists()


def test_safe_fixes_are_shown_before_they_are_confirmed(clone: Clone) -> None:
    messy(clone)
    before, text = clone.git("rev-parse", "HEAD"), everything(clone)
    with Terminal(clone, ["check", "--fix"]) as terminal:
        terminal.expect("git mv -- src/moved.py src/session.py")
        terminal.answer("[y/N]", "n")
        terminal.end()
    assert clone.git("rev-parse", "HEAD") == before
    assert everything(clone) == text
    with Terminal(clone, ["check", "--fix"]) as terminal:
        terminal.answer("[y/N]", "y")
        terminal.expect("Undo with: git reset --keep")
        terminal.end()
    assert [statuses(clone)[rule] for rule in ("dependencies", "scope")] == ["passed"] * 2


def test_a_check_fits_the_terminal_with_the_verdict_last(clone: Clone) -> None:
    messy(clone)
    with Terminal(clone, ["check"]) as terminal:
        assert terminal.end() == 1
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.shown).rstrip("\n").split("\n")
    assert len(lines) <= 40
    assert [line for line in lines if len(line) > 80 and not line.startswith("    ")] == []
    assert lines[-1].startswith("✗ This hotfix fails")
