"""`hotfix commit`: the message from spec and diff, edited by the user, and no accidental commits."""

from __future__ import annotations

import re

import pytest

from hotfix.message import problems
from tests.cli.conftest import Clone
from tests.unit.factories import BODY, MESSAGE

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


def test_an_unfilled_spec_is_reported_with_its_lines(clone: Clone) -> None:
    """The message then consists of placeholders, unless it is written in the editor."""
    clone.write("src/session.py", FIX)
    assert clone.hotfix("start", "expired", "--offline").status == 0
    shown = clone.hotfix("commit")
    assert (shown.status, shown.err) == (1, "")
    lines = shown.out.splitlines()
    assert "The message is incomplete:" in lines
    assert f"The spec {SPEC} is incomplete, and the message is made from it:" in lines
    assert "  - line 6: Problem still holds the placeholder [One sentence: What's broken]" in lines
    assert lines[-1] == f"Next: ${{EDITOR:-vi}} {SPEC}"
    by_hand = clone.path.parent / "message"
    by_hand.write_text(MESSAGE)
    shown = Clone(clone.path, {**clone.environment, "GIT_EDITOR": f"cp {by_hand}"}).hotfix("commit", "--amend")
    assert (shown.status, shown.out.splitlines()[-1]) == (0, f"Next: ${{EDITOR:-vi}} {SPEC}")
    assert clone.git("log", "-1", "--format=%B") == MESSAGE.strip()
    clone.write(".github/hotfix.yml", "rules: {spec: warn}\n")
    clone.git("remote", "remove", "origin")
    assert clone.hotfix("commit", "--amend").out.endswith("Next: hotfix check\n")


def test_from_a_subdirectory_the_spec_is_found(started: Clone) -> None:
    """The printed commands are run where they are printed."""
    (started.path / "src/deep").mkdir()
    below = Clone(started.path / "src/deep", started.environment)
    editing = f"${{EDITOR:-vi}} ../../{SPEC}"
    assert "  ${EDITOR:-vi} ../../specs/hotfix-other.md    # fill in" in below.hotfix("start", "other", "--offline").out
    started.git("switch", "-q", "hotfix/expired")
    started.write(SPEC, BODY.replace("The expiry is not checked.", "[why]"))
    assert below.hotfix("commit").out.endswith(f"\nNext: {editing}\n")
    assert below.hotfix("check").out.endswith(f"Next: {editing}\n")


def test_what_the_spec_says_now_is_amended(started: Clone) -> None:
    """What a person wrote or removed is kept; all else follows the spec and the diff."""
    started.write(SPEC, BODY.replace(": 401\n", ": 401\n2. Log in: 200\n3. Log out: 200\n"))
    editing = "sed -i '/Log out/d; s/^- Log in: 200/&, twice/; s/^Changes:/By hand.\\n\\n&/'"
    assert Clone(started.path, {**started.environment, "GIT_EDITOR": editing}).hotfix("commit").status == 0
    later = BODY.replace(": 401\n", ": 403\n2. Log in: 201\n3. Log out: 200\n4. Log in again: 200\n")
    started.write(SPEC, later.replace("deploy v1.2.3", "deploy v1.2.2").replace("P0", "P1"))
    started.write("tests/test_session.py", "assert True\n")
    assert started.hotfix("commit", "--amend").status == 0
    assert started.git("log", "-1", "--format=%B") == (
        "hotfix: expired sessions are accepted\n\nBy hand.\n\nFixes #7\nSeverity: P1\n\nChanges:\n"
        "- src/session.py: check the expiry\n- tests/test_session.py: an expired session\n\nTested:\n"
        "- Log in with an expired session: 403\n- Log in again: 200\n- Log in: 200, twice\n\n"
        "Rollback: git revert the commit, deploy v1.2.2"
    )


def test_placeholders_are_filled_in_from_the_spec(started: Clone) -> None:
    """Also if the spec was committed after the message was made."""
    (started.path / SPEC).unlink()
    assert started.hotfix("commit").status == 1
    assert "- [test]\n" in started.git("log", "-1", "--format=%B")
    started.write(SPEC, BODY)
    started.git("add", SPEC)
    started.git("commit", "-q", "--amend", "--no-edit")
    assert started.hotfix("check").out.endswith(" Next: hotfix commit --amend\n")
    assert started.hotfix("commit", "--amend").status == 0
    assert "Log in with an expired session: 401" in started.git("log", "-1", "--format=%B")


