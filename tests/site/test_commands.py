"""Every command in the documentation exists, with its options."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest
from typer.testing import CliRunner

from hotfix.cli.operator_commands import app
from tests.site import hooks

BLOCK = re.compile(r"^```(?:bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (hooks.ROOT / "docs").glob("*.md"))]
PICTURE = re.compile(r"!\[[^\]]{10,}\]\(([^)]+\.png)\)")


def lines(page: str) -> list[list[str]]:
    """Return the words of each line in a page's shell blocks, and of each inline `hotfix ...`."""
    text = (hooks.ROOT / page).read_text()
    found = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    found += re.findall(r"`((?:hotfix|make) [a-z][^`\n]*)`", text)
    words = [shlex.split(line, comments=True) for line in found]
    return [[word for word in each if not re.fullmatch(r"[A-Z_]+=\S*", word)] for each in words]


def commands(page: str) -> list[list[str]]:
    """Return the words of each line that runs `hotfix`."""
    return [words for words in lines(page) if words[:1] == ["hotfix"] and len(words) > 1]


@pytest.mark.parametrize("page", PAGES)
def test_each_hotfix_command_can_be_typed(page: str) -> None:
    """With `--help`, the command line is parsed and unknown commands and options are refused, but nothing runs."""
    for words in commands(page):
        parsed = CliRunner().invoke(app, [*words[1:], "--help"])
        assert parsed.exit_code == 0, f"{shlex.join(words)}: {parsed.output}"


def test_the_pages_name_commands_to_type() -> None:
    """Otherwise the test above would check nothing."""
    assert {words[1] for page in PAGES for words in commands(page)} >= {"check", "start", "init", "serve", "doctor"}


@pytest.mark.parametrize("page", PAGES)
def test_each_make_target_exists(page: str) -> None:
    made = set(re.findall(r"^([a-z-]+):", (hooks.ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {words[1] for words in lines(page) if words[:1] == ["make"] and len(words) > 1}
    assert asked <= made


def test_pictures_are_there_small_and_described() -> None:
    named = {
        (hooks.ROOT / page).parent / path for page in PAGES for path in PICTURE.findall((hooks.ROOT / page).read_text())
    }
    assert {path.resolve() for path in named} >= set((hooks.ROOT / "docs/pictures").glob("*.png"))
    assert all(path.stat().st_size < 150_000 for path in named)
    kept = subprocess.run(
        ["git", "ls-files", "docs/pictures/*.png"], cwd=hooks.ROOT, capture_output=True, text=True
    ).stdout
    assert {path.name for path in named} == {line.rpartition("/")[2] for line in kept.splitlines()}
