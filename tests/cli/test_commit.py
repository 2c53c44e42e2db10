"""`hotfix commit`: the message from spec and diff, edited by the user, and no accidental commits."""

from __future__ import annotations

import pytest

from hotfix.message import problems
from tests.cli.conftest import Clone
from tests.unit.factories import BODY

SPEC = "specs/hotfix-expired.md"
FIX = "def valid(session):\n    return session.valid\n"


@pytest.fixture
def started(clone: Clone) -> Clone:
    """Return a clone on a hotfix branch with a complete spec and an uncommitted fix."""
    assert clone.hotfix("start", "expired", "--issue", "7", "--offline").status == 0
    clone.write(SPEC, BODY)
    clone.write("src/session.py", FIX)
    return clone


def test_the_message_is_made_from_spec_and_diff(started: Clone) -> None:
    started.write("notes.txt", "mine\n")
    shown = started.hotfix("commit")
    assert shown.status == 0, shown
    message = started.git("log", "-1", "--format=%B")
    assert problems(message) == []
    assert "- src/session.py: check the expiry\n" in message
    assert set(started.git("show", "--name-only", "--format=").split()) == {SPEC, "src/session.py"}
    assert "Not committed: notes.txt" in shown.out
    assert shown.out.endswith("Next: hotfix check\n")


def test_what_is_staged_is_committed_alone(started: Clone) -> None:
    started.write("tests/test_session.py", "assert True\n")
    started.git("add", "tests/test_session.py")
    assert started.hotfix("commit").status == 0
    assert "src/session.py" not in started.git("show", "--name-only", "--format=").split()
    assert (started.path / "src/session.py").read_text() == FIX


def test_the_editor_has_the_last_word(started: Clone) -> None:
    """An empty message aborts the commit; an incomplete one is reported with the way to correct it."""
    head = started.git("rev-parse", "HEAD")
    emptying = Clone(started.path, {**started.environment, "GIT_EDITOR": "truncate -s 0"})
    assert "nothing was committed" in emptying.hotfix("commit").err
    assert started.git("rev-parse", "HEAD") == head
    shortening = Clone(started.path, {**started.environment, "GIT_EDITOR": "sed -i '/Rollback:/d'"})
    shown = shortening.hotfix("commit")
    assert shown.status == 1
    assert "The message is incomplete:\n  - the line `Rollback:` is missing\n" in shown.out
    assert "Next: hotfix commit --amend" in shown.out
    assert shortening.hotfix("commit", "--amend").status == 1
    assert started.hotfix("commit", "--amend").status == 0
    assert "\nRollback: " in started.git("log", "-1", "--format=%B")


def test_conflict_marks_are_not_committed(clone: Clone) -> None:
    clone.commit("Continue", {"src/session.py": "unreleased\n"})
    clone.write("src/session.py", "mine\n")
    assert clone.hotfix("start", "expired", "--offline").status == 0
    assert "conflicts are left in src/session.py" in clone.hotfix("commit", "--all").sentence()


def test_elsewhere_it_commits_nothing(clone: Clone) -> None:
    clone.write("src/session.py", FIX)
    assert "main is not a hotfix branch (hotfix/*): run `hotfix start`." in clone.hotfix("commit").sentence()
    clone.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    clone.git("checkout", "-q", ".")
    assert "there is nothing to commit" in clone.hotfix("commit").sentence()
    assert "the branch has no commit of its own to replace" in clone.hotfix("commit", "--amend").sentence()
