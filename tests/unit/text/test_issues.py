"""Which issue a text fixes, in any supported notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix.text import issue_references

SHOP = "Acme/Shop"


def fixed(text: str) -> tuple[str, ...]:
    return issue_references.named(issue_references.fixed(enumerate(text.split("\n"), 1), SHOP))


@pytest.mark.parametrize(
    "ref",
    [
        "#7",
        "GH-7",
        "acme/shop#7",
        "ACME/shop#7",
        "#007",
        "https://github.com/acme/shop/issues/7",
        "https://github.com/acme/shop/issues/7#issuecomment-1",
        "https://www.github.com/acme/shop/pull/7/files",
        "https://api.github.com/repos/acme/shop/issues/7",
        "[#7](https://github.com/acme/shop/issues/7)",
        "[the incident](https://github.com/acme/shop/issues/7)",
        "**#7**",
        "#7.",
    ],
)
def test_an_issue_has_one_name(ref: str) -> None:
    assert issue_references.normal(ref, SHOP) == "acme/shop#7"


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("OPS-12", "OPS-12"),
        ("https://acme.atlassian.net/browse/OPS-12", "OPS-12"),
        ("https://linear.app/acme/issue/OPS-12/login-is-down", "OPS-12"),
        ("https://acme.pagerduty.com/incidents/Q1/", "https://acme.pagerduty.com/incidents/Q1"),
        ("CVE-2026-1234", "CVE-2026-1234"),
        ("INC-2026-07", "INC-2026-07"),
        ("INC0012345", "INC0012345"),
        ("<https://acme.atlassian.net/browse/OPS-12>", "OPS-12"),
        ("other/shop#7", "other/shop#7"),
        ("AB#12", "ab#12"),
        ("bsc#1234567", "bsc#1234567"),
    ],
)
def test_other_trackers_have_names_too(ref: str, name: str) -> None:
    assert issue_references.normal(ref, SHOP) == name


@pytest.mark.parametrize("ref", ["7", "the login", "UTF-8", "SHA-256", "http://", "", "#", "#0", "src/a.py"])
def test_other_words_are_not_an_issue(ref: str) -> None:
    assert issue_references.normal(ref, SHOP) is None


@pytest.mark.parametrize(
    "text",
    [
        "Fixes #7",
        "fix #7",
        "Closes: #7",
        "**Resolves** #7",
        "This resolved issue #7.",
        "Emergency fix for #7",
        "hotfix for #7",
        "- Issue: #7",
        "**Incident:** #7",
        "Fixes [#7](https://github.com/acme/shop/issues/7)",
        "Fixes https://github.com/acme/shop/issues/7, see also #8",
        "see #8\n\nFixes #7",
        "Fixes CVE-2026-1234\nFixes #7",
        "Incident: https://acme.pagerduty.com/incidents/Q1\nFixes #7",
        "Fixes #7 and UTF-8",
        "A permanent fix for #9 follows; fixes #7",
        "[the incident](https://acme.pagerduty.com/incidents/Q1) - Emergency fix for #7",
    ],
)
def test_what_is_fixed_differs_from_what_is_mentioned(text: str) -> None:
    assert fixed(text) == ("acme/shop#7",)


@pytest.mark.parametrize(
    "text",
    [
        "Fixes #7, #8",
        "Fixes #7 and #8",
        "fixes #7, closes #8",
        "Fixes #7\nIssue: #8",
        "Fixes #7, and other/x#8",
        "Fixes issue #7 and issue #8",
        "Fixes issues #7 and #8",
        "Fixes both #7 and #8",
        "Fixes bugs #7, #8",
        "Fixes #7 as well as #8",
        "Fixes #7 #8",
        "Fixes #7/#8",
        "Fixes #7, also #8",
        "Fixes #7 (and #8)",
    ],
)
def test_several_that_are_fixed_are_all_named(text: str) -> None:
    assert len(fixed(text)) == 2


@pytest.mark.parametrize("text", ["see #7", "#7", "like in #7", "the hotfix-#7", "prefix #7", "fixes the login", ""])
def test_a_passing_mention_fixes_nothing(text: str) -> None:
    assert fixed(text) == ()


def test_an_issue_of_the_repository_is_shown_short() -> None:
    assert issue_references.shown("acme/shop#7", SHOP) == "#7"
    assert issue_references.shown("other/shop#7", SHOP) == "other/shop#7"


@given(st.text(alphabet="fixes #7/:-[](),and https.GH\n", max_size=500))
def test_any_text_can_be_read(text: str) -> None:
    for issue in fixed(text):
        assert issue_references.normal(issue_references.shown(issue, SHOP), SHOP) == issue


@pytest.mark.parametrize(
    "text",
    [
        "This reverts the fix for #3, which locked everybody out.",
        "This reverts\nthe fix for #3.",
        "Reverting our earlier fix for #3",
        "Undo the fix for #3",
        "Back out the hotfix for #3",
        "Rolls back the fix for #3",
        "Takes the fix for #3 back: take back the fix for #3",
        "A regression of the fix for #3",
        "It was introduced by the fix for #3",
        "introduced by #3",
        "Caused by the fix for #3",
        "broken since the fix for #3",
        "A bug in the fix for #3",
        "The previous fix for #3 is wrong",
        "Removes the fix for #3",
        "The commit that fixed #3 broke the login",
        "It broke when we fixed #3",
        'Revert "hotfix: check sessions (fixes #3)"',
        'This takes back Revert "Fixes #3"',
        "Reverts #3",
        "Regression of #3",
        'Fixes: 54a4f0239f2e ("login: fix #3")',
        'Fixes: 54a4f02 ("login: check sessions (fixes #3)")',
        'This reverts commit 54a4f0239f2e ("hotfix: closes #3").',
        "54a4f02 (hotfix: closes #3, 2026-01-31) did it",
        "This does not fix #3.",
        "It doesn't really fix #3, only the cause",
        "We cannot fix #3 here",
        "This is not a fix for #3",
        "It will never fully resolve #3",
    ],
)
def test_naming_a_fix_as_reverted_or_blamed_fixes_nothing(text: str) -> None:
    lines = [*enumerate(text.split("\n"), 1), (9, ""), (10, "Fixes #7")]
    assert [m.issue for m in issue_references.fixed(lines, "acme/shop")] == ["acme/shop#7"]


@pytest.mark.parametrize(
    "text",
    [
        "Reverts the session check, fixes #7",
        "Fixes the regression: fixes #7",
        "Emergency fix for #7",
        "This is the fix for #7",
        "The outage is over. Fix for #7",
        "Fixes #7, introduced by #3",
        "Fixes #7 (a regression of #3)",
        "Backport of the fix for #7",
        "Ships with the fix for #7",
        "Undo it; fixes #7",
        "After the outage, fixes #7",
        "This not only fixes #7",
        "Sessions were not checked. Fixes #7",
        "Fixes #7; #8 stays open",
        "Fixes #7 (#12)",
        "Fixes #7 (does not close #8)",
        "Fixes:#7",
        "Fixes gh-7",
        "We found that the sessions\nFixes #7",
        "Expired sessions were not\nFixes #7",
    ],
)
def test_a_fix_among_other_words_counts(text: str) -> None:
    lines = enumerate(text.split("\n"), 1)
    assert [m.issue for m in issue_references.fixed(lines, "acme/shop")] == ["acme/shop#7"]


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("https://github.acme.test/acme/shop/issues/7", "github.acme.test"),
        ("https://GitHub.acme.test/Acme/Shop/pull/7/files", "github.acme.test"),
        ("https://github.acme.test/api/v3/repos/acme/shop/issues/7", "github.acme.test"),
        ("http://127.0.0.1:8080/acme/shop/issues/7", "127.0.0.1:8080"),
    ],
)
def test_an_address_is_an_own_issue_on_the_own_host_alone(address: str, own: str) -> None:
    issue = issue_references.normal(address, "acme/shop")
    assert issue
    assert issue_references.on_host(issue, own) == "acme/shop#7"
    assert issue_references.on_host(issue, "") == "acme/shop#7", "the host isn't known"
    assert issue_references.on_host(issue, "gitlab.acme.test") == issue
    assert issue_references.on_host(issue, "github.com") == issue
    assert issue_references.normal(issue, "acme/shop") == issue


def test_addresses_of_one_issue_elsewhere_are_one() -> None:
    addresses = ["https://gitlab.com/acme/shop/-/issues/7", "https://gitlab.com/acme/shop/issues/7#note_1"]
    assert len({issue_references.normal(address, "acme/shop") for address in addresses}) == 1


def test_a_life_is_of_the_own_issue_alone() -> None:
    """The same owner and name on another host is a different repository."""
    mentions = issue_references.fixed([(1, "Fixes https://git.acme.test/acme/shop/issues/7 and #8")], "acme/shop")
    assert issue_references.numbers(mentions, "acme/shop") == {8}
    assert issue_references.numbers(mentions, "acme/shop", "git.acme.test") == {7, 8}
