"""Prompts at a real terminal: questions of `init` and `start`, confirmations of `init` and `check --fix`."""

from __future__ import annotations

import re
import sys

import pytest
import yaml

from hotfix.severities import Severity
from tests.cli.conftest import Clone
from tests.cli.terminal import Terminal
from tests.cli.test_pasting import everything, messy, statuses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


def test_init_asks_only_questions_for_people(clone: Clone) -> None:
    """An invalid answer repeats the question, Enter accepts the default, and nothing is written before the yes."""
    with Terminal(clone, ["init", "--local"]) as terminal:
        terminal.expect("Without tech leads, people with the Maintain or Admin role approve hotfixes.")
        terminal.answer("Tech leads, who approve hotfixes (LOGIN, ORG/TEAM, ...): ", "not a login!")
        terminal.answer("logins or org/team, comma-separated; Enter to skip", "acme/leads, @mia")
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


def test_errors_and_fixes_wrap_between_words_but_commands_stay(clone: Clone) -> None:
    """A command that is cut into two lines can't be copied."""
    folder = "a-folder-with-quite-a-long-name-that-fills-a-line"
    clone.git("switch", "-q", "-c", f"hotfix/{folder}", "v1.2.3")
    clone.commit("wip", {f"{folder}/requirements.txt": "six==1\n", f"{folder}/requirements-dev.txt": "six==1\n"})
    for arguments in (["next-tag", "--production", f"{folder}-{folder}"], ["start", folder], ["check", "--fix"]):
        with Terminal(clone, arguments) as terminal:
            if arguments[0] == "check":
                terminal.answer("[y/N]", "n")
            terminal.end()
        lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.shown).splitlines()
        plan = [line for line in lines if len(line) > 80 and not line.startswith("    ")]
        assert [line for line in plan if "`" not in line and not line.startswith("Next: ")] == []
        assert all(line.count("`") % 2 == 0 for line in lines)


def test_what_start_reports_is_wrapped(clone: Clone) -> None:
    name = "a-name-that-is-quite-long-and-fills-a-line"
    with Terminal(clone, ["start", name, "--offline", "--severity", "p0", "--issue", "7"]) as terminal:
        terminal.answer("What is broken, in one sentence: ", "")
        terminal.answer("Users affected, a number or percentage: ", "")
        assert terminal.end() == 0
    _, cut, report = terminal.shown.partition(f"Cut hotfix/{name} from v1.2.3")
    assert cut
    assert max(map(len, (cut + report).partition("\nNext:")[0].splitlines())) <= 80


def test_a_wrong_setting_of_serve_is_wrapped(clone: Clone) -> None:
    wrong = {"HOTFIX_APP_ID": "the one", "HOTFIX_PRIVATE_KEY": "nowhere.pem", "HOTFIX_WEBHOOK_SECRET": "s" * 32}
    with Terminal(Clone(clone.path, {**clone.environment, **wrong}), ["serve", "--port", "0"]) as terminal:
        terminal.expect("hotfix: HOTFIX_APP_ID: ")
        assert terminal.end() == 2
    assert max(map(len, terminal.shown.splitlines())) <= 80


def test_start_asks_only_questions_for_people(clone: Clone) -> None:
    """An invalid answer repeats the question, Enter skips it, and the spec contains the answers."""
    with Terminal(clone, ["start", "cart", "--offline"]) as terminal:
        terminal.expect("Press Enter to accept the value in brackets, or to skip a question without one.")
        terminal.expect(f"P0: {Severity.P0.meaning[:40]}")
        terminal.answer("Severity: [P0] ", "urgent")
        terminal.expect("P0 or P1")
        terminal.answer("Severity: [P0] ", "p1")
        terminal.answer("Issue or incident: ", "the cart")
        terminal.expect("123, owner/repo#123, a ticket such as OPS-12, or a URL; Enter to skip")
        terminal.answer("Issue or incident: ", "7")
        terminal.answer("What is broken, in one sentence: ", "The cart is empty after a login")
        terminal.answer("Users affected, a number or percentage: ", "")
        assert terminal.end() == 0
    spec = (clone.path / "specs/hotfix-cart.md").read_text()
    assert "The cart is empty after a login" in spec
    assert "P1" in spec
    assert "#7" in spec
    assert "[number or percentage]" in spec
    assert clone.git("branch", "--show-current") == "hotfix/cart"


def test_start_does_not_ask_what_a_flag_answers(clone: Clone) -> None:
    with Terminal(clone, ["start", "cart", "--offline", "--severity", "p0", "--issue", "7"]) as terminal:
        terminal.answer("What is broken, in one sentence: ", "")
        terminal.answer("Users affected, a number or percentage: ", "40 %")
        assert terminal.end() == 0
    assert "Severity:" not in terminal.shown
    assert "Issue or incident" not in terminal.shown
    assert "40 %" in (clone.path / "specs/hotfix-cart.md").read_text()


def test_an_interrupted_start_changes_nothing(clone: Clone) -> None:
    """Ctrl-C at a question ends it before the branch is cut."""
    before = (clone.git("branch", "--show-current"), everything(clone))
    with Terminal(clone, ["start", "cart", "--offline"]) as terminal:
        terminal.answer("Severity: [P0] ", "")
        terminal.interrupt("Issue or incident: ")
        assert terminal.end() != 0
        assert "Traceback" not in terminal.shown
    assert (clone.git("branch", "--show-current"), everything(clone)) == before
