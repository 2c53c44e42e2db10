"""The command line's decisions don't change if every text of a finding is reworded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from hotfix.cli.author import fix
from hotfix.cli.author.check import check_clone, evaluate_clone
from hotfix.cli.clone import opened
from hotfix.facts import Facts
from hotfix.finding import Finding
from hotfix.rules.base import Rule
from tests.cli.conftest import Clone
from tests.cli.test_pasting import messy
from tests.unit.factories import BODY, MESSAGE
from tests.unit.render.test_display_text import reworded

Build = Callable[[Clone], None]
_TEXTS = ("message", "why", "remediation", "details", "locations", "suggestion")


def sound(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "hotfix/expired", "v1.2.3")
    clone.write("specs/hotfix-expired.md", BODY)
    files = {
        "src/session.py": "def valid(session):\n    return session.valid\n",
        "tests/test_session.py": "assert True\n",
    }
    clone.commit(MESSAGE, files)


def merged(clone: Clone) -> None:
    sound(clone)
    clone.git("merge", "-q", "--no-ff", "-m", "Merge main", "origin/main")


def on_main(clone: Clone) -> None:
    clone.commit("wip", {"src/session.py": "x = 1\n"})


def decided(clone: Clone, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return all decisions of the command line: statuses, commands, next steps and the fixes of `--fix`."""
    status = check_clone(clone.path, base=None, tag=None, format="json")
    shown = json.loads(capsys.readouterr().out)
    for finding in shown["findings"]:
        for name in _TEXTS:
            finding.pop(name, None)
    found = evaluate_clone(opened(clone.path))
    del shown["evaluated_at"], shown["note"]
    return {
        "status": status,
        "shown": shown,
        "next": found.next_command,
        "fixes": [(result.rule, result.finding.fix) for result in fix._fixable(found)],
    }


@pytest.mark.parametrize("build", [sound, merged, messy, on_main])
def test_check_decides_the_same_in_other_words(
    clone: Clone, build: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(clone)
    for name, value in clone.environment.items():
        monkeypatch.setenv(name, value)
    before = decided(clone, capsys)
    plain = check_clone(clone.path, base=None, tag=None, format="text", verbose=True)
    words = capsys.readouterr().out

    def in_other_words(rule: Rule[Any], facts: Facts, options: Any) -> Finding:
        return reworded(rule.check(facts, options))

    monkeypatch.setattr(Rule, "evaluate", in_other_words)
    assert decided(clone, capsys) == before
    assert check_clone(clone.path, base=None, tag=None, format="text", verbose=True) == plain == before["status"]
    assert (capsys.readouterr().out != words) == any(each["status"] == "failed" for each in before["shown"]["findings"])


def test_what_is_decided_follows_the_clone(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a difference here, the test above would prove nothing."""
    for name, value in clone.environment.items():
        monkeypatch.setenv(name, value)
    sound(clone)
    good = decided(clone, capsys)
    clone.git("commit", "-q", "--amend", "-m", MESSAGE.replace("Fixes #7\n", ""))
    bad = decided(clone, capsys)
    assert (good["status"], good["fixes"]) == (0, [])
    assert bad["status"] == 1
    assert bad["fixes"]
