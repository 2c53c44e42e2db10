"""`hotfix check --fix`: safe fixes after one confirmation, and how to undo them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Clone
from tests.cli.test_pasting import FIXED, commands, everything, fixed, messy, statuses
from tests.github import GitHub
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, TAG, Acme

__all__ = ["fixed"]


def test_it_fixes_branch_files_and_messages(clone: Clone) -> None:
    messy(clone)
    before = clone.git("rev-parse", "HEAD")
    shown = clone.hotfix("check", "--fix", "--yes")
    found = statuses(clone)
    assert [found[rule] for rule in ("branch", "dependencies", "scope")] == ["passed"] * 3, shown
    assert (clone.path / "src/session.py").read_text() == FIXED
    assert "on: push" in everything(clone)
    undo = re.search(r"Undo with: (git reset --keep \S+)", shown.out)
    assert undo
    clone.run("bash", "-c", undo[1])
    assert clone.git("rev-parse", "HEAD") == before


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
