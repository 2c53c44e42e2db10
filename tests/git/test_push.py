"""The printed push, pasted in real clones: it publishes a rewritten branch and never overwrites anyone's work."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hotfix.remedies import rebase
from tests.git.clone import Clone

BRANCH = "hotfix/expired-sessions"


@pytest.fixture
def remote(clone: Clone, tmp_path: Path) -> Path:
    """Create the remote repository and push the clone's branches to it."""
    bare = tmp_path / "remote.git"
    clone.git("init", "-q", "--bare", "-b", "main", str(bare))
    clone.git("remote", "add", "origin", f"file://{bare}")
    clone.commit("fix", {"src/session.py": "def valid():\n    return False\n"})
    clone.git("push", "-q", "origin", "main", "v1.2.3", BRANCH)
    return bare


def push(clone: Clone) -> bool:
    """Paste the printed push; return whether git accepted it."""
    facts = replace(clone.facts(), repo="acme/shop")
    (line,) = rebase.push(facts)
    line = "\n".join(rebase.in_lines(line))
    return subprocess.run(["bash", "-c", line], cwd=clone.path, capture_output=True, check=False).returncode == 0


def amend(clone: Clone, text: str = "reworded") -> str:
    clone.git("commit", "-q", "--amend", "--allow-empty", "-m", text)
    return clone.git("rev-parse", "HEAD")


def at(remote: Path) -> str:
    return Clone(remote).git("rev-parse", f"refs/heads/{BRANCH}")


def cloned(remote: Path, *options: str) -> Clone:
    made = Clone(remote.parent / "new")
    Clone(remote.parent).git("clone", "-q", *options, f"file://{remote}", str(made.path))
    return made


def of_all(remote: Path) -> Clone:
    made = cloned(remote)
    made.git("switch", "-q", BRANCH)
    return made


def of_one_branch(remote: Path) -> Clone:
    return cloned(remote, "--single-branch", "-b", BRANCH)


def of_main_only(remote: Path) -> Clone:
    """Return a clone whose branch has no tracking branch, as the remote's refspec does not cover it."""
    made = cloned(remote, "--single-branch")
    made.git("fetch", "-q", "origin", BRANCH)
    made.git("switch", "-q", "-c", BRANCH, "FETCH_HEAD")
    return made


@pytest.mark.parametrize("new", [of_all, of_one_branch, of_main_only])
def test_a_rewritten_branch_is_pushed_from_a_new_clone(remote: Path, new: Callable[[Path], Clone]) -> None:
    """The new clone has no record of earlier states of the remote branch; a second rewrite is pushed as well."""
    dev = new(remote)
    for text in ("first", "second"):
        rewritten = amend(dev, text)
        assert push(dev)
        assert at(remote) == rewritten


def test_a_rewritten_branch_is_pushed_from_an_old_clone(clone: Clone, remote: Path) -> None:
    """It also works if the remote lacks commits that were rewritten as well."""
    clone.commit("second", {"README.md": "2\n"})
    clone.git("reset", "-q", "--soft", "v1.2.3")
    rewritten = clone.commit("both", {})
    assert push(clone)
    assert at(remote) == rewritten


@pytest.mark.parametrize("others", [(), ("hotfix/other",)])
def test_a_branch_that_was_never_pushed_is_pushed(clone: Clone, remote: Path, others: tuple[str, ...]) -> None:
    """It also works in a clone that tracks only one branch and therefore can't know whether the branch was pushed."""
    for name in others:
        clone.git("push", "-q", "origin", f"main:refs/heads/{name}")
    clone.git("push", "-q", "origin", f":{BRANCH}")
    for text in ("first", "second"):
        rewritten = amend(clone, text)
        assert push(clone)
        assert at(remote) == rewritten


