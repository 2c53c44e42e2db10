"""Properties of all commit messages, in the format or not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotfix import message

LINES = st.sampled_from(
    [
        "",
        "hotfix: reject expired sessions",
        "Merge branch 'main'",
        "fixup! hotfix: x",
        "Fixes #7",
        "Closes JIRA-12",
        "Fixes the login",
        "Fixes [issue link]",
        "Severity: P0",
        "Severity: P2 (minor)",
        "severity: urgent",
        "**Severity:** P1",
        "Changes:",
        "Changes: one",
        "Tested:",
        "- an item",
        "• another",
        "- n/a",
        "-",
        "  - nested",
        "    deeper",
        "* [x] ticked",
        "1. first",
        "Rollback:",
        "Rollback: git revert HEAD",
        "Rollback: git revert [commit-sha]",
        "Some free words, with no meaning.",
        "Co-authored-by: A <a@example.com>",
        "word " * 30,
    ]
)
MESSAGES = st.one_of(st.text(), st.lists(st.one_of(LINES, st.text(max_size=20))).map("\n".join))
KEYWORDS = {"hotfix", "fix", "bugfix", "fixes", "fixed", "closes", "severity", "changes", "tested", "rollback"}


def words(text: str) -> set[str]:
    """Return the words that carry meaning, without the format's own words, which may be changed."""
    plain = "".join(c if c.isascii() and c.isalnum() else " " for c in text.casefold())
    return {w for w in plain.split() if len(w) < 60} - KEYWORDS


@given(MESSAGES)
def test_a_corrected_message_lacks_only_placeholders(text: str) -> None:
    fixed = message.corrected(text)
    assert [p for p in message.problems(fixed) if not p.placeholder] == []


@given(st.lists(LINES).map("\n".join))
def test_correcting_keeps_what_was_written(text: str) -> None:
    kept = words(message.corrected(text))
    assert words(text) - kept <= {"fixup", "issue", "link", "1", "n", "a"}


@given(MESSAGES)
def test_correcting_twice_changes_nothing_more(text: str) -> None:
    once = message.corrected(text)
    assert message.corrected(once) == once
    assert message.clean(once, "\uffff") == once


@given(st.text(alphabet=" -*#:\n[]<>`FfixesRolback7/.\t\r", max_size=3000))
def test_any_text_can_be_read(text: str) -> None:
    message.parse(text)
    message.problems(text)
    message.parse(text).mentions("acme/shop")
