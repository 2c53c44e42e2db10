"""Commands that an earlier check printed change nothing if another branch or commit is checked out."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hotfix.remedies import rebase
from tests.cli.conftest import Clone
from tests.cli.terminal import Terminal
from tests.cli.test_pasting import LONG, SPEC, commands, release
from tests.unit.factories import BODY, MESSAGE

SHELLS = [name for name in ("bash", "dash", "zsh", "fish") if shutil.which(name)]
INCOMPLETE = MESSAGE.replace("Fixes #7\n", "")
OTHER = MESSAGE.replace("Fixes #7\n", "").replace("P0", "P1")


def branch(clone: Clone, name: str, message: str, commits: int) -> None:
    """Create a hotfix branch whose commits have this incomplete message."""
    clone.git("switch", "-q", "-c", f"hotfix/{name}", "v1.3.0")
    clone.write(f"specs/hotfix-{name}.md", BODY.replace("P0", "P1") if "P1" in message else BODY)
    for n in range(commits):
        clone.commit(message, {"src/session.py": LONG + f"{name} = {n}\n"})


@pytest.fixture(params=["one commit", "several commits"])
def two(clone: Clone, request: pytest.FixtureRequest) -> Clone:
    """Return a clone with the branches a and b, both checked, with a checked out."""
    release(clone, {"src/session.py": LONG})
    (clone.path / SPEC).unlink()
    commits = 1 if request.param == "one commit" else 2
    branch(clone, "a", INCOMPLETE, commits)
    branch(clone, "b", OTHER, commits)
    clone.git("switch", "-q", "hotfix/a")
    return clone


def checked(clone: Clone, name: str, rule: str = "commits") -> list[str]:
    clone.git("switch", "-q", f"hotfix/{name}")
    return [line for line in commands(clone, rule) if not rebase.is_push(line)]


def heads(clone: Clone) -> str:
    return clone.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads") + clone.git("status", "-sb")


def paste(clone: Clone, lines: list[str], shell: str = "bash") -> str:
    """Paste all lines into the shell and return what it shows."""
    done = subprocess.run(
        [shell, "-c", "\n".join(lines)], cwd=clone.path, env=clone.environment, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_each_branch_gets_its_own_messages(two: Clone, shell: str) -> None:
    """The other branch was checked in between."""
    for_a, for_b = checked(two, "a"), checked(two, "b")
    two.git("switch", "-q", "hotfix/a")
    assert "Undo with: git reset --keep refs/hotfix/backup/hotfix/a/" in paste(two, for_a, shell)
    assert "Severity: P1" not in two.git("log", "--format=%B", "v1.3.0..hotfix/a")
    assert "Fixes #7" in two.git("log", "-1", "--format=%B")
    two.git("switch", "-q", "hotfix/b")
    paste(two, for_b, shell)
    assert "Severity: P0" not in two.git("log", "--format=%B", "v1.3.0..hotfix/b")


def another_branch(clone: Clone) -> None:
    clone.git("switch", "-q", "hotfix/b")


def another_commit(clone: Clone) -> None:
    clone.commit(MESSAGE, {"src/session.py": LONG + "newer = 1\n"})


def the_same_commit_on_another_branch(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "hotfix/copy")


def another_message(clone: Clone) -> None:
    clone.git("commit", "-q", "--amend", "-m", OTHER)


def no_branch(clone: Clone) -> None:
    clone.git("switch", "-q", "--detach")


def a_rebase(clone: Clone) -> None:
    clone.run("git", "rebase", "-q", "--exec", "false", "v1.3.0", status=1)


STATES = [another_branch, another_commit, another_message, the_same_commit_on_another_branch, no_branch, a_rebase]


@pytest.mark.parametrize("change", STATES, ids=lambda change: change.__name__)
def test_in_another_state_no_message_changes(two: Clone, change: Callable[[Clone], None]) -> None:
    lines = checked(two, "a")
    sha = two.git("rev-parse", "HEAD")[:12]
    change(two)
    before = heads(two)
    for shell in SHELLS:
        shown = paste(two, lines, shell)
        assert f"nothing was changed, because this command is only for hotfix/a as it was at {sha}: run" in shown
    assert heads(two) == before


@pytest.mark.parametrize(
    "change", [another_branch, the_same_commit_on_another_branch], ids=lambda change: change.__name__
)
def test_in_another_state_no_spec_is_committed(two: Clone, change: Callable[[Clone], None]) -> None:
    two.git("rm", "-q", "specs/hotfix-a.md")
    two.git("commit", "-q", "--amend", "--no-edit")
    lines = checked(two, "a", "spec")
    change(two)
    before = heads(two)
    assert "nothing was changed" in paste(two, lines)
    assert heads(two) == before
    assert not (two.path / "specs/hotfix-a.md").exists()


def test_the_missing_spec_is_committed_by_one_command(two: Clone) -> None:
    two.git("rm", "-q", "specs/hotfix-a.md")
    two.git("commit", "-q", "--amend", "--no-edit")
    lines = checked(two, "a", "spec")
    checked(two, "b", "spec")
    two.git("switch", "-q", "hotfix/a")
    assert len(lines) == 1
    paste(two, lines)
    assert "## Severity: P0" in two.git("show", "HEAD:specs/hotfix-a.md")


@pytest.mark.parametrize("state", ["clean", "edited", "rebase"])
def test_files_are_taken_out_of_the_branch_checked_only(two: Clone, state: str) -> None:
    """If git can't switch back to the branch, nothing changes."""
    for name in ("b", "a"):
        two.git("switch", "-q", f"hotfix/{name}")
        two.commit(MESSAGE, {"requirements.txt": f"six=={name}\n"})
    lines = checked(two, "a", "dependencies")
    if state == "rebase":
        a_rebase(two)
    else:
        another_branch(two)
    if state == "edited":
        two.write("requirements.txt", "six==edited\n")
    refs, before = two.git("rev-parse", "hotfix/a", "hotfix/b"), heads(two)
    paste(two, lines, "fish" if "fish" in SHELLS else "bash")
    if state == "clean":
        assert "requirements.txt" not in two.git("ls-tree", "--name-only", "hotfix/a").split()
        assert two.git("rev-parse", "hotfix/b") == refs.split()[1]
    else:
        assert heads(two) == before


