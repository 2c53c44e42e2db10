"""`hotfix start`, `commit-msg` and `next-tag`: from production to a hotfix that passes, without any loss of work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Clone
from tests.unit.factories import BODY, MESSAGE

SPEC = "specs/hotfix-expired-sessions.md"


@pytest.fixture
def hooked(clone: Clone) -> Clone:
    """Install the commit-msg hook that the help shows."""
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
    lines = [line.strip() for line in shown.partition("Next:\n")[2].splitlines()]
    assert [line.split()[:2] for line in lines[1:]] == [["hotfix", "commit"], ["hotfix", "check"], ["hotfix", "submit"]]
    for line in lines[:3]:
        hooked.run("bash", "-c", f"EDITOR='test -s'; {line}")  # an editor with options, such as `code --wait`
    message = hooked.git("log", "-1", "--format=%B")
    assert message.startswith("hotfix: expired sessions are accepted\n\nFixes #7\nSeverity: P0\n")
    assert "- src/session.py: check the expiry\n" in message
    assert "- Log in with an expired session: 401\n" in message


def test_in_a_clone_of_a_fork_tags_come_from_upstream(clone: Clone, upstream: Clone, tmp_path: Path) -> None:
    upstream.git("clone", "-q", "--bare", str(upstream.path), str(tmp_path / "fork"))
    clone.git("remote", "set-url", "origin", str(tmp_path / "fork"))
    clone.git("remote", "add", "upstream", str(clone.remote))
    upstream.git("tag", "v1.2.4")
    assert clone.hotfix("start", "expired sessions").out.startswith("Cut hotfix/expired-sessions from v1.2.4 ")


@pytest.mark.parametrize(
    ("name", "branch"),
    [("hotfix/login", "hotfix/login"), ("  Log in  fails!  ", "hotfix/Log-in-fails"), ("a..b.lock", "hotfix/a-b")],
)
def test_any_words_become_a_name_that_git_takes(clone: Clone, name: str, branch: str) -> None:
    assert clone.hotfix("start", name).status == 0
    assert clone.git("branch", "--show-current") == branch


def test_uncommitted_edits_come_along(clone: Clone) -> None:
    clone.write("src/session.py", "mine\n")
    clone.write("tests/test_session.py", "staged\n")
    clone.git("add", "tests/test_session.py")
    shown = clone.hotfix("start", "x")
    assert "Your uncommitted changes were moved to it (2 changed files)." in shown.out
    assert (clone.path / "src/session.py").read_text() == "mine\n"
    assert clone.git("diff", "--cached", "--name-only") == "tests/test_session.py"


def test_edits_of_a_file_that_differs_in_production_come_along(clone: Clone) -> None:
    """The edit is merged through the stash."""
    lines = [f"line_{n} = {n}\n" for n in range(9)]
    clone.commit("Release", {"src/long.py": "".join(lines)})
    clone.git("tag", "v1.3.0")
    clone.commit("Continue", {"src/long.py": "".join([*lines, "unreleased = True\n"])})
    clone.write("src/long.py", "".join(["mine = True\n", *lines, "unreleased = True\n"]))
    shown = clone.hotfix("start", "x")
    assert "were moved to it (through the stash)" in shown.out
    assert (clone.path / "src/long.py").read_text() == "".join(["mine = True\n", *lines])
    assert clone.git("stash", "list") == ""


def test_edits_that_conflict_with_production_are_kept_twice(clone: Clone) -> None:
    clone.commit("Continue", {"src/session.py": "unreleased\n"})
    clone.write("src/session.py", "mine\n")
    shown = clone.hotfix("start", "x")
    assert shown.status == 0, shown
    assert "conflict with v1.2.3 in src/session.py: resolve the marks there." in shown.out
    assert "mine\n" in (clone.path / "src/session.py").read_text()
    assert clone.git("show", "stash@{0}:src/session.py") == "mine"


def test_a_newer_tag_of_the_remote_is_fetched(clone: Clone, upstream: Clone) -> None:
    upstream.git("tag", "-a", "v1.2.4", "-m", "Release")
    assert clone.hotfix("start", "offline", "--offline").out.startswith("Cut hotfix/offline from v1.2.3 ")
    assert clone.hotfix("start", "online").out.startswith("Cut hotfix/online from v1.2.4 ")


@pytest.mark.parametrize("remote", ["unreachable", "silent"])
def test_a_silent_remote_causes_no_delay(clone: Clone, remote: str) -> None:
    """A `git-upload-pack` that sleeps simulates a host that accepts the connection and sends nothing."""
    if remote == "unreachable":
        clone.git("remote", "set-url", "origin", str(clone.path / "nowhere"))
    else:
        clone.git("config", "remote.origin.uploadpack", "sleep 3600;")
    shown = clone.hotfix("start", "x")
    assert shown.status == 0
    assert "newer tags could not be read from origin (" in shown.err
    assert shown.out.startswith("Cut hotfix/x from v1.2.3 ")


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("url", "nowhere", "'nowhere' does not appear to be a git repository"),
        ("uploadpack", "echo 'Permission denied (publickey).' >&2; false", "Permission denied (publickey)"),
        ("uploadpack", "false", "Could not read from remote repository"),
    ],
)
def test_an_unreadable_remote_is_explained(clone: Clone, setting: str, value: str, reason: str) -> None:
    """git ends such errors with advice, whose last line is not the reason."""
    clone.git("config", f"remote.origin.{setting}", value)
    assert f"newer tags could not be read from origin ({reason})," in clone.hotfix("start", "x").err


@pytest.mark.parametrize("remote", ["upstream", "it's;id"])
def test_a_tag_that_differs_hides_no_newer_one(clone: Clone, upstream: Clone, remote: str) -> None:
    """Some tags are moved by each release, such as `v1`. The printed command replaces this clone's."""
    clone.git("tag", "v1", "v1.2.3")
    upstream.git("tag", "v1", "main")
    upstream.git("tag", "-a", "v1.2.4", "-m", "Release")
    clone.git("remote", "rename", "origin", remote)
    shown = clone.hotfix("start", "x")
    assert f"hotfix: the tag v1 of {remote} differs from this clone's, which is kept: `" in shown.err
    assert shown.out.startswith("Cut hotfix/x from v1.2.4 ")
    clone.run("bash", "-c", shown.err.partition("`")[2].partition("`")[0])
    assert clone.git("rev-parse", "v1") == upstream.git("rev-parse", "v1")


