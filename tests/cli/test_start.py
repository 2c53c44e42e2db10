"""`hotfix start`, `commit-msg` and `next-tag`: from production to a hotfix that passes, nothing ever lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Clone
from tests.unit.factories import BODY, MESSAGE

SPEC = "specs/hotfix-expired-sessions.md"


@pytest.fixture
def hooked(clone: Clone) -> Clone:
    """With the commit-msg hook that the help shows."""
    hook = clone.path / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nexec hotfix commit-msg "$1"\n')
    hook.chmod(0o755)
    return clone


def test_the_branch_is_cut_from_production_and_the_spec_is_begun(clone: Clone) -> None:
    shown = clone.hotfix("start", "expired sessions", "--severity", "P1", "--issue", "7")
    assert shown.status == 0, shown
    assert shown.out.startswith("Cut hotfix/expired-sessions from v1.2.3 ")
    assert clone.git("branch", "--show-current") == "hotfix/expired-sessions"
    assert clone.git("rev-parse", "HEAD") == clone.git("rev-parse", "v1.2.3^{}")
    spec = (clone.path / SPEC).read_text()
    assert spec.startswith("# HOTFIX: expired sessions\n\n## Severity: P1\n")
    assert "Fixes #7" in spec


def test_the_commands_it_prints_lead_to_a_hotfix_that_passes(hooked: Clone) -> None:
    shown = hooked.hotfix("start", "expired-sessions", "--issue", "7").out
    hooked.write(SPEC, BODY)
    hooked.write("src/session.py", "def valid(session):\n    return session.valid\n")
    hooked.write("tests/test_session.py", "assert True\n")
    commit = re.search(r"git commit --template=(\S+)", shown)
    assert commit
    assert Path(commit[1]).read_text().startswith("hotfix: expired sessions\n\nFixes #7\nSeverity: P0\n")
    hooked.git("add", "-A")
    hooked.git("commit", "-q", "-m", MESSAGE)
    assert hooked.hotfix("check").status == 0
    push = re.search(r"git push .*", shown)
    assert push
    steps = ["${EDITOR:-vi} ", "git add", "git commit", "hotfix check", "git push", "gh pr create"]
    hooked.run(*push[0].split())
    edit = next(line for line in shown.splitlines() if "EDITOR" in line)
    hooked.run("bash", "-c", f"EDITOR='test -s'; {edit}")  # an editor with options, such as `code --wait`
    assert [shown.index(step) for step in steps] == sorted(shown.index(step) for step in steps)
    assert "--label hotfix,priority:critical --body-file specs/hotfix-expired-sessions.md" in shown


def test_in_a_clone_of_a_fork_tags_come_from_upstream_and_the_branch_goes_to_the_fork(clone: Clone) -> None:
    clone.git("remote", "add", "upstream", str(clone.remote))
    shown = clone.hotfix("start", "expired sessions").out
    assert "`git fetch upstream --tags`" in shown
    assert "git push --set-upstream origin hotfix/expired-sessions" in shown


@pytest.mark.parametrize(
    ("name", "branch"),
    [("hotfix/login", "hotfix/login"), ("  Log in  fails!  ", "hotfix/Log-in-fails"), ("a..b.lock", "hotfix/a-b")],
)
def test_any_words_become_a_name_that_git_takes(clone: Clone, name: str, branch: str) -> None:
    assert clone.hotfix("start", name).status == 0
    assert clone.git("branch", "--show-current") == branch


def test_uncommitted_changes_stop_it_before_anything_is_changed(clone: Clone) -> None:
    clone.write("src/session.py", "mine\n")
    sentence = clone.hotfix("start", "x").sentence()
    assert sentence == "you have uncommitted changes (src/session.py): run `git stash` or `git commit` first."
    assert (clone.path / "src/session.py").read_text() == "mine\n"
    assert clone.git("branch", "--list", "hotfix/*") == ""


def test_a_branch_cut_from_an_old_tag_is_moved_to_the_new_one_as_it_says(clone: Clone, upstream: Clone) -> None:
    upstream.git("tag", "-a", "v1.2.4", "-m", "Release")
    shown = clone.hotfix("start", "x").out
    assert "does production run a newer one? `git fetch --tags`, `git reset --keep TAG`" in shown
    clone.git("fetch", "-q", "--tags")
    clone.git("reset", "-q", "--keep", "v1.2.4")
    findings = clone.hotfix("check", "--format", "json").json["findings"]
    assert [f["why"] for f in findings if f["rule"] == "branch"] == ["hotfix/x was cut from v1.2.4"]
    assert (clone.path / "specs/hotfix-x.md").exists()


def test_untracked_files_stay(clone: Clone) -> None:
    clone.write("notes.txt", "mine\n")
    assert clone.hotfix("start", "x").status == 0
    assert (clone.path / "notes.txt").read_text() == "mine\n"


def test_an_untracked_file_that_the_tag_has_is_not_overwritten(clone: Clone) -> None:
    clone.git("rm", "-q", "src/session.py")
    clone.git("commit", "-q", "-m", "Move it")
    clone.write("src/session.py", "mine\n")
    assert "git stash" in clone.hotfix("start", "x").sentence()
    assert (clone.path / "src/session.py").read_text() == "mine\n"
    assert clone.git("branch", "--show-current") == "main"


def test_a_spec_that_is_there_is_not_overwritten(clone: Clone) -> None:
    clone.write("specs/hotfix-x.md", "mine\n")
    assert clone.hotfix("start", "x").sentence().startswith("specs/hotfix-x.md is there already")
    assert clone.git("branch", "--show-current") == "main"


def test_a_branch_that_is_there_is_named_with_the_command_that_goes_there(clone: Clone, upstream: Clone) -> None:
    assert clone.hotfix("start", "x").status == 0
    clone.git("clean", "-qfd")
    clone.git("switch", "-q", "main")
    assert clone.hotfix("start", "x").sentence().endswith("run `git switch hotfix/x`.")
    upstream.git("branch", "hotfix/theirs")
    clone.git("fetch", "-q")
    assert clone.hotfix("start", "theirs").sentence() == (
        "origin has a branch hotfix/theirs already: run `git switch hotfix/theirs`."
    )


def test_commits_on_no_branch_are_not_left_behind(clone: Clone) -> None:
    clone.git("switch", "-q", "--detach")
    clone.commit("loose work", {})
    sentence = clone.hotfix("start", "x").sentence()
    assert "on no branch" in sentence
    assert "`git branch keep-them`" in sentence


def test_the_tag_can_be_named_and_must_be_there(clone: Clone) -> None:
    assert "there is no tag v0.0.1" in clone.hotfix("start", "x", "--tag", "v0.0.1").sentence()
    clone.git("tag", "v2.0.0-rc.1")
    assert clone.hotfix("start", "x", "--tag", "v2.0.0-rc.1").out.startswith("Cut hotfix/x from v2.0.0-rc.1 and wrote")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["///"], "holds no letter"),
        (["x", "--issue", "a b"], "one issue"),
        (["x", "--issue", "login"], "one issue"),  # `hotfix check` would not take it for one later
        (["x", "--severity", "P2"], "'--severity': 'P2' is not one of 'P0', 'P1'."),
    ],
)
def test_what_it_cannot_use_is_said(clone: Clone, arguments: list[str], words: str) -> None:
    assert words in clone.hotfix("start", *arguments).sentence()


def test_the_policy_names_the_branch_and_the_place_of_the_spec(clone: Clone, upstream: Clone) -> None:
    upstream.commit("p", {".github/hotfix.yml": "branches: {head: fix/*}\nrules: {spec: {path: docs/fix-*.md}}\n"})
    clone.git("pull", "-q")
    shown = clone.hotfix("start", "x")
    assert shown.out.startswith("Cut fix/x from v1.2.3")
    assert (clone.path / "docs").exists()


def test_a_spec_outside_of_the_clone_is_not_written(clone: Clone, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (clone.path / "specs").symlink_to(outside)
    assert "outside of the clone" in clone.hotfix("start", "x").sentence()
    assert list(outside.iterdir()) == []


def test_the_hook_stops_a_message_on_a_hotfix_branch_and_keeps_a_corrected_one(hooked: Clone) -> None:
    hooked.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    stopped = hooked.run("git", "commit", "--allow-empty", "-m", "fix: login #7", status=1)
    assert "the subject does not begin with `hotfix: `" in stopped.err
    assert "Nothing was committed." in stopped.err
    again = re.search(r"git commit --edit --file=(\S+)", stopped.err)
    assert again
    kept = (hooked.path / again[1]).read_text()
    assert kept.startswith("hotfix: login #7\n")
    assert (hooked.path / ".git/COMMIT_EDITMSG").read_text() == "fix: login #7\n"
    assert hooked.git("rev-parse", "HEAD") == hooked.git("rev-parse", "v1.2.3^{}")


def test_the_hook_lets_a_good_message_and_every_other_branch_pass(hooked: Clone) -> None:
    hooked.git("commit", "-q", "--allow-empty", "-m", "wip")
    hooked.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    hooked.git("commit", "-q", "--allow-empty", "-m", MESSAGE)
    assert hooked.git("log", "-1", "--format=%s") == MESSAGE.partition("\n")[0]


def test_the_hook_reads_what_git_will_keep(hooked: Clone) -> None:
    hooked.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    hooked.git("config", "core.commentChar", ";")
    file = hooked.write("message", f"{MESSAGE}\n; On branch hotfix/x\n;\n; Changes to be committed:\n")
    assert hooked.hotfix("commit-msg", str(file)).status == 0
    file.write_text("; nothing but comments\n")
    assert hooked.hotfix("commit-msg", str(file)).status == 0


def test_the_hook_knows_the_branch_while_it_is_rebased(hooked: Clone) -> None:
    hooked.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    hooked.commit(MESSAGE, {"src/session.py": "pass\n"})
    editor = {**hooked.environment, "GIT_SEQUENCE_EDITOR": "sed -i s/pick/reword/", "GIT_EDITOR": "echo wip >"}
    stopped = Clone(hooked.path, editor).run("git", "rebase", "-i", "HEAD~1", status=None)
    assert "this message may not go on hotfix/x" in stopped.err


def test_the_hook_outside_of_a_repository_and_without_a_file_is_one_sentence(clone: Clone, tmp_path: Path) -> None:
    outside = Clone(tmp_path, clone.environment)
    outside.write("message", "x")
    assert "is not in a git repository" in outside.hotfix("commit-msg", "message").sentence()
    assert "nowhere: No such file or directory" in clone.hotfix("commit-msg", "nowhere").sentence()


def test_a_broken_policy_stops_no_commit_that_is_sound(hooked: Clone, upstream: Clone) -> None:
    upstream.commit("p", {".github/hotfix.yml": "labels: x\n"})
    hooked.git("pull", "-q")
    hooked.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    committed = hooked.run("git", "commit", "--allow-empty", "-m", MESSAGE)
    assert "The defaults are used." in committed.err
    assert hooked.run("git", "commit", "--allow-empty", "-m", "wip", status=1)


def test_the_next_tag_follows_production_and_skips_what_exists(clone: Clone) -> None:
    assert clone.hotfix("next-tag").out == "v1.2.4-hotfix.1\n"
    clone.git("tag", "v1.2.4-hotfix.1")
    assert clone.hotfix("next-tag").out == "v1.2.4-hotfix.2\n"
    assert clone.hotfix("next-tag", "--production", "app-2.0.0").out == "app-2.0.1-hotfix.1\n"
    assert "does not read as a version" in clone.hotfix("next-tag", "--production", "latest").sentence()
