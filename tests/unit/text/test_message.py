"""The format of a hotfix commit's message."""

from __future__ import annotations

import subprocess

import pytest

from hotfix import message
from hotfix.message import MessagePart
from hotfix.severities import Severity
from tests.unit.factories import MESSAGE


def parts(text: str) -> list[MessagePart]:
    return [p.part for p in message.problems(text)]


def test_a_message_in_the_format_has_no_problem() -> None:
    assert message.problems(MESSAGE) == []
    assert message.corrected(MESSAGE) == MESSAGE


def test_the_workflows_own_template_is_all_placeholders() -> None:
    text = """hotfix: [brief description]

Fixes [issue link]
Severity: P0/P1

Changes:
- [specific change 1]
- [specific change 2]

Tested:
- [test 1]
- [test 2]

Rollback: git revert [commit-sha]"""
    assert set(parts(text)) == {
        MessagePart.SUBJECT,
        MessagePart.FIXES,
        MessagePart.SEVERITY,
        MessagePart.CHANGES,
        MessagePart.TESTED,
        MessagePart.ROLLBACK,
    }


@pytest.mark.parametrize(
    "issue",
    [
        "#7",
        "acme/shop#7",
        "https://github.com/acme/shop/issues/7",
        "<https://github.com/acme/shop/issues/7>",
        "JIRA-12",
        "GH-7",
        "[#7](https://example.com/7)",
        "[#7]",
        "[JIRA-12]",
        "[https://github.com/acme/shop/issues/7]",
        "(#7)",
        "issue #7",
        "the incident INC-2024-01",
        "INC0012345",
    ],
)
def test_an_issue_can_be_named_in_every_usual_way(issue: str) -> None:
    assert message.problems(MESSAGE.replace("#7", issue)) == []


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Fixes #7\n", MessagePart.FIXES),
        ("Severity: P0\n", MessagePart.SEVERITY),
        ("Changes:\n- check the expiry before the signature\n", MessagePart.CHANGES),
        ("Tested:\n- log in with an expired session: 401\n", MessagePart.TESTED),
        ("Rollback: git revert HEAD\n", MessagePart.ROLLBACK),
    ],
)
def test_each_line_of_the_format_is_missed_when_it_is_gone(line: str, part: MessagePart) -> None:
    assert line in MESSAGE
    broken = MESSAGE.replace(line, "")
    assert parts(broken) == [part]
    fixed = message.corrected(broken)
    assert [(p.part, p.placeholder) for p in message.problems(fixed)] == [(part, True)]


def test_what_others_know_is_filled_in() -> None:
    text = "hotfix: x\n\nChanges:\n- a\n\nTested:\n- b\n\nRollback: git revert HEAD\n"
    fixed = message.corrected(text, issue="#7", severity=Severity.P1)
    assert "Fixes #7\nSeverity: P1\n" in fixed
    assert message.problems(fixed) == []
    without = text.replace("Rollback: git revert HEAD\n", "")
    assert "\nRollback: deploy v1.2.3\n" in message.corrected(without, rollback="deploy v1.2.3")
    assert message.corrected(text, rollback="deploy v1.2.3") == message.corrected(text)


@pytest.mark.parametrize(
    ("subject", "fixed"),
    [
        ("reject expired sessions", "hotfix: reject expired sessions"),
        ("Hotfix: reject expired sessions", "hotfix: reject expired sessions"),
        ("fix: reject expired sessions", "hotfix: reject expired sessions"),
        ("hotfix(auth): reject expired sessions", "hotfix: auth: reject expired sessions"),
        ("HOTFIX:reject expired sessions", "hotfix: reject expired sessions"),
        ("feat: dark mode", "hotfix: feat: dark mode"),
    ],
)
def test_the_subject_must_begin_with_hotfix(subject: str, fixed: str) -> None:
    text = MESSAGE.replace("hotfix: reject expired sessions", subject)
    assert parts(text) == [MessagePart.SUBJECT]
    assert message.corrected(text).startswith(fixed + "\n")
    assert message.problems(message.corrected(text)) == []


def test_a_subject_of_72_characters_fits_and_one_more_does_not() -> None:
    fits = "hotfix: " + "x" * 64
    assert message.problems(MESSAGE.replace("hotfix: reject expired sessions", fits)) == []
    assert parts(MESSAGE.replace("hotfix: reject expired sessions", fits + "x")) == [MessagePart.SUBJECT]


def test_a_long_subject_runs_on_in_the_body() -> None:
    long = "hotfix: " + "reject sessions that have expired " * 3
    fixed = message.corrected(MESSAGE.replace("hotfix: reject expired sessions", long))
    subject, blank, rest = fixed.split("\n")[:3]
    assert len(subject) <= 72
    assert blank == ""
    assert subject.removesuffix(" ...") + " " + rest.removeprefix("... ") == long.strip()


