"""Scripts under .git/hotfix are removed once no printed command needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Clone
from tests.cli.test_bound_commands import INCOMPLETE, OTHER, a_rebase, branch, checked, paste
from tests.cli.test_pasting import LONG, SPEC, commands, release


@pytest.fixture
def two(clone: Clone) -> Clone:
    """Return a clone with the branches hotfix/a and hotfix/b, both to be reworded, with b checked out."""
    release(clone, {"src/session.py": LONG})
    (clone.path / SPEC).unlink()
    branch(clone, "a", INCOMPLETE, 2)
    branch(clone, "b", OTHER, 2)
    return clone


def folders(clone: Clone) -> set[str]:
    """Return the folders with scripts, as BRANCH/SHA."""
    top = clone.path / ".git/hotfix"
    return {str(path.parent.relative_to(top)) for path in top.rglob("*") if path.is_file()}


def place(clone: Clone, name: str) -> str:
    return f"hotfix/{name}/{clone.git('rev-parse', f'hotfix/{name}')[:12]}"


def test_a_newer_check_of_a_branch_replaces_the_older_one(two: Clone) -> None:
    for_b = checked(two, "b")
    checked(two, "a")
    two.commit(INCOMPLETE, {"src/session.py": LONG + "newer = 1\n"})
    lines = checked(two, "a")
    assert folders(two) == {place(two, "a"), place(two, "b")}
    assert "Undo with" in paste(two, lines)
    two.git("switch", "-q", "hotfix/b")
    assert "Undo with" in paste(two, for_b)


def test_the_scripts_of_a_deleted_branch_are_removed(two: Clone) -> None:
    checked(two, "b")
    two.git("switch", "-q", "hotfix/a")
    two.git("branch", "-q", "-D", "hotfix/b")
    checked(two, "a")
    assert folders(two) == {place(two, "a")}
    assert not (two.path / ".git/hotfix/hotfix/b").exists()


def test_a_branch_that_only_a_remote_has_keeps_its_scripts(two: Clone) -> None:
    """The printed commands create it."""
    two.git("push", "-q", "origin", "hotfix/b")
    two.git("switch", "-q", "--detach", "origin/hotfix/b")
    two.git("branch", "-q", "-D", "hotfix/b")
    for_b = commands(two, "commits")
    checked(two, "a")
    assert "Undo with" in paste(two, for_b)


def test_branches_of_other_work_trees_keep_their_scripts(two: Clone, tmp_path: Path) -> None:
    """Each work tree has folders of its own, and the branches of all of them."""
    for_b = checked(two, "b")
    two.git("switch", "-q", "main")
    two.git("worktree", "add", "-q", str(tmp_path / "linked"), "hotfix/b")
    checked(two, "a")
    checked(Clone(tmp_path / "linked", two.environment), "b")
    assert folders(two) == {place(two, "a"), place(two, "b")}
    two.git("worktree", "remove", str(tmp_path / "linked"))
    two.git("switch", "-q", "hotfix/b")
    assert "Undo with" in paste(two, for_b)


def test_no_script_is_removed_during_a_rebase(two: Clone) -> None:
    """The rebase may run them."""
    two.git("switch", "-q", "--detach")
    two.git("branch", "-q", "-D", "hotfix/b")
    commands(two)
    before = folders(two)
    assert len(before) == 1
    a_rebase(two)
    two.commit(INCOMPLETE, {"src/session.py": LONG + "newer = 1\n"})
    commands(two)
    during = folders(two)
    assert before < during
    two.git("rebase", "--quit")
    two.commit(INCOMPLETE, {"src/session.py": LONG + "newest = 1\n"})
    commands(two)
    assert not during & folders(two)


def test_a_branch_named_like_a_commit_keeps_its_scripts(two: Clone) -> None:
    """The branch `hotfix` had a folder in which the one of `hotfix/0123456789ab` looks like the one of a commit."""
    two.git("branch", "-m", "hotfix/b", "hotfix/0123456789ab")
    checked(two, "0123456789ab")
    checked(two, "a")
    assert folders(two) == {place(two, "a"), place(two, "0123456789ab")}


def test_only_files_of_a_check_are_removed(two: Clone, tmp_path: Path) -> None:
    """Nothing outside of the folder is touched, and no file that no check wrote.

    A submodule named `x/hotfix` has its git directory, with branches, in the folder of a submodule named `x`.
    """
    top = two.path / ".git/hotfix"
    mine, linked = top / "hotfix/gone/0123456789ab/notes.txt", tmp_path / "elsewhere/0123456789ab/spec"
    branch_of_another = top / "refs/heads/spec"
    for file in (branch_of_another, mine, linked, mine.with_name("reword"), mine.with_name("message-" + "0" * 40)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine\n")
    (top / "refs/tags").mkdir()
    (top / "linked").symlink_to(linked.parent.parent)
    checked(two, "a")
    assert linked.read_text() == branch_of_another.read_text() == "mine\n"
    assert (top / "refs/tags").is_dir()
    assert [file.name for file in mine.parent.iterdir()] == ["notes.txt"]


def test_files_of_earlier_versions_are_removed(two: Clone) -> None:
    """Their scripts changed whichever branch was checked out."""
    top = two.path / ".git/hotfix"
    top.mkdir()
    for name in ("reword", "message", "message-1", "spec.md"):
        (top / name).write_text("old\n")
    checked(two, "a")
    assert folders(two) == {place(two, "a")}
