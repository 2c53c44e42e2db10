"""Read the comments of an incident and its pull requests: the App's own posts, and the commands of users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hotfix.github.read.pull.pull_answer import time
from hotfix.life.incident_commands import CommandName, IncidentCommand, parse
from hotfix.life.record import AppPost, GivenCommand, Unanswered
from hotfix.life.words import markers

ON_PULLS = frozenset({CommandName.OVERRIDE, CommandName.RECHECK})
"""Commands on a pull request that belong to its evaluation rather than to the incident."""


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