@pytest.mark.parametrize("change", ["none", "a newer commit", "another branch, edited"])
def test_moving_a_branch_drops_no_newer_commit(clone: Clone, change: str) -> None:
    """The branch merged two lines of main, so that its own commits are replayed in several steps."""
    release(clone, {"src/session.py": LONG})
    clone.commit(MESSAGE, {"src/own.py": "own = 1\n"})
    for name in ("one", "two"):
        clone.git("switch", "-q", "-c", name, "v1.3.0")
        clone.commit(f"Continue {name}", {f"src/{name}.py": "x = 1\n"})
        for into in ("main", "hotfix/expired"):
            clone.git("switch", "-q", into)
            clone.git("merge", "-q", "--no-edit", name)
    clone.git("update-ref", "refs/remotes/origin/main", "main")
    clone.commit("again", {"src/again.py": "own = 2\n"})
    lines = [line for line in commands(clone, "branch") if not rebase.is_push(line)]
    assert lines[0].count("git rebase") == 3
    if change == "a newer commit":
        clone.commit("newer", {"src/newer.py": "newer = 1\n"})
    elif change == "another branch, edited":
        clone.git("switch", "-q", "main")
        clone.write("src/unreleased.py", "edited\n")
    before = heads(clone)
    paste(clone, lines)
    if change == "another branch, edited":
        assert heads(clone) == before
        return
    files = clone.git("ls-tree", "-r", "--name-only", "hotfix/expired").split()
    assert ("src/newer.py" in files) == (change == "a newer commit")
    assert {"src/own.py", "src/again.py"} <= set(files)
    assert not {"src/one.py", "src/two.py"} & set(files)
    assert clone.git("branch", "--show-current") == "hotfix/expired"


def test_a_fix_confirmed_too_late_changes_nothing(two: Clone) -> None:
    """Another branch was checked out while the question was open."""
    with Terminal(two, ["check", "--fix"]) as terminal:
        terminal.expect("Apply them?")
        another_branch(two)
        before = heads(two)
        terminal.answer("[y/N]", "y")
        assert terminal.end() == 2
    assert "nothing was changed" in " ".join(terminal.shown.split())
    assert heads(two) == before


@pytest.mark.parametrize("commits", [1, 2])
def test_picked_commits_cost_no_staged_edit(clone: Clone, commits: int) -> None:
    """git refuses to pick while changes are staged, and says how to abort: of several commits, that drops the edits."""
    for n in range(commits):
        clone.commit("in a hurry", {"src/session.py": LONG + f"n = {n}\n"})
    clone.write("src/other.py", "staged\n")
    clone.git("add", "-A")
    paste(clone, commands(clone, "branch"))
    assert clone.git("branch", "--show-current") == "hotfix/fix"
    clone.run("git", "cherry-pick", "--abort", status=None)
    assert (clone.path / "src/other.py").read_text() == "staged\n"


