"""Find the recorded overrides that are still valid: for this head, by a permitted user, with an unedited comment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hotfix import reviews
from hotfix.facts import Facts, Override
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.read.pull.pull_answer import person
from hotfix.github.transport.errors import NotFound
from hotfix.github.transport.parallel_reads import Reads
from hotfix.github.write.pull import comments

_COMMENT = re.compile(r"/(?:pull|issues)/([0-9]{1,9})#issuecomment-([0-9]{1,19})\Z")


def comment_id(override: Override, pull: int) -> int | None:
    """Return the ID of the override's comment; None if that is not a comment on this pull request."""
    found = _COMMENT.search(override.url)
    return int(found[2]) if found and int(found[1]) == pull else None


def add(
    reads: Reads,
    request: EvaluationRequest,
    records: Sequence[Override],
    head: str,
    connection: Mapping[str, Any] | None,
) -> None:
    """Schedule reading the comments of this head's overrides that are not among the last 100, which the answer has."""
    if not records or connection is None or not connection["pageInfo"]["hasPreviousPage"]:
        return
    there = {int(node["fullDatabaseId"]) for node in connection["nodes"]}
    for override in records:
        number = comment_id(override, request.number)
        if override.sha == head and number is not None and number not in there:
            reads.add(("comment", number), comments.read, request.client, request.repo, number)


def valid(
    records: Sequence[Override], facts: Facts, connection: Mapping[str, Any] | None, reads: Reads
) -> tuple[Override, ...]:
    """Return the valid overrides. `connection`: the GraphQL connection of the pull request's last comments."""
    nodes = {int(node["fullDatabaseId"]): node for node in connection["nodes"]} if connection else {}
    return tuple(
        override
        for override in records
        if override.sha == facts.head_sha
        and permitted(facts, override.by)
        and _still_applies(override, facts, nodes, reads)
    )


def permitted(facts: Facts, login: str) -> bool:
    """Return whether the login is a tech lead or incident commander who certainly did not contribute to the branch."""
    may = {who.casefold() for who in facts.people.tech_leads | facts.people.incident_commanders}
    if login.casefold() not in may or authors_unknown(facts):
        return False
    return login.casefold() not in reviews.authors(facts)


def authors_unknown(facts: Facts) -> str:
    """Return why it is unknown who contributed to the branch; empty if it is known."""
    return facts.missing.get("authors") or facts.missing.get("commits", "")


def _still_applies(override: Override, facts: Facts, nodes: Mapping[int, Mapping[str, Any]], reads: Reads) -> bool:
    number = comment_id(override, facts.pull.number) if facts.pull else None
    if number is None:
        return False
    if node := nodes.get(number):
        return node["lastEditedAt"] is None and person(node["author"]).same_as(override.by)
    if ("comment", number) not in reads:
        return False
    try:
        comment: comments.Comment = reads["comment", number]
    except NotFound:
        return False
    return not comment.edited and comment.author.casefold() == override.by.casefold()
