"""Issues of the simulated GitHub: closing by keywords, sub-issues, hidden comments, timelines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.github import Acme, Issue, Refused

TIMELINE = """
query($number: Int!) {
  repository(owner: "acme", name: "shop") {
    issue(number: $number) {
      state lastEditedAt: updatedAt
      subIssues(first: 10) { nodes { number parent { number } } }
      comments(first: 10) {
        nodes { isMinimized minimizedReason reactionGroups { content viewerHasReacted } }
      }
      timelineItems(first: 20) {
        nodes {
          __typename
          ... on LabeledEvent { createdAt label { name } }
          ... on AssignedEvent { assignee { ... on User { login } } }
          ... on UnassignedEvent { assignee { ... on User { login } } }
          ... on ReopenedEvent { id actor { login } }
          ... on ClosedEvent {
            actor { login } closer { __typename ... on PullRequest { number } ... on Commit { oid } }
          }
        }
      }
    }
  }
}
"""


def shown(acme: Acme, issue: Issue) -> dict[str, Any]:
    found: dict[str, Any] = acme.github.wire.graphql(TIMELINE, {"number": issue.number}, acme.dev.token)
    one: dict[str, Any] = found["repository"]["issue"]
    return one


def closers(acme: Acme, issue: Issue) -> list[Any]:
    nodes = shown(acme, issue)["timelineItems"]["nodes"]
    return [node["closer"] for node in nodes if node["__typename"] == "ClosedEvent"]


def test_a_merge_into_the_default_branch_closes_what_it_fixes(acme: Acme) -> None:
    issue = acme.dev.report(acme.shop, "Checkout fails")
    pull = acme.hotfix(message="hotfix: x", body=f"Fixes #{issue.number}")
    acme.dev.merge(pull)
    assert issue.state == "closed"
    assert closers(acme, issue) == [{"__typename": "PullRequest", "number": pull.number}]


def test_a_commit_on_the_default_branch_closes_what_it_fixes(acme: Acme) -> None:
    issue = acme.dev.report(acme.shop, "Checkout fails")
    acme.shop.commit("other", {"a": "1"}, message=f"Fixes #{issue.number}", at="main", author=acme.dev)
    assert issue.state == "open"
    sha = acme.shop.commit("main", {"a": "2"}, message=f"Resolves #{issue.number}", author=acme.dev)
    assert issue.state == "closed"
    assert closers(acme, issue) == [{"__typename": "Commit", "oid": sha}]


def test_a_person_closes_without_a_closer_and_reopens(acme: Acme) -> None:
    issue = acme.dev.report(acme.shop, "Checkout fails")
    acme.dev.close_issue(acme.shop, issue.number)
    acme.dev.reopen_issue(acme.shop, issue.number)
    assert closers(acme, issue) == [None]
    kinds = [node["__typename"] for node in shown(acme, issue)["timelineItems"]["nodes"]]
    assert kinds == ["LabeledEvent", "ClosedEvent", "ReopenedEvent"]


def test_sub_issues_have_one_parent(acme: Acme) -> None:
    parent, child = (acme.dev.report(acme.shop, title) for title in ("Parent", "Child"))
    acme.dev.must("POST", f"{parent.path}/sub_issues", {"sub_issue_id": child.data["id"]})
    assert [one["number"] for one in parent.sub_issues()] == [child.number]
    assert shown(acme, parent)["subIssues"]["nodes"] == [{"number": child.number, "parent": {"number": parent.number}}]
    with pytest.raises(Refused):
        acme.dev.must("POST", f"{parent.path}/sub_issues", {"sub_issue_id": child.data["id"]})


def test_a_comment_is_hidden_and_reactions_say_whose_they_are(acme: Acme) -> None:
    issue = acme.dev.report(acme.shop, "Checkout fails")
    comment = acme.dev.comment(issue, "hello")
    acme.dev.must("POST", f"{acme.shop.path}/issues/comments/{comment['id']}/reactions", {"content": "+1"})
    hide = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED})"
    acme.github.wire.graphql(
        f"{hide} {{ minimizedComment {{ isMinimized }} }} }}", {"id": comment["node_id"]}, acme.dev.token
    )
    (found,) = shown(acme, issue)["comments"]["nodes"]
    assert (found["isMinimized"], found["minimizedReason"]) == (True, "outdated")
    assert {"content": "THUMBS_UP", "viewerHasReacted": True} in found["reactionGroups"]


def test_assignments_are_in_the_timeline(acme: Acme) -> None:
    issue = acme.dev.report(acme.shop, "Checkout fails")
    acme.dev.must("POST", f"{issue.path}/assignees", {"assignees": ["lead"]})
    acme.dev.must("DELETE", f"{issue.path}/assignees", {"assignees": ["lead"]})
    nodes = shown(acme, issue)["timelineItems"]["nodes"]
    assert [node["__typename"] for node in nodes[1:]] == ["AssignedEvent", "UnassignedEvent"]
    assert [node["assignee"] for node in nodes[1:]] == [{"login": "lead"}] * 2
