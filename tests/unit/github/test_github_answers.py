"""Interpretation of GitHub's responses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotfix.facts import CheckState
from hotfix.github.read.pull import changes, pull_answer
from hotfix.github.read.pull.pull_search import of_merge_group
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused, TransientError
from hotfix.github.transport.exchange import GitHubAnswer, fill, raise_for_status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answer(status: int, message: str = "", **headers: str) -> GitHubAnswer:
    return GitHubAnswer(status, {"message": message}, {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    ("given", "error", "retry_at"),
    [
        (answer(500), TransientError, None),
        (answer(502), TransientError, None),
        (answer(503, retry_after="30"), TransientError, NOW + timedelta(seconds=30)),
        (answer(503, retry_after="Sun, 01 Mar 2026 12:01:00 GMT"), TransientError, NOW + timedelta(minutes=1)),
        (answer(503, retry_after="soon"), TransientError, NOW + timedelta(minutes=1)),
        (answer(429), TransientError, NOW + timedelta(minutes=1)),
        (answer(429, retry_after="\u00b2"), TransientError, NOW + timedelta(minutes=1)),
        (answer(429, retry_after="7"), TransientError, NOW + timedelta(seconds=7)),
        (
            answer(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW.timestamp()) + 900)),
            TransientError,
            NOW + timedelta(minutes=15),
        ),
        (
            answer(403, x_ratelimit_remaining="0", x_ratelimit_reset="99999999999"),
            TransientError,
            NOW + timedelta(minutes=65),
        ),
        (answer(403, x_ratelimit_remaining="0", x_ratelimit_reset="1"), TransientError, NOW + timedelta(seconds=1)),
        (answer(403, "You have exceeded a secondary rate limit."), TransientError, NOW + timedelta(minutes=1)),
        (answer(403, "Resource not accessible by integration"), NotPermitted, None),
        (answer(401, "Bad credentials"), NotPermitted, None),
        (answer(404, "Not Found"), NotFound, None),
        (answer(410), NotFound, None),
        (answer(307), NotFound, None),
        (answer(409, "Merge conflict"), RequestRefused, None),
        (answer(422, "Reference already exists"), RequestRefused, None),
    ],
)
def test_a_failed_answer_says_whether_to_try_again_and_when(
    given: GitHubAnswer, error: type[Exception], retry_at: datetime | None
) -> None:
    with pytest.raises(error) as raised:
        raise_for_status(given, "GET", "/x", NOW)
    assert getattr(raised.value, "retry_at", None) == retry_at


def test_a_route_keeps_slashes_and_escapes_all_else() -> None:
    """The slash in `owner/name` is kept."""
    route = "/repos/{repo}/compare/{base}...{head}"
    assert fill(route, {"repo": "a/b", "base": "release/1 ü", "head": "../x?y#z"}) == (
        "/repos/a/b/compare/release%2F1%20%C3%BC.....%2Fx%3Fy%23z"
    )


@pytest.mark.parametrize("value", ["..", ".", "a/..", "./b"])
def test_a_name_that_would_lead_elsewhere_names_nothing(value: str) -> None:
    with pytest.raises(NotFound):
        fill("/repos/{repo}/pulls", {"repo": value})


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        (f"refs/heads/gh-readonly-queue/main/pr-42-{'a' * 40}", 42),
        (f"refs/heads/gh-readonly-queue/release/1.2/pr-7-{'0' * 40}", 7),
        (f"refs/heads/feature/pr-42-{'a' * 40}", None),
        ("refs/heads/gh-readonly-queue/main/pr-42", None),
    ],
)
def test_a_merge_group_names_its_pull_request(ref: str, number: int | None) -> None:
    assert of_merge_group(ref) == number


def comparison(*shas: str, total: int | None = None, merge_base: str | None = "tag") -> changes.CommitComparison:
    commits = tuple({"sha": sha} for sha in shas)
    return changes.CommitComparison(commits, len(shas) if total is None else total, 0, merge_base, ())


def test_what_a_long_lived_branch_has_of_the_branch_is_foreign() -> None:
    own = comparison("m1", "m2", "h1")
    assert changes.foreign(own, comparison("h1", merge_base="m2"), "tag") == ("m1", "m2")
    assert changes.foreign(own, comparison("m1", "m2", "h1"), "tag") == ()
    assert changes.foreign(own, comparison(merge_base=None), "tag") == ()


def test_a_cut_list_says_nothing_about_foreign_commits() -> None:
    own = comparison("m1", "h1", total=300)
    assert changes.foreign(own, comparison("h1", total=290, merge_base="m1"), "tag") is None
    assert changes.foreign(own, comparison("h1", total=290, merge_base="tag"), "tag") == ()


def test_the_text_of_a_new_or_removed_file_is_in_its_patch() -> None:
    assert changes.whole_side("@@ -0,0 +1,2 @@\n+a\n+b", "+", 2) == "a\nb\n"
    assert changes.whole_side("@@ -0,0 +1 @@\n+a\n\\ No newline at end of file", "+", 1) == "a"
    assert changes.whole_side("@@ -1,2 +0,0 @@\n-a\n--- b", "-", 2) == "a\n-- b\n"
    assert changes.whole_side("@@ -0,0 +1,9 @@\n+a", "+", 9) is None


def test_co_authors_without_accounts_are_found() -> None:
    """Their addresses are read from the commit message."""
    node: dict[str, Any] = {
        "sha": "a",
        "commit": {
            "message": "x\n\nCo-Authored-By: Ann <ann@x.org>\nco-authored-by: <b@x.org>\nnot-co-authored-by: <c@x.org>",
            "author": {"email": "d@x.org"},
            "committer": None,
        },
        "author": None,
        "committer": {"login": "dev", "type": "User"},
        "parents": [],
    }
    found = changes.commits(changes.CommitComparison((node,), 1, 0, "t", ()), {})
    assert [person.email for person in found[0].co_authors] == ["ann@x.org", "b@x.org"]
    assert (found[0].author.login, found[0].author.email, found[0].committer.login) == ("", "d@x.org", "dev")
    assert changes.without_accounts(found, {}) == ["a"]


def test_checks_of_others_are_seen_and_our_own_is_not() -> None:
    def run(name: str, status: str, conclusion: str | None, app: int = 1) -> dict[str, Any]:
        return {
            "__typename": "CheckRun",
            "name": name,
            "status": status,
            "conclusion": conclusion,
            "isRequired": True,
            "checkSuite": {"app": {"databaseId": app}},
        }

    contexts = [
        run("hotfix", "COMPLETED", "FAILURE", app=7),
        run("hotfix", "COMPLETED", "SUCCESS", app=8),
        run("ci", "COMPLETED", "TIMED_OUT"),
        run("lint", "IN_PROGRESS", None),
        {"__typename": "StatusContext", "context": "legacy", "state": "EXPECTED", "isRequired": False},
    ]
    found = [(check.name, check.state, check.required) for check in pull_answer.checks(contexts, 7)]
    assert found == [
        ("hotfix", CheckState.PASSED, True),
        ("ci", CheckState.FAILED, True),
        ("lint", CheckState.RUNNING, True),
        ("legacy", CheckState.RUNNING, False),
    ]


def test_a_rule_that_the_app_may_not_see_counts_as_none() -> None:
    rules = {"nodes": [None, {"parameters": None}, {"parameters": {"requiredStatusChecks": [{"context": "unit"}]}}]}
    deep = {"baseRef": {"branchProtectionRule": None, "rules": rules}}
    assert pull_answer.required_checks(deep) == ("unit",)