def test_a_merge_in_progress_stops_it(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "other", "v1.2.3")
    clone.commit("other", {"src/other.py": "y = 2\n"})
    clone.run("git", "merge", "-q", "main", status=1)
    assert clone.hotfix("start", "x").sentence().startswith("a merge is in progress: finish or abort it first")


def test_check_knows_what_start_was_given(clone: Clone) -> None:
    """The corrected message contains severity and issue, although no commit has them."""
    assert clone.hotfix("start", "x", "--severity", "p1", "--issue", "7").status == 0
    clone.write("src/session.py", "def valid():\n    return False\n")
    clone.git("commit", "-q", "-m", "wip", "src/session.py")
    found = clone.hotfix("check", "--format", "json").json["findings"]
    (command,) = next(f["commands"] for f in found if f["rule"] == "commits")
    script = re.fullmatch(r"sh (\S+)/reword", command)
    assert script
    (file,) = (clone.path / script[1]).glob("message-*")
    assert "Fixes #7\nSeverity: P1\n" in file.read_text()


def test_the_spec_names_the_edited_files(clone: Clone) -> None:
    clone.write("src/session.py", "mine\n")
    clone.write("notes.txt", "mine\n")
    assert clone.hotfix("start", "x").status == 0
    files = (clone.path / "specs/hotfix-x.md").read_text().partition("## Files to Change\n")[2].partition("\n## ")[0]
    assert files == "- src/session.py - [specific change]\n"


def test_check_keeps_to_the_tag_that_start_was_given(clone: Clone) -> None:
    clone.git("tag", "v1.1.0", "v1.2.3^{}")
    assert clone.hotfix("start", "x", "--tag", "v1.1.0").status == 0
    assert clone.hotfix("check", "--format", "json").json["production"]["tag"] == "v1.1.0"


def test_untracked_files_stay(clone: Clone) -> None:
    clone.write("notes.txt", "mine\n")
    assert clone.hotfix("start", "x").status == 0
    assert (clone.path / "notes.txt").read_text() == "mine\n"


