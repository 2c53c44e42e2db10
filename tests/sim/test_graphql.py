"""GraphQL on the simulated GitHub."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import execute_sync, get_introspection_query

from tests.github import Acme, GitHub, Refused
from tests.github.server.auth import identify
from tests.github.server.graphql import engine, executor
from tests.github.server.graphql.context import Context
from tests.github.server.graphql.roots import Root

PULL = """
query ($number: Int!) {
  rateLimit { cost limit remaining used resetAt }
  repository(owner: "acme", name: "shop") {
    id nameWithOwner viewerPermission
    policy: object(expression: "main:.github/hotfix.yml") { ... on Blob { text oid byteSize isBinary isTruncated } }
    folder: object(expression: "HEAD:src") { ... on Tree { entries { name path type mode oid } } }
    none: object(expression: "main:nothing") { oid }
    latestRelease { tagName tagCommit { oid } isLatest }
    deployments(environments: ["production"], first: 1, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { databaseId commitOid environment state ref { name } latestStatus { state logUrl } creator { login } }
    }
    refs(refPrefix: "refs/tags/", first: 100, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
      nodes { name target { __typename oid ... on Tag { target { oid } tagger { name } } } }
    }
    defaultBranchRef { name compare(headRef: "hotfix/cart") { status aheadBy behindBy commits(first: 9) { totalCount } } }
    pullRequest(number: $number) {
      id number title body state isDraft isCrossRepository mergeable headRefOid baseRefOid reviewDecision
      author { __typename login }
      headRepository { nameWithOwner }
      labels(first: 10) { nodes { name } }
      commits(first: 100) {
        totalCount
        nodes { commit { oid message parents(first: 2) { nodes { oid } } authors(first: 9) { nodes { email user { login } } } } }
      }
      files(first: 100) { totalCount nodes { path additions deletions changeType } }
      reviews(first: 10) { nodes { state author { login } commit { oid } onBehalfOf(first: 3) { nodes { slug } } } }
      reviewRequests(first: 10) { nodes { requestedReviewer { __typename ... on User { login } ... on Team { slug } } } }
      comments(last: 5) { nodes { fullDatabaseId body author { login } viewerDidAuthor } }
      timelineItems(first: 50, itemTypes: [LABELED_EVENT, REVIEW_REQUESTED_EVENT, PULL_REQUEST_REVIEW, RENAMED_TITLE_EVENT]) {
        nodes {
          __typename
          ... on LabeledEvent { label { name } actor { login } createdAt }
          ... on ReviewRequestedEvent { createdAt requestedReviewer { ... on User { login } } }
          ... on RenamedTitleEvent { previousTitle currentTitle }
        }
      }
      statusCheckRollup {
        state
        contexts(first: 50) {
          nodes {
            __typename
            ... on CheckRun { name status conclusion isRequired(pullRequestNumber: $number) checkSuite { app { slug } } }
            ... on StatusContext { context state isRequired(pullRequestNumber: $number) }
          }
        }
      }
    }
  }
}
"""  # noqa: E501


def test_one_query_returns_everything_about_a_pull_request(acme: Acme) -> None:
    acme.shop.protect("main", ["ci/test"], required_reviews=1)
    acme.shop.release("v1.2.3")
    pull = acme.hotfix()
    acme.shop.set_check(pull.head_sha, "ci/test", "success")
    acme.shop.set_status(pull.head_sha, "lint", "failure")
    acme.dev.request_review(pull, [acme.lead], ["security"])
    acme.dev.edit_pull(pull, title="Another title")
    acme.lead2.review(pull)
    acme.dev.comment(pull, "Please look")
    data = acme.github.graphql(PULL, {"number": pull.number}, acme.installation.token())
    repository = data["repository"]
    assert repository["policy"]["text"].startswith("label: hotfix")
    assert [e["name"] for e in repository["folder"]["entries"]] == [
        "__init__.py", "cart.py", "session.py", "wishlist.py",
    ]  # fmt: skip
    assert repository["none"] is None
    assert repository["latestRelease"]["tagName"] == "v1.2.3"
    deployed = repository["deployments"]["nodes"][0]
    assert (deployed["state"], deployed["ref"]["name"]) == ("ACTIVE", "v1.2.3")
    tag = repository["refs"]["nodes"][0]["target"]
    assert (tag["__typename"], tag["target"]["oid"]) == ("Tag", deployed["commitOid"])
    assert repository["defaultBranchRef"]["compare"] == {
        "status": "DIVERGED", "aheadBy": 1, "behindBy": 2, "commits": {"totalCount": 1},
    }  # fmt: skip
    shown = repository["pullRequest"]
    assert shown["headRefOid"] == pull.head_sha
    assert shown["mergeable"] == "MERGEABLE"
    assert shown["reviewDecision"] == "APPROVED"
    assert shown["commits"]["nodes"][0]["commit"]["authors"]["nodes"][0]["user"]["login"] == "dev"
    assert [f["changeType"] for f in shown["files"]["nodes"]] == ["MODIFIED", "MODIFIED"]
    assert shown["reviews"]["nodes"][0]["onBehalfOf"]["nodes"] == [{"slug": "tech-leads"}]
    assert shown["reviewRequests"]["nodes"] == [
        {"requestedReviewer": {"__typename": "User", "login": "lead"}},
        {"requestedReviewer": {"__typename": "Team", "slug": "security"}},
    ]
    assert [n["__typename"] for n in shown["timelineItems"]["nodes"]] == [
        "LabeledEvent", "LabeledEvent", "ReviewRequestedEvent", "ReviewRequestedEvent", "RenamedTitleEvent",
        "PullRequestReview",
    ]  # fmt: skip
    assert shown["statusCheckRollup"]["state"] == "FAILURE"
    assert [(n["__typename"], n["isRequired"]) for n in shown["statusCheckRollup"]["contexts"]["nodes"]] == [
        ("CheckRun", True),
        ("StatusContext", False),
    ]
    assert data["rateLimit"]["remaining"] == 4999


def errors(acme: Acme, query: str, token: str | None = None) -> list[dict[str, Any]]:
    with pytest.raises(Refused) as refused:
        acme.github.graphql(query, token=token)
    found: list[dict[str, Any]] = refused.value.data["errors"]
    return found


def test_what_is_not_there_is_an_error_with_its_type(acme: Acme) -> None:
    gone = errors(acme, '{repository(owner: "acme", name: "gone") {id}}')
    assert gone[0]["type"] == "NOT_FOUND"
    assert gone[0]["path"] == ["repository"]
    assert (
        errors(acme, '{repository(owner: "acme", name: "shop") {pullRequest(number: 9) {id}}}')[0]["type"]
        == "NOT_FOUND"
    )


def test_what_is_not_permitted_is_an_error_with_its_type(acme: Acme) -> None:
    pull = acme.hotfix()
    token = acme.installation.token({"checks": "read"})
    query = f'{{repository(owner: "acme", name: "shop") {{name pullRequest(number: {pull.number}) {{title}}}}}}'
    shown = errors(acme, query, token)
    assert (shown[0]["type"], shown[0]["message"]) == ("FORBIDDEN", "Resource not accessible by integration")


def test_a_list_needs_a_bound_of_at_most_a_hundred(acme: Acme) -> None:
    query = '{repository(owner: "acme", name: "shop") {labels%s {totalCount}}}'
    assert errors(acme, query % "")[0]["type"] == "MISSING_PAGINATION_BOUNDARIES"
    assert errors(acme, query % "(first: 101)")[0]["type"] == "EXCESSIVE_PAGINATION"


def test_a_query_that_breaks_the_schema_is_a_violation(acme: Acme) -> None:
    assert "Cannot query field" in errors(acme, "{viewer {shoeSize}}")[0]["message"]
    with pytest.raises(AssertionError, match="shoeSize"):
        acme.github.check()
    acme.github.ignore_violations()


def test_lists_are_walked_by_cursor_in_both_directions(acme: Acme) -> None:
    for number in range(5):
        acme.dev.open_issue(acme.shop, f"Issue {number}")
    query = """query ($after: String, $before: String, $first: Int, $last: Int) { repository(owner: "acme", name: "shop") {
      issues(first: $first, last: $last, after: $after, before: $before) { totalCount nodes { title }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""  # noqa: E501

    def page(**variables: Any) -> Any:
        return acme.github.graphql(query, variables)["repository"]["issues"]

    first = page(first=2)
    assert [n["title"] for n in first["nodes"]] == ["Issue 0", "Issue 1"]
    second = page(first=2, after=first["pageInfo"]["endCursor"])
    assert [n["title"] for n in second["nodes"]] == ["Issue 2", "Issue 3"]
    assert second["pageInfo"]["hasNextPage"]
    last = page(last=2)
    assert [n["title"] for n in last["nodes"]] == ["Issue 3", "Issue 4"]
    assert last["pageInfo"]["hasPreviousPage"]
    before = page(last=2, before=last["pageInfo"]["startCursor"])
    assert [n["title"] for n in before["nodes"]] == ["Issue 1", "Issue 2"]


def test_nodes_are_found_by_id_and_mutations_change_them(acme: Acme) -> None:
    acme.shop.update(allow_auto_merge=True)
    acme.shop.protect("main", ["hotfix"])
    pull = acme.hotfix()
    node = pull.data["node_id"]
    found = acme.dev.must("POST", "/graphql", {"query": f'{{node(id: "{node}") {{... on PullRequest {{number}}}}}}'})
    assert found["data"]["node"]["number"] == pull.number
    act = (
        "mutation ($input: %sInput!) { %s(input: $input) { pullRequest { isDraft autoMergeRequest { mergeMethod } } } }"
    )
    token = acme.installation.token()

    def mutate(name: str, **said: str) -> Any:
        query = act % (name[0].upper() + name[1:], name)
        answer = acme.github.graphql(query, {"input": {"pullRequestId": node, **said}}, token)
        return answer[name]["pullRequest"]

    assert mutate("enablePullRequestAutoMerge", mergeMethod="SQUASH")["autoMergeRequest"] == {"mergeMethod": "SQUASH"}
    assert mutate("disablePullRequestAutoMerge")["autoMergeRequest"] is None
    assert mutate("convertPullRequestToDraft")["isDraft"] is True
    assert mutate("markPullRequestReadyForReview")["isDraft"] is False


def test_a_deleted_author_is_null_and_a_bot_has_no_suffix(acme: Acme) -> None:
    stranger = acme.github.create_user("stranger")
    issue = acme.github.wire.must("POST", f"{acme.shop.path}/issues", stranger.token, {"title": "Bye"})
    token = acme.installation.token()
    made = acme.github.wire.must("POST", f"{acme.shop.path}/issues", token, {"title": "Hi"})
    acme.github.delete_user(stranger)
    query = '{repository(owner: "acme", name: "shop") {issue(number: %d) {author {__typename login}}}}'
    assert acme.github.graphql(query % issue["number"])["repository"]["issue"]["author"] is None
    shown = acme.github.graphql(query % made["number"])["repository"]["issue"]["author"]
    assert shown == {"__typename": "Bot", "login": "hotfix"}


CHOICES = """
query Chosen($title: Boolean!, $number: Int = 1, $last: Int) {
  __typename
  repository(owner: "acme", name: "shop") {
    pullRequest(number: $number) { ...Text @include(if: $title) number @skip(if: $title) comments(last: $last) { totalCount } }
    first: pullRequest(number: 1) { title labels(first: 2) { nodes { __typename name } } }
    first: pullRequest(number: 1) { labels(first: 2) { nodes { color } } }
  }
}
fragment Text on PullRequest { title body }
"""  # noqa: E501


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (PULL, [{"number": 1}, {"number": 99}, {"number": 1}]),
        (CHOICES, [{"title": on, "last": last} for on in (True, False, True) for last in (1, 101, None)]),
        (CHOICES, [{}]),
        ("query ($login: String!) { user(login: $login) { id } viewer { login } }", [{"login": "nobody"}]),
        (get_introspection_query(), [{}]),
    ],
    ids=["a pull request", "choices", "a missing variable", "an error at the root", "introspection"],
)
def test_answers_are_those_of_graphql_core(
    github: GitHub, acme: Acme, query: str, variables: list[dict[str, Any]]
) -> None:
    """The executor, which keeps plans between executions, returns the same data and errors."""
    acme.hotfix()
    assert github.running is not None
    world = github.running.server.world
    actor = identify(world, {"authorization": f"Bearer {acme.installation.token()}"})
    for given in variables:
        context = Context(world, actor)
        document = engine.prepared(query).document
        assert document is not None
        expected = execute_sync(
            engine.schema(), document, Root(context), variable_values=given,
            field_resolver=lambda source, info, **named: executor.value_of(
                source, info.parent_type, info.field_name, named
            ),
            type_resolver=lambda value, *_: value["__typename"] if isinstance(value, dict) else value.typename,
        )  # fmt: skip
        found = engine.run(context, query, given, None)
        assert found["data"] == expected.data
        assert [(error["message"], error.get("path"), error["locations"]) for error in found.get("errors", [])] == [
            (error.message, error.path, [at._asdict() for at in error.locations or ()])
            for error in expected.errors or ()
        ]
