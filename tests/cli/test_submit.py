"""`hotfix submit` on the simulated GitHub, with real pushes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Clone
from tests.github import GitHub
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, TAG, Acme

FILES = {path: text for path, text in FIX.items() if isinstance(text, str)}


@pytest.fixture
def dev(tmp_path: Path, environment: dict[str, str], github: GitHub, acme: Acme) -> Clone:
    """Return a developer's clone with a hotfix that passes."""
    keys = {"HOTFIX_GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": acme.dev.token}
    place = Clone(tmp_path, {**environment, **keys})
    place.git("clone", "-q", acme.dev.git_url(acme.shop), "shop")
    clone = Clone(tmp_path / "shop", place.environment)
    clone.git("switch", "-q", "-c", "hotfix/cart", TAG)
    clone.commit(GOOD_MESSAGE, {**FILES, "specs/hotfix-cart.md": GOOD_BODY})
    return clone


def test_it_pushes_and_opens_the_pull_request(dev: Clone, github: GitHub, acme: Acme) -> None:
    policy = "people: {tech_leads: [acme/tech-leads]}\n"
    acme.shop.commit("main", {".github/hotfix.yml": policy}, message="Set the policy", author=acme.admin)
    dev.git("fetch", "-q")
    shown = dev.hotfix("submit")
    assert shown.status == 0, shown
    (pull,) = github.rest("GET", "/repos/acme/shop/pulls", acme.dev.token).data
    assert f"Opened {pull['html_url']}\nAsked to review: lead\n" in shown.out
    assert "pending until lead approves this commit" in shown.out.splitlines()[-1]
    assert pull["title"].startswith("HOTFIX: ")
    assert {label["name"] for label in pull["labels"]} == {"hotfix", "priority:critical"}
    assert pull["head"]["sha"] == dev.git("rev-parse", "HEAD")
    assert "Fixes #" in pull["body"]
    assert [user["login"] for user in pull["requested_reviewers"]] == ["lead"]


def test_submitting_again_pushes_and_opens_no_second_pull(dev: Clone, github: GitHub, acme: Acme) -> None:
    """The amended commit is pushed to the open pull request."""
    assert dev.hotfix("submit").status == 0
    dev.git("commit", "-q", "--amend", "--no-edit", "--date=2026-01-01T00:00:00Z")
    shown = dev.hotfix("submit")
    assert shown.out.startswith("Updated ")
    (pull,) = github.rest("GET", "/repos/acme/shop/pulls", acme.dev.token).data
    assert pull["head"]["sha"] == dev.git("rev-parse", "HEAD")


def test_what_others_pushed_to_the_branch_is_not_overwritten(dev: Clone, acme: Acme) -> None:
    assert dev.hotfix("submit").status == 0
    theirs = acme.shop.commit("hotfix/cart", {"theirs.py": "x = 1\n"}, message="theirs", author=acme.other)
    dev.git("commit", "-q", "--amend", "--no-edit", "--date=2026-01-01T00:00:00Z")
    for fetched in (False, True):
        if fetched:
            dev.git("fetch", "-q")
        assert dev.hotfix("submit").status == 2
        assert dev.git("ls-remote", "origin", "refs/heads/hotfix/cart").split()[0] == theirs


def test_nothing_is_pushed_if_rules_fail_or_edits_are_left(dev: Clone) -> None:
    dev.write("src/cart.py", "edited\n")
    assert "uncommitted changes would be left out (src/cart.py)" in dev.hotfix("submit").err
    dev.git("commit", "-q", "-a", "-m", "wip")
    shown = dev.hotfix("submit")
    assert shown.status == 1
    assert "nothing was pushed" in shown.err
    assert dev.git("ls-remote", "origin", "refs/heads/hotfix/cart") == ""
    forced = dev.hotfix("submit", "--force", "--draft")
    assert forced.status == 0
    assert "does not pass before this is fixed: commits" in forced.out


def test_without_a_token_or_on_main_nothing_is_pushed(dev: Clone) -> None:
    stranger = Clone(dev.path, {**dev.environment, "GITHUB_TOKEN": "", "GH_TOKEN": ""})
    assert "no token: set GITHUB_TOKEN" in stranger.hotfix("submit").err
    assert dev.git("ls-remote", "origin", "refs/heads/hotfix/cart") == ""
    dev.git("switch", "-q", "main")
    assert dev.hotfix("submit").sentence() == "main is not a hotfix branch: run `hotfix start fix`."


def test_from_a_fork_the_pull_request_goes_upstream(
    tmp_path: Path, environment: dict[str, str], github: GitHub, acme: Acme
) -> None:
    """A user who may not label or request reviews upstream opens the pull request and is shown the remaining steps."""
    outsider = github.create_user("outsider")
    fork = outsider.fork(acme.shop)
    keys = {"HOTFIX_GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": outsider.token}
    place = Clone(tmp_path, {**environment, **keys})
    place.git("clone", "-q", outsider.git_url(fork), "shop")
    clone = Clone(tmp_path / "shop", place.environment)
    clone.git("remote", "add", "upstream", outsider.git_url(acme.shop))
    clone.git("fetch", "-q", "--tags", "upstream")
    clone.git("switch", "-q", "-c", "hotfix/cart", TAG)
    clone.commit(GOOD_MESSAGE, {**FILES, "specs/hotfix-cart.md": GOOD_BODY})
    shown = clone.hotfix("submit")
    assert shown.status == 0, shown
    (pull,) = github.rest("GET", "/repos/acme/shop/pulls", acme.dev.token).data
    assert pull["head"]["label"] == "outsider:hotfix/cart"
    assert f"Opened {pull['html_url']}\n" in shown.out
    assert f"gh pr edit {pull['number']} --repo acme/shop --add-label hotfix" in shown.out


def test_in_a_new_clone_an_amended_commit_is_pushed(
    tmp_path: Path, dev: Clone, environment: dict[str, str], github: GitHub, acme: Acme
) -> None:
    """There, git's `--force-if-includes` refuses every push that rewrites history."""
    assert dev.hotfix("submit").status == 0
    place = Clone(tmp_path / "second", dev.environment)
    place.path.mkdir()
    place.git("clone", "-q", acme.dev.git_url(acme.shop), "shop")
    clone = Clone(place.path / "shop", place.environment)
    clone.git("switch", "-q", "hotfix/cart")
    clone.git("commit", "-q", "--amend", "--no-edit", "--date=2026-01-01T00:00:00Z")
    shown = clone.hotfix("submit")
    assert shown.out.startswith("Updated "), shown
    (pull,) = github.rest("GET", "/repos/acme/shop/pulls", acme.dev.token).data
    assert pull["head"]["sha"] == clone.git("rev-parse", "HEAD")