def test_an_edited_item_leaves_its_siblings_alone(started: Clone) -> None:
    """Several items may begin with the same words; only the one that a person rewrote is theirs."""
    tests = ": 401\n2. Log in: with a new session\n3. Log in: with a wrong password\n"
    started.write(SPEC, BODY.replace(": 401\n", tests))
    editing = "sed -i 's/^- Log in: with a new session/&, twice/'"
    assert Clone(started.path, {**started.environment, "GIT_EDITOR": editing}).hotfix("commit").status == 0
    kept = "- Log in with an expired session: 401\n- Log in: with {} password\n- Log in: with a new session, twice\n"
    for word in ("a wrong", "an empty"):
        started.write(SPEC, BODY.replace(": 401\n", tests.replace("a wrong", word)).replace("v1.2.3", f"v1 ({word})"))
        assert started.hotfix("commit", "--amend").status == 0
        message = started.git("log", "-1", "--format=%B")
        assert kept.format(word) in message
        assert f"deploy v1 ({word})" in message


def test_a_line_that_looks_like_a_comment_is_kept(started: Clone) -> None:
    """git keeps it in a message given by `-m`, but its editor would remove it from a message that is amended."""
    started.git("add", "--all")
    started.git("commit", "-q", "-m", "wip")
    for command in ("commit --amend", ""):
        started.git("commit", "-q", "--amend", "-m", "wip", "-m", "#12 was the cause\n; and #13")
        reword = re.search(r"sh \.git/\S+/reword", started.hotfix("check", "--verbose").out)
        assert reword
        assert (started.hotfix(*command.split()) if command else started.run(*reword[0].split())).status == 0
        message = started.git("log", "-1", "--format=%B")
        assert "\n#12 was the cause\n; and #13\n\nFixes " in message
        assert not message.splitlines()[-1].startswith("#")


def test_no_text_is_replaced_by_a_placeholder(started: Clone) -> None:
    """If the spec no longer says something, the message still does."""
    assert started.hotfix("commit").status == 0
    before = started.git("log", "-1", "--format=%B")
    started.write("tests/test_session.py", "assert True\n")
    started.write(SPEC, BODY.replace("check the expiry", ""))
    started.hotfix("commit", "--amend")
    message = started.git("log", "-1", "--format=%B")
    assert "- src/session.py: check the expiry\n" in message
    (started.path / SPEC).unlink()
    assert started.hotfix("commit", "--amend").status == 0
    assert started.git("log", "-1", "--format=%B") == message
    assert before.partition("Tested:")[2] == message.partition("Tested:")[2]


def test_check_names_the_next_step_as_commit_does(started: Clone) -> None:
    started.write(SPEC, BODY.replace("The expiry is not checked.", "[why]"))
    started.git("add", "--all")
    started.git("commit", "-q", "-m", "wip")
    assert started.hotfix("check").out.endswith(f"Next: ${{EDITOR:-vi}} {SPEC}\n")
    started.git("rm", "-q", SPEC)
    started.git("commit", "-q", "--amend", "--no-edit")
    last = started.hotfix("check").out.splitlines()[-1]
    assert re.search(r"Next: sh \.git/hotfix/hotfix/expired/[0-9a-f]+/spec$", last), "the message is made from it"
    started.write(SPEC, BODY)
    assert started.hotfix("check").out.endswith(" Next: hotfix commit --amend\n")
    assert started.hotfix("commit", "--amend").status == 0
    assert started.git("log", "-1", "--format=%s") == "hotfix: expired sessions are accepted"


def test_the_editor_says_of_tested_what_is_true(started: Clone) -> None:
    showing = Clone(started.path, {**started.environment, "GIT_EDITOR": "cp --target-directory=..", "HOME": "/"})
    said = started.path / "../COMMIT_EDITMSG"
    (started.path / SPEC).rename(started.path / "../spec.md")
    showing.hotfix("commit")
    assert "what the spec says to verify" not in said.read_text()
    (started.path / "../spec.md").rename(started.path / SPEC)
    showing.hotfix("commit", "--amend")
    assert "# `Tested:` lists what the spec says to verify: keep only what you have run.\n" in said.read_text()


def test_conflict_marks_are_not_committed(clone: Clone) -> None:
    clone.commit("Continue", {"src/session.py": "unreleased\n"})
    clone.write("src/session.py", "mine\n")
    assert clone.hotfix("start", "expired", "--offline").status == 0
    assert "conflicts are left in src/session.py" in clone.hotfix("commit", "--all").sentence()


def test_elsewhere_it_commits_nothing(clone: Clone) -> None:
    clone.write("src/session.py", FIX)
    assert "main is not a hotfix branch (hotfix/*): run `hotfix start NAME`." in clone.hotfix("commit").sentence()
    clone.git("switch", "-q", "-c", "hotfix/x", "v1.2.3")
    clone.git("checkout", "-q", ".")
    assert "there is nothing to commit" in clone.hotfix("commit").sentence()
    assert "the branch has no commit of its own to replace" in clone.hotfix("commit", "--amend").sentence()