@pytest.mark.parametrize("word", ["fixup!", "squash!", "amend!"])
def test_commits_that_are_still_to_be_squashed_are_refused(word: str) -> None:
    assert parts(f"{word} {MESSAGE}") == [MessagePart.AUTOSQUASH]
    assert message.corrected(f"{word} {MESSAGE}") == MESSAGE


def test_merges_are_refused() -> None:
    assert parts("Merge branch 'main' into hotfix/x\n") == [MessagePart.MERGE]


def test_another_closing_word_becomes_fixes() -> None:
    text = MESSAGE.replace("Fixes #7", "Closes: #7")
    assert parts(text) == [MessagePart.FIXES]
    assert message.corrected(text) == MESSAGE


def test_a_list_on_its_headings_line_becomes_a_list() -> None:
    text = MESSAGE.replace("Changes:\n- check", "Changes: check")
    assert parts(text) == [MessagePart.CHANGES]
    assert message.corrected(text) == MESSAGE


@pytest.mark.parametrize("written", ["• check", "– check", "-check", "check"])
def test_plain_lines_become_a_list(written: str) -> None:
    text = MESSAGE.replace("- check", written)
    assert [p.message for p in message.problems(text)] == ["the lines of `Changes:` must be a list, each with `- `"]
    assert message.corrected(text) == MESSAGE


@pytest.mark.parametrize(
    ("part", "line"),
    [
        (MessagePart.CHANGES, "check the expiry before the signature"),
        (MessagePart.TESTED, "log in with an expired session: 401"),
    ],
)
@pytest.mark.parametrize("nothing", ["-", "n/a", "None.", "not tested", "none yet"])
def test_a_list_that_says_nothing_counts_as_missing(part: MessagePart, line: str, nothing: str) -> None:
    text = MESSAGE.replace(line, nothing)
    assert parts(text) == [part]
    assert [(p.part, p.placeholder) for p in message.problems(message.corrected(text))] == [(part, True)]


def test_a_test_that_is_still_to_be_done_is_not_one() -> None:
    """A ticked box is a test that was done; the corrected message keeps both kinds."""
    open_box = MESSAGE.replace("Tested:\n- ", "Tested:\n- [ ] ")
    assert [problem.part for problem in message.problems(open_box)] == [MessagePart.TESTED]
    assert message.problems(open_box.replace("[ ]", "[x]")) == []
    assert "- [ ] " in message.corrected(open_box)


def test_a_fixes_without_an_issue_learns_what_to_name() -> None:
    (problem,) = message.problems(MESSAGE.replace("Fixes #7", "Fixes login (#7)"))
    assert problem.message.startswith("`Fixes login (#7)` names no issue: write #N")
    assert problem.line == 3


def test_fixes_in_a_bullet_becomes_a_line_of_its_own() -> None:
    text = MESSAGE.replace("Fixes #7", "- Fixes #7")
    assert parts(text) == [MessagePart.FIXES]
    assert message.corrected(text) == MESSAGE


@pytest.mark.parametrize(
    ("filled", "left"),
    [
        ("hotfix: reject expired sessions", "hotfix: [brief description] of sessions"),
        ("- check the", "- [specific change 1] check the"),
        ("- log in", "- [test 1]: log in"),
    ],
)
def test_the_templates_own_brackets_are_found_among_other_words(filled: str, left: str) -> None:
    assert filled in MESSAGE
    assert [p.placeholder for p in message.problems(MESSAGE.replace(filled, left))] == [True]


def test_lists_keep_their_nested_and_continued_lines() -> None:
    listed = "Changes:\n- check the expiry\n  before the signature\n  - also of cookies\n- and more\n"
    text = MESSAGE.replace("Changes:\n- check the expiry before the signature\n", listed)
    assert message.problems(text) == []
    assert listed in message.corrected(text.replace("Severity: P0\n", ""))


def test_free_text_and_trailers_stay() -> None:
    text = "reject expired sessions\n\nThey were accepted.\n\nFixes #7\nCo-authored-by: A <a@example.com>\n"
    fixed = message.corrected(text)
    assert "\nThey were accepted.\n" in fixed
    assert fixed.endswith("\n\nCo-authored-by: A <a@example.com>\n")


PICKED = "(cherry picked from commit 0123456789abcdef0123456789abcdef01234567)"


