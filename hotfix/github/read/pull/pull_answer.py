"""Convert the GraphQL answer about a pull request to facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotfix.facts import Check, CheckState, Person, PullRequest, Review, ReviewState
from hotfix.github.read.pull.pull_queries import CHECK_NAME
from hotfix.policy import Policy
from hotfix.reviews import DECISIONS, current_request
from hotfix.rules.title import RULE as TITLE
from hotfix.severities import Severity

time = datetime.fromisoformat
"""Parses one of GitHub's timestamps."""
GraphQLNode = Mapping[str, Any]

_CONCLUSIONS = {"SUCCESS": CheckState.PASSED, "NEUTRAL": CheckState.PASSED, "SKIPPED": CheckState.PASSED}
_STATES = {"SUCCESS": CheckState.PASSED, "PENDING": CheckState.RUNNING, "EXPECTED": CheckState.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingCheckRun:
    """Our existing check run on the commit."""

    id: int
    completed: bool
    conclusion: str | None
    """The REST API's value: `success`, `action_required` ..."""
    external_id: str
    started_at: datetime | None
    annotations: int


def person(actor: GraphQLNode | None) -> Person:
    """Return a person. A bot's login gets the suffix `[bot]`, as in REST and on the web, which GraphQL omits."""
    if not actor:
        return Person(login="")
    if actor["__typename"] == "Bot":
        return Person(login=actor["login"].removesuffix("[bot]") + "[bot]", is_bot=True)
    return Person(login=actor["login"])


def pull_request(
    node: GraphQLNode,
    deep: GraphQLNode | None,
    *,
    reviews: Iterable[GraphQLNode] = (),
    checks: tuple[Check, ...] = (),
    asked_of: Collection[str] = (),
    head: GraphQLNode | None = None,
    incidents: tuple[tuple[int, Severity], ...] = (),
) -> PullRequest:
    """Return the pull request.

    `deep`: the part of the answer that only a hotfix needs. `asked_of`: the tech leads, whose review requests count.
    `head`: the commit, with the App's check suites.
    """
    asked = [each["requestedReviewer"] for each in deep["reviewRequests"]["nodes"]] if deep else []
    found = _reviews(reviews, deep)
    return PullRequest(
        number=node["number"],
        title=node["title"],
        body=node["body"],
        author=person(node["author"]) if node["author"] else None,
        draft=node["isDraft"],
        open=node["state"] == "OPEN",
        merged=node["state"] == "MERGED",
        created_at=time(node["createdAt"]),
        labels=tuple(label["name"] for label in node["labels"]["nodes"]),
        head_repo=(node["headRepository"] or {}).get("nameWithOwner"),
        requested_reviewers=tuple(filter(None, map(reviewer, asked))),
        review_requested_at=_requested_at(deep, asked_of, found, node["headRefOid"]) if deep else None,
        ready_at=ready_at(deep) if deep else None,
        head_pushed_at=pushed_at(head),
        reviews=found,
        base_changed_at=base_changed_at(deep) if deep else None,
        body_edited_at=time_or_none(node["lastEditedAt"]),
        checks=checks,
        incidents=incidents,
    )


def reviewer(node: GraphQLNode | None) -> str:
    """Return a requested reviewer: a login, or `org/team`; empty for a bot, whose review isn't accepted."""
    return str(node.get("login") or node.get("combinedSlug") or "") if node else ""


def _requested_at(deep: GraphQLNode, asked_of: Collection[str], found: Iterable[Review], head: str) -> datetime | None:
    leads = {login.casefold() for login in asked_of}
    events = [node for node in deep["timelineItems"]["nodes"] if node]
    return current_request(
        [time(node["createdAt"]) for node in events if reviewer(node["requestedReviewer"]).casefold() in leads],
        [
            review.submitted_at
            for review in found
            if review.sha != head and review.state in DECISIONS and review.author.login.casefold() in leads
        ],
    )


def ready_at(node: GraphQLNode) -> datetime | None:
    """Return the time at which the pull request was last marked as ready for review; None if never."""
    return max((time(event["createdAt"]) for event in node["ready"]["nodes"]), default=None)


def base_changed_at(node: GraphQLNode) -> datetime | None:
    """Return the time at which the base was last changed or force-pushed; None if never."""
    return max((time(event["createdAt"]) for event in node["base_changes"]["nodes"]), default=None)


def pushed_at(commit: GraphQLNode | None) -> datetime | None:
    """Return the time at which a commit was pushed; None if unknown.

    It is that of the App's check suite, which GitHub creates at the push. A commit's own times are its author's.
    """
    suites = (commit or {}).get("pushed") or {"nodes": []}
    return min((time(suite["createdAt"]) for suite in suites["nodes"]), default=None)


def time_or_none(text: str | None) -> datetime | None:
    """Parse one of GitHub's timestamps; None if it is missing."""
    return time(text) if text else None


def _reviews(nodes: Iterable[GraphQLNode], deep: GraphQLNode | None) -> tuple[Review, ...]:
    """Return the reviews, oldest first, with their dismissals."""
    dismissals = deep["dismissals"]["nodes"] if deep else ()
    events = {event["review"]["fullDatabaseId"]: event for event in dismissals if event["review"]}
    found = (_review(node, events.get(node["fullDatabaseId"])) for node in nodes)
    return tuple(sorted(found, key=lambda review: review.submitted_at))


def _review(node: GraphQLNode, dismissal: GraphQLNode | None) -> Review:
    return Review(
        author=person(node["author"]),
        state=ReviewState(node["state"]),
        sha=(node["commit"] or {}).get("oid", ""),
        submitted_at=time(node["submittedAt"]),
        dismissed_by=person(dismissal["actor"]) if dismissal else None,
        before_dismissal=ReviewState(dismissal["previousReviewState"]) if dismissal else None,
    )


def incidents(deep: GraphQLNode, repo: str, policy: Policy) -> tuple[tuple[int, Severity], ...]:
    """Return the repository's incidents that the pull request closes, with the severity that their labels show.

    Issues with the labels of several severities or of none are left out, and those that the token can't read.
    """
    of_severity, found = policy.options(TITLE).of_incidents, []
    for node in (deep["closingIssuesReferences"] or {"nodes": ()})["nodes"] or ():
        if node is None or node["repository"]["nameWithOwner"].casefold() != repo.casefold():
            continue
        labels = {label["name"].casefold() for label in node["labels"]["nodes"]}
        shown = [severity for severity, label in of_severity.items() if label.casefold() in labels]
        if policy.incident.label.casefold() in labels and len(shown) == 1:
            found.append((node["number"], shown[0]))
    return tuple(sorted(found))


def required_checks(deep: GraphQLNode) -> tuple[str, ...]:
    """Return the checks required by the base branch's protection and rulesets, as far as the token can read them."""
    base = deep["baseRef"] or {}
    names = list((base.get("branchProtectionRule") or {}).get("requiredStatusCheckContexts") or ())
    for rule in (base.get("rules") or {"nodes": []})["nodes"]:
        parameters = (rule or {}).get("parameters") or {}
        names += [check["context"] for check in parameters.get("requiredStatusChecks") or ()]
    return tuple(dict.fromkeys(name for name in names if name))


def of_others(contexts: Iterable[GraphQLNode], app_id: int | None) -> Iterator[GraphQLNode]:
    """Yield the check runs and statuses except the App's own check run; without an App, except any of that name."""
    for node in contexts:
        app = ((node.get("checkSuite") or {}).get("app") or {}).get("databaseId")
        if node.get("name") != CHECK_NAME or app_id not in (None, app):
            yield node


def checks(contexts: Iterable[GraphQLNode], app_id: int | None, required: Iterable[str] = ()) -> tuple[Check, ...]:
    """Return the checks of others on the head, and those of `required` that have not reported yet."""
    found = []
    for node in of_others(contexts, app_id):
        if node["__typename"] == "StatusContext":
            name, state = node["context"], _STATES.get(node["state"], CheckState.FAILED)
        else:
            done = node["status"] == "COMPLETED"
            name = node["name"]
            state = _CONCLUSIONS.get(node["conclusion"], CheckState.FAILED) if done else CheckState.RUNNING
        found.append(Check(name=name, state=state, required=node["isRequired"]))
    there = {CHECK_NAME, *(check.name for check in found)}
    found += [Check(name=name, state=CheckState.EXPECTED, required=True) for name in required if name not in there]
    return tuple(found)


def contexts_of(commit: GraphQLNode | None) -> GraphQLNode:
    """Return the connection of checks on a commit; an empty one if none has reported."""
    rollup = (commit or {}).get("statusCheckRollup")
    return rollup["contexts"] if rollup else {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


def newest_run(commit: GraphQLNode | None) -> GraphQLNode | None:
    """Return the GraphQL node of this App's newest check run on a commit."""
    suites = (commit or {}).get("checkSuites") or {"nodes": []}
    runs = [run for suite in suites["nodes"] for run in (suite["checkRuns"] or {"nodes": []})["nodes"]]
    return max(runs, key=lambda run: int(run["databaseId"]), default=None)


def existing(target: GraphQLNode | None) -> ExistingCheckRun | None:
    """Return this App's newest check run on a commit."""
    run = newest_run(target)
    if run is None:
        return None
    return ExistingCheckRun(
        id=run["databaseId"],
        completed=run["status"] == "COMPLETED",
        conclusion=run["conclusion"].lower() if run["conclusion"] else None,
        external_id=run["externalId"] or "",
        started_at=time_or_none(run["startedAt"]),
        annotations=run["annotations"]["totalCount"],
    )


def pulls_with_head(commit: GraphQLNode | None, repo: str, sha: str) -> list[GraphQLNode]:
    """Return the repository's own pull requests whose head is this commit, as far as the answer lists them."""
    nodes = ((commit or {}).get("associatedPullRequests") or {"nodes": []})["nodes"]
    own = (node for node in nodes if node["headRefOid"] == sha)
    return [n for n in own if (n["baseRepository"] or {}).get("nameWithOwner", "").casefold() == repo.casefold()]
