"""What GitHub's answers mean."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotfix.facts import CheckState, Production
from hotfix.github.read import changes, production_reads, pull_answer
from hotfix.github.read.production_reads import Asked, NeedMore
from hotfix.github.read.pull_search import of_merge_group
from hotfix.github.transport.errors import NotFound, NotPermitted, Refused, TransientError
from hotfix.github.transport.exchange import Answer, fill, raise_for_status
from hotfix.policy import Policy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answer(status: int, message: str = "", **headers: str) -> Answer:
    return Answer(status, {"message": message}, {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    ("given", "error", "retry_at"),
    [
        (answer(502), TransientError, None),
        (answer(503, retry_after="30"), TransientError, NOW + timedelta(seconds=30)),
        (answer(503, retry_after="Sun, 01 Mar 2026 12:01:00 GMT"), TransientError, NOW + timedelta(minutes=1)),
        (answer(503, retry_after="soon"), TransientError, NOW + timedelta(minutes=1)),
        (answer(429), TransientError, NOW + timedelta(minutes=1)),
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
        (answer(409, "Merge conflict"), Refused, None),
        (answer(422, "Reference already exists"), Refused, None),
    ],
)
def test_a_failed_answer_says_whether_to_try_again_and_when(
    given: Answer, error: type[Exception], retry_at: datetime | None
) -> None:
    with pytest.raises(error) as raised:
        raise_for_status(given, "GET", "/x", NOW)
    assert getattr(raised.value, "retry_at", None) == retry_at


def test_a_route_keeps_the_slashes_of_repositories_and_escapes_all_else() -> None:
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


def released(
    deployments: list[dict[str, Any]] | None = None,
    release: tuple[str, str] | None = None,
    tags: dict[str, str] | None = None,
    more: bool = False,
) -> dict[str, Any]:
    return {
        "deployments": {"nodes": deployments or [], "pageInfo": {"hasNextPage": more}},
        "latestRelease": {"tagName": release[0], "tagCommit": {"oid": release[1]}} if release else None,
        "refs": {
            "nodes": [{"name": name, "target": {"oid": "t", "target": {"oid": sha}}} for name, sha in tags.items()],
            "pageInfo": {"hasNextPage": False, "endCursor": None},
        }
        if tags is not None
        else None,
    }


def deployment(sha: str, ref: str | None, state: str | None = "SUCCESS", prefix: str = "refs/tags/") -> dict[str, Any]:
    return {
        "commitOid": sha,
        "ref": {"name": ref, "prefix": prefix} if ref else None,
        "latestStatus": {"state": state} if state else None,
    }


ASKED = Asked(environment="production", depth=20, tags=True)
LESS = Asked(environment="production", depth=20, tags=False)


def test_the_last_successful_deployment_is_production() -> None:
    nodes = [deployment("c", "v1.3.0", "FAILURE"), deployment("b", "v1.2.4", None), deployment("a", "v1.2.3")]
    found = production_reads.from_answer(released(nodes, ("v1.3.0", "c"), {"v9.0.0": "z"}), Policy(), ASKED, None)
    assert found == Production(tag="v1.2.3", sha="a", known_from="deployment")


def test_a_rollback_makes_the_older_tag_production_again() -> None:
    nodes = [deployment("a", "v1.2.3"), deployment("b", "v1.2.4")]
    found = production_reads.from_answer(released(nodes), Policy(), LESS, None)
    assert found == Production(tag="v1.2.3", sha="a", known_from="deployment")


def test_a_deployed_branch_is_known_by_the_highest_version_tag_on_its_commit() -> None:
    nodes = [deployment("a", "main", prefix="refs/heads/")]
    tags = {"v1.2.3": "a", "v1.2.4-hotfix.1": "a", "v2.0.0": "z", "nightly": "a"}
    found = production_reads.from_answer(released(nodes, None, tags), Policy(), ASKED, None)
    assert found == Production(tag="v1.2.4-hotfix.1", sha="a", known_from="deployment")


def test_a_deployed_commit_without_a_tag_stands_for_itself() -> None:
    found = production_reads.from_answer(released([deployment("a", None)], None, {}), Policy(), ASKED, None)
    assert found == Production(tag="a", sha="a", known_from="deployment")


def test_without_the_list_of_tags_a_moved_deployment_asks_for_it() -> None:
    answer = released([deployment("b", "main", prefix="refs/heads/")])
    guess = Production(tag="v1.2.3", sha="a", known_from="deployment")
    with pytest.raises(NeedMore) as more:
        production_reads.from_answer(answer, Policy(), LESS, guess)
    assert more.value.asked == ASKED
    same = Production(tag="v1.2.4", sha="b", known_from="deployment")
    assert production_reads.from_answer(answer, Policy(), LESS, same) == same


def test_when_none_of_the_newest_deployments_succeeded_older_ones_are_looked_at() -> None:
    with pytest.raises(NeedMore) as more:
        production_reads.from_answer(
            released([deployment("b", "v1", "ERROR")], None, {}, more=True), Policy(), ASKED, None
        )
    assert more.value.asked.depth == 100


def test_another_environment_than_was_asked_for_is_no_answer() -> None:
    policy = Policy.model_validate({"production": {"environment": "live"}})
    with pytest.raises(NeedMore) as more:
        production_reads.from_answer(released([deployment("a", "v1.2.3")]), policy, ASKED, None)
    assert more.value.asked.environment == "live"


def test_without_deployments_the_latest_release_then_the_highest_tag_is_production() -> None:
    tags = {"v1.2.3": "a", "v1.10.0": "b", "v1.10.1-rc.1": "c", "app-9.0.0": "d"}
    policy = Policy.model_validate({"production": {"tags": "v*"}})
    by_release = production_reads.from_answer(released([], ("v1.2.3", "a"), tags), policy, ASKED, None)
    assert by_release == Production(tag="v1.2.3", sha="a", known_from="release")
    by_tag = production_reads.from_answer(released([], ("app-9.0.0", "d"), tags), policy, ASKED, None)
    assert by_tag == Production(tag="v1.10.0", sha="b", known_from="tag")
    assert production_reads.from_answer(released([], None, {}), policy, ASKED, None) is None


def comparison(*shas: str, total: int | None = None, merge_base: str | None = "tag") -> changes.Comparison:
    commits = tuple({"sha": sha} for sha in shas)
    return changes.Comparison(commits, len(shas) if total is None else total, 0, merge_base, ())


def test_what_a_long_lived_branch_has_of_the_branch_is_foreign() -> None:
    own = comparison("m1", "m2", "h1")
    assert changes.foreign(own, comparison("h1", merge_base="m2"), "tag") == ("m1", "m2")
    assert changes.foreign(own, comparison("m1", "m2", "h1"), "tag") == ()
    assert changes.foreign(own, comparison(merge_base=None), "tag") == ()


def test_a_list_that_github_cut_says_nothing_about_foreign_commits() -> None:
    own = comparison("m1", "h1", total=300)
    assert changes.foreign(own, comparison("h1", total=290, merge_base="m1"), "tag") is None
    assert changes.foreign(own, comparison("h1", total=290, merge_base="tag"), "tag") == ()


def test_the_text_of_a_new_or_removed_file_is_in_its_patch() -> None:
    assert changes.whole_side("@@ -0,0 +1,2 @@\n+a\n+b", "+", 2) == "a\nb\n"
    assert changes.whole_side("@@ -0,0 +1 @@\n+a\n\\ No newline at end of file", "+", 1) == "a"
    assert changes.whole_side("@@ -1,2 +0,0 @@\n-a\n--- b", "-", 2) == "a\n-- b\n"
    assert changes.whole_side("@@ -0,0 +1,9 @@\n+a", "+", 9) is None


def test_co_authors_are_found_in_the_message_where_their_accounts_are_not_known() -> None:
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
    found = changes.commits(changes.Comparison((node,), 1, 0, "t", ()), {})
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


def test_a_rule_of_the_base_branch_that_we_may_not_see_is_none() -> None:
    rules = {"nodes": [None, {"parameters": None}, {"parameters": {"requiredStatusChecks": [{"context": "unit"}]}}]}
    deep = {"baseRef": {"branchProtectionRule": None, "rules": rules}}
    assert pull_answer.required_checks(deep) == ("unit",)
