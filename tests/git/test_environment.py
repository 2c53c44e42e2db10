"""The facts of a clone depend neither on the user's environment nor on settings outside of the history."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from hotfix.facts import Facts
from hotfix.git import GitError, Repo
from tests.git.clone import Clone
from tests.git.test_odd_clones import refused, shallow

VARIABLES = {
    "GIT_TRACE": "1",
    "GIT_TRACE2": "1",
    "GIT_TRACE2_EVENT": "2",
    "GIT_TRACE_SETUP": "1",
    "GIT_DIFF_OPTS": "-u0",
    "GIT_EXTERNAL_DIFF": "false",
    "GIT_ATTR_SOURCE": "HEAD",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_INDEX_FILE": "/nowhere/index",
    "GIT_PAGER": "false",
    "GIT_REPLACE_REF_BASE": "refs/heads/",
    "LC_ALL": "de_DE.UTF-8",
    "LANGUAGE": "de",
}
SETTINGS = {
    "trace2.normalTarget": "1",
    "core.bigFileThreshold": "1",
    "core.autocrlf": "true",
    "diff.interHunkContext": "50",
    "diff.ignoreSubmodules": "all",
    "diff.orderFile": "/nowhere",
    "attr.tree": "HEAD",
    "status.showUntrackedFiles": "no",
    "core.hooksPath": "/nowhere",
    "tag.sort": "-version:refname",
    "column.ui": "always",
}


@pytest.fixture
def moved(clone: Clone) -> Clone:
    """Create a move, a change amid unchanged lines, a binary file, and production on another branch than the head."""
    clone.git("checkout", "-q", "main")
    clone.commit("Release 1.2.4", {"a.py": "".join(f"a = {n}\n" for n in range(30)), ".gitattributes": "*.py -diff\n"})
    clone.git("tag", "v1.2.4")
    clone.commit("Continue", {"b.txt": "b\n"})
    clone.git("checkout", "-q", "-B", "hotfix/expired-sessions", "v1.2.4")
    lines = "".join(f"a = {n}\n" for n in range(30) if n != 15)
    clone.commit("hotfix: move", {"a.py": None, "c.py": lines, "logo.png": b"\0\1"})
    return clone


def same(one: Facts, other: Facts) -> bool:
    return replace(one, root_manifests={}) == replace(other, root_manifests={})


@pytest.mark.parametrize("name", VARIABLES)
def test_no_variable_changes_what_a_clone_says(moved: Clone, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = moved.facts()
    monkeypatch.setenv(name, VARIABLES[name])
    assert same(moved.facts(), plain)


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_changes_what_a_clone_says(moved: Clone, name: str) -> None:
    plain = moved.facts()
    moved.git("config", name, SETTINGS[name])
    assert same(moved.facts(), plain)


def test_a_variable_of_a_hook_names_the_same_clone(moved: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """git sets these variables for hooks and for `rebase --exec`."""
    plain = moved.facts()
    monkeypatch.setenv("GIT_DIR", str(moved.path / ".git"))
    assert same(moved.facts(), plain)


@pytest.mark.parametrize("text", ["* -diff\n", "* binary\n", "*.py diff=python eol=crlf\n"])
def test_attributes_of_the_clone_alone_hide_nothing(moved: Clone, text: str) -> None:
    plain = moved.facts()
    file = moved.path / ".git/info/attributes"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    assert same(moved.facts(), plain)


def test_grafts_and_replacements_change_no_history(moved: Clone) -> None:
    """GitHub ignores both."""
    moved.commit("hotfix: more", {"d.py": "d = 1\n"})
    plain = moved.facts()
    head, tag = moved.git("rev-parse", "HEAD"), moved.git("rev-parse", "v1.2.4")
    moved.git("replace", "--graft", head, tag)
    assert same(moved.facts(), plain)
    moved.git("replace", "-d", head)
    file = moved.path / ".git/info/grafts"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{head} {tag}\n")
    assert same(moved.facts(), plain)


def test_a_sha_256_repository_is_read(tmp_path: Path) -> None:
    made = Clone(tmp_path)
    made.git("init", "-q", "-b", "main", "--object-format=sha256")
    made.commit("Release", {"a.py": "a = 1\n"})
    made.git("tag", "v1.2.3")
    made.git("checkout", "-q", "-b", "hotfix/x")
    made.commit("hotfix: more", {"a.py": "a = 2\n"})
    assert made.facts().files[0].lines == 2


def test_a_partial_clone_says_how_it_gets_what_it_lacks(
    moved: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch runs what the clone's configuration names, so the user has to decide."""
    moved.git("config", "uploadpack.allowFilter", "true")
    partial = shallow(moved, tmp_path / "partial", "--filter=blob:none")
    error = refused(partial.path)
    assert "this clone is partial" in error.sentence
    name, _, value = error.command.partition(" ")[0].partition("=")
    monkeypatch.setenv(name, value)
    assert partial.facts().files == moved.facts().files
    monkeypatch.delenv(name)
    assert partial.facts().files == moved.facts().files


def test_a_file_that_is_missing_is_not_an_absent_one(clone: Clone) -> None:
    """A policy that can't be read must not be replaced by the defaults."""
    sha = clone.commit("policy", {".github/hotfix.yml": "label: emergency\n"})
    repo = Repo.open(clone.path)
    assert repo.text(sha, "nothing.yml") is None
    assert repo.text(sha, ".github/hotfix.yml") == "label: emergency\n"
    blob = clone.git("rev-parse", "HEAD:.github/hotfix.yml")
    os.unlink(clone.path / ".git/objects" / blob[:2] / blob[2:])
    with pytest.raises(GitError, match="missing or broken objects"):
        repo.text(sha, ".github/hotfix.yml")
