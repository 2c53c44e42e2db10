"""`hotfix check --fix`: safe fixes after one confirmation, and how to undo them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Clone
from tests.cli.test_pasting import FIXED, LONG, commands, everything, fixed, messy, release, statuses
from tests.github import GitHub
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, TAG, Acme
from tests.unit.factories import MESSAGE

__all__ = ["fixed"]


def test_it_fixes_branch_files_and_messages(clone: Clone) -> None:
    messy(clone)
    before = clone.git("rev-parse", "HEAD")
    shown = clone.hotfix("check", "--fix", "--yes")
    found = statuses(clone)
    assert [found[rule] for rule in ("branch", "dependencies", "scope")] == ["passed"] * 3, shown
    assert (clone.path / "src/session.py").read_text() == FIXED
    assert "on: push" in everything(clone)
    assert "\nApplied: the fixes of dependencies, scope.\n" in shown.out
    assert "The files that were taken out are in `git stash list`." in shown.out
    undo = re.search(r"Undo with: (git reset --keep \S+)", shown.out)
    assert undo
    clone.run("bash", "-c", undo[1])
    assert clone.git("rev-parse", "HEAD") == before


def test_a_stash_is_named_only_if_there_is_a_new_one(fixed: Clone) -> None:
    fixed.write("src/session.py", "an older stash\n")
    fixed.git("stash")
    fixed.git("commit", "-q", "--amend", "-m", GOOD_MESSAGE.replace("hotfix: ", "fix: "))
    shown = fixed.hotfix("check", "--fix", "--yes")
    assert "\nApplied: the fix of commits.\n" in shown.out
    assert "git stash" not in shown.out


def test_nothing_changes_without_a_yes(clone: Clone) -> None:
    messy(clone)
    before = clone.git("rev-parse", "HEAD")
    shown = clone.hotfix("check", "--fix")
    assert shown.status == 2
    assert "confirm with --yes" in shown.err
    for command in commands(clone, "dependencies")[:1]:
        assert command in shown.out
    assert clone.git("rev-parse", "HEAD") == before


def test_a_commit_left_empty_by_a_fix_is_dropped(fixed: Clone) -> None:
    """Its content stays in the stash, and the fix's own commit keeps its message."""
    sound = fixed.git("rev-parse", "HEAD")
    fixed.commit("update express", {"package.json": '{"dependencies": {"express": "5.0.0"}}\n'})
    shown = fixed.hotfix("check", "--fix", "--yes")
    assert "Dropped the commit “update express”" in shown.out
    assert fixed.git("rev-parse", "HEAD") == sound
    assert shown.status == 0
    assert "5.0.0" in everything(fixed)


def test_staged_edits_do_not_become_part_of_the_hotfix(fixed: Clone) -> None:
    """The fixes amend commits. What was staged stays in the work tree, and as it was staged in the stash."""
    fixed.commit(MESSAGE, {"requirements.txt": "six==2\n", "src/more.py": "more = 1\n"})
    fixed.write("src/other.py", "staged\n")
    fixed.git("add", "-A")
    fixed.write("src/other.py", "edited\n")
    shown = fixed.hotfix("check", "--fix", "--yes").out
    assert "Staged edits were unstaged; as they were, they are in `git stash list`." in shown
    assert statuses(fixed)["dependencies"] == "passed"
    assert fixed.git("show", "HEAD:src/other.py") == fixed.git("show", "v1.3.0:src/other.py")
    assert (fixed.path / "src/other.py").read_text() == "edited\n"
    assert "staged\n" in everything(fixed)


def test_labels_that_the_pull_request_lacks_are_added(
    tmp_path: Path, environment: dict[str, str], github: GitHub, acme: Acme
) -> None:
    acme.shop.branch("hotfix/cart", at=TAG, pusher=acme.dev)
    files = {path: text for path, text in FIX.items() if isinstance(text, str)}
    files["specs/hotfix-cart.md"] = GOOD_BODY
    acme.shop.commit("hotfix/cart", files, message=GOOD_MESSAGE, author=acme.dev)
    acme.dev.open_pull(acme.shop, head="hotfix/cart", base="main", title="cart", body="")
    keys = {"HOTFIX_GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": acme.dev.token}
    place = Clone(tmp_path, {**environment, **keys})
    place.git("clone", "-q", "-b", "hotfix/cart", acme.dev.git_url(acme.shop), "shop")
    shown = Clone(tmp_path / "shop", place.environment).hotfix("check", "--fix", "--yes")
    assert "lacks hotfix, priority:critical" in shown.out
    (pull,) = github.rest("GET", "/repos/acme/shop/pulls", acme.dev.token).data
    assert {label["name"] for label in pull["labels"]} == {"hotfix", "priority:critical"}


@pytest.mark.parametrize("edited", [False, True], ids=["clean", "edited"])
def test_a_fix_that_stops_leaves_the_branch_checked_out(clone: Clone, edited: bool) -> None:
    """The branch merged two lines of main, and its own commit builds on one of them.

    An uncommitted edit stays, though git unstages it.
    """
    release(clone, {"src/session.py": LONG})
    clone.commit(MESSAGE, {"src/own.py": "own = 1\n"})
    for name in ("one", "two"):
        clone.git("switch", "-q", "-c", name, "v1.3.0")
        clone.commit(f"Continue {name}", {"src/session.py": LONG + "one = 1\n"} if name == "one" else {"two.py": "2\n"})
        for into in ("main", "hotfix/expired"):
            clone.git("switch", "-q", into)
            clone.git("merge", "-q", "--no-edit", name)
    clone.git("update-ref", "refs/remotes/origin/main", "main")
    clone.commit(MESSAGE, {"src/session.py": LONG + "one = 2\n"})
    if edited:
        clone.write("src/other.py", "x = 2\n")
        clone.git("add", "-A")
    before, edits = clone.git("rev-parse", "hotfix/expired"), clone.git("diff", "HEAD")
    shown = clone.hotfix("check", "--fix", "--yes")
    assert "the fix of branch stopped at" in shown.err
    assert "and was undone" in shown.err
    assert clone.git("branch", "--show-current") == "hotfix/expired"
    assert clone.git("rev-parse", "hotfix/expired") == before
    assert clone.git("diff", "HEAD") == edits