@pytest.mark.parametrize("rule", ["commits", "spec"])
def test_the_work_tree_that_was_checked_is_compared(two: Clone, rule: str, tmp_path: Path) -> None:
    """The command is run in another work tree, which has the branch checked out now."""
    if rule == "spec":
        two.git("rm", "-q", "specs/hotfix-a.md")
        two.git("commit", "-q", "--amend", "--no-edit")
    two.git("switch", "-q", "main")
    two.git("worktree", "add", "-q", str(tmp_path / "linked"), "hotfix/a")
    linked = Clone(tmp_path / "linked", two.environment)
    lines = checked(linked, "a", rule)
    another_branch(linked)
    two.git("switch", "-q", "hotfix/a")
    before = heads(two)
    assert "nothing was changed" in paste(two, lines)
    assert heads(two) == before


def test_a_missing_spec_is_added_to_no_other_detached_commit(two: Clone) -> None:
    two.git("rm", "-q", "specs/hotfix-a.md")
    two.git("commit", "-q", "--amend", "--no-edit")
    two.git("switch", "-q", "--detach")
    two.git("branch", "-q", "-D", "hotfix/a")
    lines = commands(two, "spec")
    two.git("switch", "-q", "--detach", "hotfix/b")
    before = two.git("rev-parse", "HEAD")
    assert "nothing was changed" in paste(two, lines)
    assert two.git("rev-parse", "HEAD") == before


def test_each_backup_keeps_the_commits_from_before(two: Clone) -> None:
    """The commits were amended, and then reset to those that were checked."""
    lines, checked_at = checked(two, "a"), two.git("rev-parse", "HEAD")
    two.write("src/session.py", LONG + "amended = 1\n")
    two.git("commit", "-q", "-a", "--amend", "--no-edit")
    amended = two.git("rev-parse", "HEAD")
    paste(two, lines)
    two.git("reset", "-q", "--keep", checked_at)
    two.hotfix("check", "--fix", "--yes")
    kept = two.git("for-each-ref", "--format=%(objectname)", "refs/hotfix/backup/hotfix/a").split()
    assert {checked_at, amended} <= set(kept)


def test_a_deleted_backup_is_not_replaced_by_another(two: Clone) -> None:
    two.git("update-ref", "refs/hotfix/backup/hotfix/a/2", "v1.3.0")
    checked(two, "a")
    two.hotfix("check", "--fix", "--yes")
    assert two.git("rev-parse", "refs/hotfix/backup/hotfix/a/2") == two.git("rev-parse", "v1.3.0")


def test_an_interactive_rebase_is_of_the_branch_checked(clone: Clone) -> None:
    """Another branch is checked out when it starts."""
    release(clone, {"src/session.py": LONG})
    clone.commit(MESSAGE, {"src/session.py": LONG + "one = 1\n"})
    clone.commit(f"fixup! {MESSAGE}", {"src/session.py": LONG + "two = 2\n"})
    lines = [line for line in commands(clone, "commits") if not rebase.is_push(line)]
    assert len(lines) == 1
    clone.git("switch", "-q", "main")
    main = clone.git("rev-parse", "main")
    paste(clone, lines)
    assert clone.git("rev-parse", "main") == main
    assert clone.git("rev-list", "--count", "v1.3.0..hotfix/expired") == "1"


@pytest.mark.parametrize("rule", ["commits", "spec", "branch", "dependencies"])
def test_a_detached_remote_branch_is_created_first(clone: Clone, rule: str) -> None:
    """The commands name the branch, which has no local counterpart yet."""
    release(clone, {"src/session.py": LONG})
    (clone.path / SPEC).unlink()
    if rule == "branch":
        clone.git("update-ref", "refs/remotes/origin/main", "main")
        clone.git("merge", "-q", "--no-edit", "main")
    files = {"requirements.txt": "six==1\n"} if rule == "dependencies" else {}
    clone.commit(INCOMPLETE, {"src/session.py": LONG + "two = 2\n", **files})
    clone.git("push", "-q", "origin", "hotfix/expired")
    clone.git("switch", "-q", "--detach", "origin/hotfix/expired")
    clone.git("branch", "-q", "-D", "hotfix/expired")
    before = clone.git("rev-parse", "HEAD")
    lines = [line for line in commands(clone, rule) if not rebase.is_push(line)]
    assert lines[0] == "git switch hotfix/expired"
    shown = paste(clone, lines)
    assert "nothing was changed" not in shown
    assert clone.git("branch", "--show-current") == "hotfix/expired"
    assert clone.git("rev-parse", "hotfix/expired") != before
