"""The `formatting` rule."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hotfix.facts import Change, File
from hotfix.finding import Finding, Status
from hotfix.remedies import rebase
from hotfix.rules.base import Level
from hotfix.rules.formatting import RULE, FormattingOptions
from tests.unit.factories import a_facts, a_file

SPACED = "@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b  =  2\n c = 3\n"


def evaluate(*files: File, **facts: Any) -> Finding:
    return RULE.evaluate(a_facts(files=files, **facts), FormattingOptions())


def test_it_warns_by_default() -> None:
    assert FormattingOptions().level is Level.WARN


def test_a_sound_hotfix_passes() -> None:
    assert RULE.evaluate(a_facts(), FormattingOptions()).status is Status.PASSED


def test_layout_fails_with_its_line_and_a_command() -> None:
    """The command restores the layout."""
    finding = evaluate(a_file(), a_file("src/a b.py", patch=SPACED))
    assert finding.status is Status.FAILED
    assert [(p.path, p.line, p.end_line) for p in finding.locations] == [("src/a b.py", 2, 2)]
    assert finding.details == ("src/a b.py:2 only white space changed",)
    assert finding.commands[0] == "git reset --patch v1.2.3 -- 'src/a b.py'"
    assert finding.actors == ("the author",)


def test_files_without_layout_of_their_own_are_left_out() -> None:
    """New, removed, generated, vendored and lock files are ignored."""
    for more in (
        {"change": Change.ADDED},
        {"change": Change.REMOVED},
        {"change": Change.COPIED},
        {"generated": True},
        {"vendored": True},
        {"path": "yarn.lock"},
    ):
        path = str(more.pop("path", "a.py"))
        assert evaluate(a_file(path, patch=SPACED, **more)).status is Status.PASSED, more


def test_text_that_is_binary_to_git_can_not_be_compared() -> None:
    hidden = a_file("src/cart.py", additions=0, deletions=0, patch=None, binary=True)
    assert RULE.evaluate(a_facts(files=(hidden,)), FormattingOptions()).status is Status.UNKNOWN


def test_a_binary_file_has_no_layout() -> None:
    assert evaluate(a_file("logo.png", patch=None, additions=0, deletions=0)).status is Status.PASSED


def test_a_change_too_large_for_a_patch_is_never_a_pass() -> None:
    finding = evaluate(a_file(patch=None))
    assert finding.status is Status.UNKNOWN
    assert "src/session.py" in finding.message


def test_files_that_are_not_known_are_never_a_pass() -> None:
    assert evaluate(a_file(), missing={"files": "GitHub lists 3,000 files at most"}).status is Status.UNKNOWN


def test_too_much_text_is_still_compared_by_lines() -> None:
    lines = [f"value_{n} = {n};" for n in range(20_000)]
    removed, added = "\n".join(f"-{line}" for line in lines), "\n".join(f"+  {line}" for line in lines)
    finding = evaluate(a_file("a.js", patch=f"@@ -1,20000 +1,20000 @@\n{removed}\n{added}\n"))
    assert finding.details == ("a.js:1 only indentation changed",)


def test_no_production_means_no_command() -> None:
    assert evaluate(a_file(patch=SPACED), production=None).commands == ()


def test_the_command_takes_only_the_layout_back(tmp_path: Path) -> None:
    """Real git runs the command, and the fix is kept."""

    def git(*arguments: str, answer: str = "") -> str:
        run = subprocess.run(
            ["git", *arguments], cwd=tmp_path, check=True, capture_output=True, text=True, input=answer
        )
        return run.stdout

    git("init", "-q", "-b", "main")
    git("config", "user.name", "dev")
    git("config", "user.email", "dev@example.com")
    source = "".join(f"x{n} = {n}\n" for n in range(30))
    (tmp_path / "a.py").write_text(source)
    git("add", ".")
    git("commit", "-qm", "release")
    git("tag", "v1.2.3")
    fixed = source.replace("x2 = 2\n", "x2 = 22\n")
    (tmp_path / "a.py").write_text(fixed.replace("x25 = 25\n", "x25  =  25\n"))
    git("commit", "-qam", "hotfix: x2")
    patch = git("diff", "v1.2.3", "HEAD", "--", "a.py")
    finding = evaluate(a_file("a.py", patch=patch[patch.index("@@") :]))
    assert [place.line for place in finding.locations] == [26]
    for command, answer in zip(finding.commands, ("n\ny\n", "", "", ""), strict=True):
        if not rebase.is_push(command):
            subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True, text=True, input=answer)
    assert git("show", "HEAD:a.py") == fixed
    assert git("status", "--porcelain") == ""
