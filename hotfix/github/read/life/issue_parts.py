"""Read an incident's own issue, and the comments on it and on its pull requests: our posts, and users' commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hotfix.github.read.caches import KnownPolicy
from hotfix.github.read.pull.pull_answer import time, time_or_none
from hotfix.life.incident_commands import CommandName, IncidentCommand, parse
from hotfix.life.record import AppPost, GivenCommand, IncidentRecord, IssueStateChange, SubIssue, Unanswered
from hotfix.life.words import markers

ON_PULLS = frozenset({CommandName.OVERRIDE, CommandName.RECHECK})
"""Commands on a pull request that belong to its evaluation rather than to the incident."""
_CONVERTED = "ConvertedToDiscussionEvent"


def moved_to(repository: Mapping[str, Any]) -> str:
    """Return where an issue was moved to; empty if it is still in this repository.

    An issue converted to a discussion still exists, closed and locked; writes to it may appear in the discussion.
    """
    subject = repository["subject"]
    if any(event["__typename"] == _CONVERTED for event in subject["timelineItems"]["nodes"]):
        return "it was converted to a discussion"
    home = subject["repository"]["nameWithOwner"]
    return f"it was transferred to {home}" if home.casefold() != repository["nameWithOwner"].casefold() else ""


def issue_record(repository: Mapping[str, Any], slug: str | None, known: KnownPolicy) -> IncidentRecord:
    """Return the record with everything that is read from the issue itself."""
    subject = repository["subject"]
    label = known.policy.incident.label.casefold()
    events = subject["timelineItems"]["nodes"]
    labelled = [e for e in events if e["__typename"] == "LabeledEvent" and e["label"]["name"].casefold() == label]
    labels = tuple(node["name"] for node in subject["labels"]["nodes"])
    first = min(labelled, key=lambda event: str(event["createdAt"]), default=None)
    labelled_at = time(first["createdAt"]) if first else None
    if labelled_at is None and label in {name.casefold() for name in labels}:
        labelled_at = time(subject["createdAt"])
    by_us = first is not None and _is_us(first["actor"], slug)
    return IncidentRecord(
        repo=repository["nameWithOwner"],
        number=subject["number"],
        title=subject["title"],
        body=subject["body"],
        url=subject["url"],
        author=(subject["author"] or {}).get("login", ""),
        created_at=time(subject["createdAt"]),
        open=subject["state"] == "OPEN",
        default_branch=(repository["defaultBranchRef"] or {}).get("name") or "main",
        closed_at=time_or_none(subject["closedAt"]),
        labels=labels,
        assignees=tuple(node["login"] for node in subject["assignees"]["nodes"]),
        # If the App added the label, a command declared the incident, and the command's time is used.
        labelled_at=None if by_us else labelled_at,
        turns=tuple(_turn(event, slug) for event in events if event["__typename"] != "LabeledEvent"),
        sub_issues=tuple(_sub_issue(node, slug) for node in subject["subIssues"]["nodes"]),
    )


def _turn(event: Mapping[str, Any], slug: str | None) -> IssueStateChange:
    closed = event["__typename"] == "ClosedEvent"
    closer = (event.get("closer") or {}).get("__typename", "")
    digits = "".join(c for c in event["id"] if c.isdigit())
    return IssueStateChange(
        at=time(event["createdAt"]),
        id=int(digits[-18:] or 0),
        closed=closed,
        by=(event["actor"] or {}).get("login", ""),
        ours=_is_us(event["actor"], slug),
        through={"PullRequest": "pull", "Commit": "commit"}.get(closer, ""),
    )


def _is_us(actor: Mapping[str, Any] | None, slug: str | None) -> bool:
    if not actor or actor["__typename"] != "Bot":
        return False
    return slug is None or actor["login"].removesuffix("[bot]").casefold() == slug.casefold()


def _sub_issue(node: Mapping[str, Any], slug: str | None) -> SubIssue:
    return SubIssue(
        number=node["number"],
        title=node["title"],
        marker=markers.found(node["body"]) if node["viewerDidAuthor"] or _is_us(node["author"], slug) else "",
        open=node["state"] == "OPEN",
        created_at=time(node["createdAt"]),
        closed_at=time_or_none(node["closedAt"]),
        labels=tuple(each["name"] for each in node["labels"]["nodes"]),
        assignees=tuple(each["login"] for each in node["assignees"]["nodes"]),
        body=node["body"],
    )


def posts(nodes: Iterable[Mapping[str, Any]], place: int) -> tuple[AppPost, ...]:
    """Return the App's own comments that carry a marker."""
    return tuple(
        AppPost(
            id=int(node["fullDatabaseId"]),
            node=node["id"],
            place=place,
            marker=marker,
            body=node["body"],
            at=time(node["createdAt"]),
            hidden=node["isMinimized"],
        )
        for node in nodes
        if node["viewerDidAuthor"] and (marker := markers.found(node["body"]))
    )


def kept(nodes: Iterable[Mapping[str, Any]], *, anyone: bool) -> Mapping[str, str]:
    """Return the hidden entries of the incident's status comment: the App's own, or with `anyone` the first Bot's.

    The command line reads as a person, who can't tell the App from another one.
    """
    ours = (node for node in nodes if node["viewerDidAuthor"] or (anyone and _is_us(node["author"], None)))
    return next((markers.read_refs(node["body"]) for node in ours if markers.found(node["body"]) == markers.STATUS), {})


def commands(
    nodes: Iterable[Mapping[str, Any]], place: int, *, on_pull: bool
) -> tuple[tuple[GivenCommand, ...], tuple[Unanswered, ...]]:
    """Return the commands in unedited comments, and the unanswered commands that can't be parsed."""
    found: list[GivenCommand] = []
    unclear: list[Unanswered] = []
    for node in nodes:
        author = node["author"] or {}
        if node["viewerDidAuthor"] or node["lastEditedAt"] or author.get("__typename") == "Bot":
            continue
        requests = parse(node["body"])
        if not requests:
            continue
        given = {group["content"] for group in node["reactionGroups"] or () if group["viewerHasReacted"]}
        done, refused = "THUMBS_UP" in given, "CONFUSED" in given
        number = int(node["fullDatabaseId"])
        for index, request in enumerate(requests):
            if isinstance(request, IncidentCommand):
                if not (on_pull and request.name in ON_PULLS):
                    found.append(
                        GivenCommand(
                            id=number,
                            place=place,
                            at=time(node["createdAt"]),
                            by=author.get("login", ""),
                            request=request,
                            index=index,
                            ruling=None if done == refused else done,
                            answered=done or refused,
                        )
                    )
            elif not refused and not on_pull:
                unclear.append(Unanswered(id=number, place=place, why=request.why))
    return tuple(found), tuple(unclear)
