"""The timelines of pull requests and issues."""

from __future__ import annotations

from typing import Any

from tests.github.server.clock import iso
from tests.github.server.graphql.context import JSON, Context, View, actor_view
from tests.github.server.graphql.git import Commit
from tests.github.server.graphql.people import TeamView
from tests.github.server.graphql.pull import Issue as IssueView
from tests.github.server.graphql.pull import IssueComment, PullRequest, ReviewView, label_view
from tests.github.server.repository import compare
from tests.github.server.state import Event, Issue, Pull

TYPES = {
    "labeled": "LabeledEvent",
    "unlabeled": "UnlabeledEvent",
    "review_requested": "ReviewRequestedEvent",
    "review_request_removed": "ReviewRequestRemovedEvent",
    "head_ref_force_pushed": "HeadRefForcePushedEvent",
    "head_ref_deleted": "HeadRefDeletedEvent",
    "closed": "ClosedEvent",
    "reopened": "ReopenedEvent",
    "merged": "MergedEvent",
    "renamed": "RenamedTitleEvent",
    "ready_for_review": "ReadyForReviewEvent",
    "convert_to_draft": "ConvertToDraftEvent",
    "base_ref_changed": "BaseRefChangedEvent",
    "automatic_base_change_succeeded": "AutomaticBaseChangeSucceededEvent",
    "base_ref_force_pushed": "BaseRefForcePushedEvent",
    "assigned": "AssignedEvent",
    "unassigned": "UnassignedEvent",
    "review_dismissed": "ReviewDismissedEvent",
    "converted_to_discussion": "ConvertedToDiscussionEvent",
    "commented": "IssueComment",
    "reviewed": "PullRequestReview",
}


def _enum(typename: str) -> str:
    """Return the `itemTypes` value of a type: `LabeledEvent` is `LABELED_EVENT`."""
    return "".join("_" + c if c.isupper() else c for c in typename).lstrip("_").upper()


def items(context: Context, pull: Pull, wanted: list[str] | None, since: str | None) -> list[Any]:
    """Return a pull request's timeline items, oldest first."""
    found: list[tuple[str, str, Any]] = []
    for event in pull.issue.timeline:
        name = TYPES.get(event.kind)
        if name is not None:
            found.append((iso(event.at), _enum(name), event))
    if wanted is None or "PULL_REQUEST_COMMIT" in wanted:
        objects = pull.repo.git.objects
        shas = compare.pull_commits(pull)[: compare.MAX_PULL_COMMITS]
        found += [(iso(objects.commit(sha).committer.when), "PULL_REQUEST_COMMIT", sha) for sha in shas]
    found = [one for one in found if (wanted is None or one[1] in wanted) and (since is None or one[0] >= since)]
    found.sort(key=lambda one: one[0])
    return [_view(context, pull, item) for _, _, item in found]


def issue_items(context: Context, issue: Issue, wanted: list[str] | None, since: str | None) -> list[Any]:
    """Return the timeline items of an issue that is not a pull request, oldest first."""
    found = [event for event in issue.timeline if event.kind in TYPES]
    found = [event for event in found if wanted is None or _enum(TYPES[event.kind]) in wanted]
    return [_issue_view(context, issue, event) for event in found if since is None or iso(event.at) >= since]


def _issue_view(context: Context, issue: Issue, event: Event) -> View | JSON:
    detail = event.detail
    if event.kind == "commented":
        return IssueComment(context, issue, detail["comment"])
    where = f"/{issue.repo.full_name}/issues/{issue.number}#event-{event.id}"
    shown: JSON = {
        "__typename": TYPES[event.kind],
        "id": f"EVT_{event.id}",
        "databaseId": event.id,
        "actor": actor_view(context, event.actor),
        "createdAt": iso(event.at),
        "resourcePath": where,
        "url": context.world.url + where,
    }
    if "label" in detail:
        shown |= {"label": label_view(issue.repo, detail["label"]), "labelable": IssueView(context, issue)}
    if "assignee" in detail:
        shown |= {
            "assignee": actor_view(context, detail["assignee"]),
            "assignable": IssueView(context, issue),
            "user": actor_view(context, detail["assignee"]),
        }
    if event.kind in ("closed", "reopened"):
        shown |= {"closable": IssueView(context, issue), "stateReason": None}
    if event.kind == "closed":
        commit = detail.get("commit_id")
        shown["closer"] = None
        if "pull" in detail:
            shown["closer"] = PullRequest(context, detail["pull"])
        elif commit and issue.repo.git.objects.has(commit):
            shown["closer"] = Commit(context, issue.repo, commit)
    if event.kind == "renamed":
        shown |= {
            "previousTitle": detail["before"], "currentTitle": detail["after"], "subject": IssueView(context, issue)
        }  # fmt: skip
    return shown


def _view(context: Context, pull: Pull, item: Event | str) -> View | JSON:
    if isinstance(item, str):
        return PullRequest(context, pull)._commit(item)
    detail = item.detail
    if item.kind == "commented":
        return IssueComment(context, pull.issue, detail["comment"])
    if item.kind == "reviewed":
        return ReviewView(context, pull, detail["review"])
    where = f"/{pull.repo.full_name}/pull/{pull.number}#event-{item.id}"
    shown: JSON = {
        "__typename": TYPES[item.kind],
        "id": f"EVT_{item.id}",
        "databaseId": item.id,
        "actor": actor_view(context, item.actor),
        "createdAt": iso(item.at),
        "pullRequest": PullRequest(context, pull),
        "resourcePath": where,
        "url": context.world.url + where,
    }
    if "label" in detail:
        shown["label"] = label_view(pull.repo, detail["label"])
        shown["labelable"] = shown["pullRequest"]
    if item.kind.startswith("review_request"):
        team = detail.get("team")
        shown["requestedReviewer"] = TeamView(context, team) if team else actor_view(context, detail["reviewer"])
    if item.kind in ("head_ref_force_pushed", "base_ref_force_pushed"):
        objects = pull.repo.git.objects
        for key, sha in (("beforeCommit", detail["before"]), ("afterCommit", detail["after"])):
            shown[key] = Commit(context, pull.repo, sha) if objects.has(sha) else None
        view = PullRequest(context, pull)
        shown["ref"] = view.headRef if item.kind.startswith("head") else view.baseRef
    if item.kind == "renamed":
        shown |= {"previousTitle": detail["before"], "currentTitle": detail["after"]}
    if item.kind == "base_ref_changed":
        shown |= {"previousRefName": detail["before"], "currentRefName": detail["after"]}
    if item.kind == "automatic_base_change_succeeded":
        shown |= {"oldBase": detail["before"], "newBase": detail["after"]}
    if item.kind == "merged":
        shown["commit"] = Commit(context, pull.repo, detail["commit_id"])
        shown["mergeRefName"] = pull.base_ref
    if item.kind == "assigned":
        shown["assignee"] = actor_view(context, detail["assignee"])
    if item.kind == "review_dismissed":
        shown["review"] = ReviewView(context, pull, detail["review"])
        shown["previousReviewState"] = detail["was"]
    return shown