def git_trailers(text: str) -> list[str]:
    """Return the trailers that git itself finds in a message."""
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=text, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "block",
    [
        "Co-authored-by: Ann <ann@example.com>\nSigned-off-by: Dev <dev@example.com>",
        f"Signed-off-by: Dev <dev@example.com>\n{PICKED}",
        f"Co-authored-by: Ann <ann@example.com>\n{PICKED}\nSigned-off-by: Dev <dev@example.com>",
        "Reviewed-by: A Person With A Very Long Name\n  <person@example.com>\nSigned-off-by: Dev <dev@example.com>",
        "Signed-off-by: Dev <dev@example.com>\n[dev: reworded]\nSigned-off-by: Ann <ann@example.com>",
        'Reported-by: Ann <ann@example.com>\nFixes: 54a4f0239f2e ("login: foo")\nSigned-off-by: Dev <dev@example.com>',
        'Signed-off-by: Dev <dev@example.com>\nFixes: 54a4f0239f2e ("login: foo")',
        'Link: https://example.com/1\nFixes: 3a5e1d0 ("foo")\nSigned-off-by: Dev <dev@example.com>\n'
        "[ann@example.com: style]\nSigned-off-by: Ann <ann@example.com>",
        "Co-Authored-By:   Ann <ann@example.com>\nCo-authored-by:Dev <dev@example.com>",
        "Co-authored-by : Ann <ann@example.com>\nSigned-off-by: Łukasz Žák <l@example.com>",
        "Bug: b:98765\nChange-Id: I0123456789abcdef0123456789abcdef01234567\nCr-Commit-Position: refs/heads/main@{#1}",
    ],
)
@pytest.mark.parametrize("form", ["", "Fixes #7\nSeverity: P0\n\nRollback: git revert HEAD\n  and deploy\n\n"])
def test_a_block_of_trailers_survives_correction_whole(block: str, form: str) -> None:
    """As in git, continued lines, a cherry-pick line and lines between trailers belong to the block."""
    text = f"fix: reject expired sessions\n\nThey were accepted.\n\n{form}{block}\n"
    corrected = message.corrected(text)

    assert corrected.endswith(f"\n\n{block}\n")
    assert git_trailers(corrected) == git_trailers(text)
    assert message.corrected(corrected) == corrected


def test_trailers_around_lines_of_the_format_stay_one_block() -> None:
    above, below = "PR-URL: https://example.com/1\nReviewed-by: A Long\n  Name <a@example.com>\n", "Reviewed-by: Ann\n"
    corrected = message.corrected(f"fix: reject expired sessions\n\n{above}Fixes #7\n{below}Severity: P0\n")

    assert corrected.endswith(f"\n\n{above}{below}")
    assert "\n\nFixes #7\nSeverity: P0\n\n" in corrected


@pytest.mark.parametrize(
    "text",
    [
        "Co-authored-by: Ann <ann@example.com>",
        "co-authored-by:Ann <ann@example.com>\r\nSigned-off-by: Dev <dev@example.com>",
        "Co-Authored-By : ann@example.com",
        "Co-authored-by: Ann With A Very\n  Long Name <ann@example.com>\nReviewed-by: Dev <dev@example.com>",
        "  Co-developed-by: Ann <ann@example.com>.\n\nMore text by <dev@example.com>",
        "Co-authored-by: Ann <ann@example.com>\nCo-authored-by: Ann <ANN@example.com>",
        "Co-authored-by: Ann <ann@example.com>" + "\n" + "x" * message.LONGEST,
        "x" * message.LONGEST + "\n" + "Co-authored-by: Ann <ann@example.com>",
    ],
)
def test_a_co_author_is_found_however_written(text: str) -> None:
    """A co-author who is not found could approve their own work."""
    assert message.co_authors(f"hotfix: reject expired sessions\n\n{text}\n") == ("ann@example.com",)


def test_a_quoted_message_fixes_nothing() -> None:
    text = "hotfix: revert\n\nOriginal change's description:\n> Fixes #3\n\nFixes #7\n"
    assert [mention.issue for mention in message.parse(text).mentions("acme/shop")] == ["acme/shop#7"]


def test_trailers_right_below_the_format_are_separated() -> None:
    text = MESSAGE.replace("Severity: P0\n", "") + "  and deploy\nSigned-off-by: Dev <dev@example.com>\n"
    corrected = message.corrected(text)

    assert "\nRollback: git revert HEAD\n  and deploy\n\nSigned-off-by: Dev <dev@example.com>\n" in corrected


@pytest.mark.parametrize("said", ["P0/P3", "P0\nSeverity: P3", "P0\nSeverity: P0 or P3"])
def test_a_severity_is_called_what_it_is_called_in_the_message(said: str) -> None:
    found = [p.message for p in message.problems(MESSAGE.replace("Severity: P0", f"Severity: {said}"))]
    assert found == ["`Severity:` names P0 and P3: choose one"]