@pytest.mark.parametrize("seen", ["not fetched", "fetched", "looked at", "back to what it was"])
@pytest.mark.parametrize("new", [of_all, of_one_branch, of_main_only])
def test_what_others_pushed_is_never_overwritten(
    clone: Clone, remote: Path, new: Callable[[Path], Clone], seen: str
) -> None:
    """This holds even if it was fetched, or checked out separately, in the meantime."""
    dev = new(remote)
    theirs = clone.commit("theirs", {"README.md": "theirs\n"})
    clone.git("push", "-q", "origin", BRANCH)
    if seen != "not fetched":
        dev.git("fetch", "-q", "origin", BRANCH)
    if seen == "looked at":
        dev.git("switch", "-q", "--detach", "FETCH_HEAD")
        dev.git("switch", "-q", BRANCH)
    if seen == "back to what it was":
        amend(dev, "once")
        dev.git("reset", "-q", "--keep", "HEAD@{1}")
    amend(dev)
    assert not push(dev)
    assert at(remote) == theirs


def test_what_others_pushed_can_be_rewritten_once_it_is_here(clone: Clone, remote: Path) -> None:
    dev = of_all(remote)
    clone.commit("theirs", {"README.md": "theirs\n"})
    clone.git("push", "-q", "origin", BRANCH)
    dev.git("pull", "-q", "--ff-only")
    rewritten = amend(dev)
    assert push(dev)
    assert at(remote) == rewritten


@pytest.mark.parametrize("how", ["--rebase", "--no-rebase"])
def test_what_was_pulled_under_own_commits_can_be_rewritten(clone: Clone, remote: Path, how: str) -> None:
    """The branch never pointed to the remote's commit alone, but only to commits on top of it."""
    dev = of_all(remote)
    theirs = clone.commit("theirs", {"README.md": "theirs\n"})
    clone.git("push", "-q", "origin", BRANCH)
    dev.commit("mine", {"src/mine.py": "x = 1\n"})
    dev.git("pull", "-q", how)
    rewritten = amend(dev)
    assert push(dev)
    assert at(remote) == rewritten
    later = clone.commit("theirs again", {"README.md": f"{theirs}\n"})
    clone.git("push", "-q", "--force", "origin", BRANCH)
    amend(dev, "again")
    assert not push(dev)
    assert at(remote) == later


@pytest.mark.parametrize("shell", [name for name in ("bash", "dash", "zsh", "fish") if shutil.which(name)])
def test_the_push_works_in_every_shell(clone: Clone, remote: Path, shell: str) -> None:
    """Shells that the machine lacks are skipped."""
    dev = of_all(remote)
    rewritten = amend(dev)
    facts = replace(dev.facts(), repo="acme/shop")
    for line in ("\n".join(rebase.in_lines(*rebase.push(facts))), *rebase.push(facts)):
        done = subprocess.run([shell, "-c", line], cwd=dev.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert at(remote) == rewritten


def test_a_branch_is_pushed_where_the_clone_pushes_it(clone: Clone, remote: Path) -> None:
    """A fork may be a remote of any name, and the user may lack permission to push to origin."""
    dev = of_all(remote)
    dev.git("remote", "rename", "origin", "fork")
    dev.git("remote", "add", "origin", "file:///nowhere")
    rewritten = amend(dev)
    assert push(dev)
    assert at(remote) == rewritten


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "origin"),
        ({"remote.pushDefault": "fork"}, "fork"),
        ({f"branch.{BRANCH}.pushRemote": "fork", "remote.pushDefault": "origin"}, "fork"),
        ({f"branch.{BRANCH}.remote": "fork", f"branch.{BRANCH}.merge": f"refs/heads/{BRANCH}"}, "fork"),
        ({f"branch.{BRANCH}.remote": "fork", f"branch.{BRANCH}.merge": "refs/heads/main"}, "origin"),
        ({f"branch.{BRANCH}.remote": ".", f"branch.{BRANCH}.merge": "refs/heads/main"}, "origin"),
        ({f"branch.{BRANCH}.pushRemote": "gone"}, "origin"),
    ],
)
def test_the_remote_is_the_one_that_git_is_configured_for(
    clone: Clone, remote: Path, settings: dict[str, str], expected: str
) -> None:
    clone.git("remote", "add", "fork", "git@github.com:dev/shop.git")
    for name, value in settings.items():
        clone.git("config", name, value)
    assert clone.facts().branches.remote == expected
