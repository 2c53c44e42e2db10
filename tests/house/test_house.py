"""The checks of our own language and commits see what they are for, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import commits, language


@pytest.mark.parametrize(
    "line",
    [
        "This is no pull request",
        "what mends it",
        "it runs by itself",
        "GitHub is told",
        "read anew",
        "beside it",
        "a judging",
    ],
)
def test_the_old_dialect_is_found(line: str) -> None:
    assert list(language.findings("a.py", line))


@pytest.mark.parametrize(
    "line",
    [
        "There is no tag",
        "it is no longer open",
        "besides",
        "recommended",
        "amend the commit",
        "hotfix judge acme/shop#42",
    ],
)
def test_plain_english_is_left_alone(line: str) -> None:
    assert list(language.findings("a.py", line)) == []


@pytest.mark.parametrize(
    "message",
    [
        "Fix the queue",
        "queue: fix it.",
        "queue:fix it",
        "queue: " + "x" * 70,
        "queue: fix it\nwithout a blank line",
        "",
    ],
)
def test_a_commit_of_another_form_is_refused(message: str, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_text(message)
    assert commits.main([str(file)]) == 1


def test_a_commit_of_our_form_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_text("app, queue: retry with back-off\n\nA storm of events caused a storm of requests.\n# a comment\n")
    assert commits.main([str(file)]) == 0