def test_an_untracked_file_that_the_tag_has_is_not_overwritten(clone: Clone) -> None:
    clone.git("rm", "-q", "src/session.py")
    clone.git("commit", "-q", "-m", "Move it")
    clone.write("src/session.py", "mine\n")
    assert "the untracked src/session.py would be overwritten" in clone.hotfix("start", "x").sentence()
    assert (clone.path / "src/session.py").read_text() == "mine\n"
    assert clone.git("branch", "--show-current") == "main"


def test_a_spec_that_is_there_is_not_overwritten(clone: Clone) -> None:
    clone.write("specs/hotfix-x.md", "mine\n")
    assert clone.hotfix("start", "x").sentence().startswith("specs/hotfix-x.md already exists")
    assert clone.git("branch", "--show-current") == "main"


def test_an_existing_branch_is_named_with_its_command(clone: Clone, upstream: Clone) -> None:
    """The message shows the command that switches to it."""
    assert clone.hotfix("start", "x").status == 0
    clone.git("clean", "-qfd")
    clone.git("switch", "-q", "main")
    assert clone.hotfix("start", "x").sentence().endswith("run `git switch hotfix/x`.")
    upstream.git("branch", "hotfix/theirs")
    clone.git("fetch", "-q")
    assert clone.hotfix("start", "theirs").sentence() == (
        "origin already has a branch hotfix/theirs: run `git switch hotfix/theirs`."
    )


def test_commits_on_no_branch_are_not_left_behind(clone: Clone) -> None:
    clone.git("switch", "-q", "--detach")
    clone.commit("loose work", {})
    sentence = clone.hotfix("start", "x").sentence()
    assert "are not on a branch" in sentence
    assert "`git branch keep-them`" in sentence


def test_the_tag_can_be_named_and_must_be_there(clone: Clone) -> None:
    assert "there is no tag v0.0.1" in clone.hotfix("start", "x", "--tag", "v0.0.1").sentence()
    clone.git("tag", "v2.0.0-rc.1")
    assert clone.hotfix("start", "x", "--tag", "v2.0.0-rc.1").out.startswith("Cut hotfix/x from v2.0.0-rc.1 and wrote")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["///"], "has no letter"),
        (["x", "--issue", "a b"], "one issue"),
        (["x", "--issue", "login"], "one issue"),  # later, `hotfix check` would not recognise it as an issue
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


def test_the_hook_stops_a_bad_message_and_keeps_a_corrected_one(hooked: Clone) -> None:
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


def test_the_hook_passes_good_messages_and_other_branches(hooked: Clone) -> None:
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
    assert "this message is not allowed on hotfix/x" in stopped.err


def test_the_hook_takes_from_the_spec_what_a_message_lacks(hooked: Clone) -> None:
    hooked.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    body = BODY.replace("Fixes #7", "Fixes #12").replace("P0", "P1")
    hooked.write("specs/hotfix-x.md", body.replace("git revert the commit, deploy v1.2.3", "deploy v1.2.3 again"))
    hooked.write("src/session.py", "x = 2\n")
    hooked.run("git", "commit", "-qam", "wip", status=1)
    kept = (hooked.path / ".git/HOTFIX_EDITMSG").read_text()
    assert "Fixes #12\nSeverity: P1\n" in kept
    assert "Rollback: deploy v1.2.3 again" in kept


def test_a_message_elsewhere_is_corrected_in_gits_folder(clone: Clone) -> None:
    """The corrected message must not be left among the user's files."""
    clone.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    file = clone.write("drafts/message", "fix: login #7\n")
    shown = clone.hotfix("commit-msg", str(file))
    assert shown.status == 1
    assert shown.err.endswith("\n    git commit --edit --file=.git/HOTFIX_EDITMSG\n")
    assert (clone.path / ".git/HOTFIX_EDITMSG").read_text().startswith("hotfix: login #7\n")
    assert [path.name for path in (clone.path / "drafts").iterdir()] == ["message"]


def test_the_hook_without_repository_or_file_is_one_sentence(clone: Clone, tmp_path: Path) -> None:
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
    form = "{prefix}{major}.{minor}.{patch}-fix.{n}"
    assert clone.hotfix("next-tag", "--production", "v1.2.3", "--tag-format", form).out == "v1.2.4-fix.1\n"
    assert "{n}" in clone.hotfix("next-tag", "--tag-format", "{prefix}{major}").sentence()