@pytest.mark.parametrize("said", ["urgent", "P0/P1", "P0 or maybe P1", ""])
def test_a_missing_or_double_severity_is_asked_for_again(said: str) -> None:
    text = MESSAGE.replace("Severity: P0", f"Severity: {said}")
    assert parts(text) == [MessagePart.SEVERITY]
    fixed = message.corrected(text)
    assert said in fixed
    assert [p.placeholder for p in message.problems(fixed)] == [True]


@pytest.mark.parametrize("said", ["P0", "P1", "p0", "CRITICAL (P0)", "High", "P2", "[P0]"])
def test_a_severity_may_be_written_in_the_workflows_words(said: str) -> None:
    assert message.problems(MESSAGE.replace("Severity: P0", f"Severity: {said}")) == []


@pytest.mark.parametrize("rollback", ["N/A", "none", "-", "no."])
def test_a_rollback_that_says_nothing_counts_as_missing(rollback: str) -> None:
    text = MESSAGE.replace("git revert HEAD", rollback)
    assert parts(text) == [MessagePart.ROLLBACK]
    assert [(p.part, p.placeholder) for p in message.problems(message.corrected(text))] == [
        (MessagePart.ROLLBACK, True)
    ]


@pytest.mark.parametrize("rollback", ["git revert [commit-sha]", "[how]", "TBD", "git revert <sha>"])
def test_a_rollback_with_a_placeholder_counts_as_missing(rollback: str) -> None:
    text = MESSAGE.replace("git revert HEAD", rollback)
    assert [(p.part, p.placeholder) for p in message.problems(text)] == [(MessagePart.ROLLBACK, True)]


def test_a_rollback_may_stand_below_its_word() -> None:
    assert message.problems(MESSAGE.replace("Rollback: git", "Rollback:\ngit")) == []
    assert message.problems(MESSAGE.replace("Rollback: git", "Rollback:\n\ngit")) == []


def test_brackets_inside_an_item_are_words() -> None:
    assert message.problems(MESSAGE.replace("- check the", "- [api] drop the TODO, check the")) == []


def test_windows_line_ends_are_line_ends() -> None:
    assert message.problems(MESSAGE.replace("\n", "\r\n")) == []


class TestClean:
    def test_comments_and_text_below_the_scissors_are_left_out(self) -> None:
        file = (
            MESSAGE + "# Please enter the commit message\n#\n# Changes to be committed:\n"
            "# ------------------------ >8 ------------------------\ndiff --git a/x b/x\n+Severity: P2\n"
        )
        assert message.clean(file) == MESSAGE

    def test_issue_numbers_that_do_not_begin_a_line_are_kept(self) -> None:
        text = "hotfix: x\n\nFixes #7\n- #7\n"
        assert message.clean(text + "#8 is a comment\n") == text

    @pytest.mark.parametrize("comment", [";", "auto"])
    def test_git_can_have_another_comment_character(self, comment: str) -> None:
        text = "hotfix: x\n\n#7 is fixed\n"
        assert message.clean(text + "; a comment\n", comment) == text

    def test_git_can_have_a_comment_string(self) -> None:
        assert message.clean("hotfix: x\n// no\n", "//") == "hotfix: x\n"

    def test_nothing_is_left_of_an_empty_file(self) -> None:
        assert message.clean("\n# comment\n\n") == ""


def test_a_template_that_is_filled_in_is_in_the_format() -> None:
    filled = message.template(
        "reject expired sessions",
        issue="#7",
        severity=Severity.P0,
        changes=["check the expiry before the signature"],
        tested=["log in with an expired session: 401"],
        rollback="git revert HEAD",
    )
    assert filled == MESSAGE
    assert all(p.placeholder for p in message.problems(message.template()))


@pytest.mark.parametrize("subject", ["hotfix: \u200b", "hotfix: -", "hotfix: n/a", "hotfix: reject \u202edekrow"])
def test_a_subject_that_shows_nothing_or_hides_something_fails(subject: str) -> None:
    assert MessagePart.SUBJECT in parts(MESSAGE.replace("hotfix: reject expired sessions", subject))


def test_what_is_not_read_of_a_message_is_not_kept() -> None:
    """Whoever may push can write messages of many megabytes, and the service keeps the last ones parsed."""
    assert message.parse("a" * message.LONGEST + "b") is message.parse("a" * message.LONGEST + "bc")
    assert [problem.message for problem in message.problems("a" * 2 * message.LONGEST)] == [
        "The message has 20,000 characters, more than 10,000"
    ]
