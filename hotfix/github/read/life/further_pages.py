"""Read further pages of an incident's long lists: a busy repository deploys fifty times a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from hotfix.github.read.caches import KnownPolicy
from hotfix.github.read.life import life_queries
from hotfix.github.read.life.comment_parts import time
from hotfix.text.globs import literal_start

Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Sends a query about the repository, with its variables, and returns the repository's part of the answer."""
Nodes = list[Mapping[str, Any]]
MOST_PAGES = 10
OLDER = 10
"""Number of items from before the incident that are enough to find what ran then, and what to roll back to."""


def deployments(ask: Ask, first: Mapping[str, Any], environment: str, since: datetime) -> tuple[Nodes, bool]:
    """Return an environment's deployments, newest first, back to some before `since`, and whether that was reached."""
    variables = {"environment": environment}
    return _read_on(ask, life_queries.OLDER_DEPLOYMENTS, first, variables, _reaches(since, "createdAt"))


def pulls(ask: Ask, first: Mapping[str, Any], label: str, since: datetime) -> tuple[Nodes, bool]:
    """Return the hotfix pull requests updated since `since`, and a few others, and whether all of them were read."""
    variables = {"label": label}
    return _read_on(ask, life_queries.OLDER_PULLS, first, variables, _reaches(since, "updatedAt"))


def branches(ask: Ask, first: Mapping[str, Any], known: KnownPolicy) -> tuple[Nodes, bool]:
    """Return the branches that the policy's globs may match, and whether all of them were read.

    If all branches fit on one page, all are returned. Otherwise only those that contain a glob's literal prefix are
    queried.
    """
    if not first["pageInfo"]["hasNextPage"]:
        return list(first["nodes"]), True
    found: dict[str, Mapping[str, Any]] = {}
    complete = True
    for start in _literal_starts([*known.policy.branches.head, *known.long_lived]):
        empty = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
        nodes, whole = _read_on(ask, life_queries.BRANCHES_LIKE, empty, {"like": start}, lambda _: False)
        found |= {node["name"]: node for node in nodes}
        complete = complete and whole
    return list(found.values()), complete


def _literal_starts(globs: Iterable[str]) -> list[str]:
    """Return the literal prefix of each glob, without those that contain another prefix."""
    starts = {literal_start(glob) for glob in globs if not glob.startswith("!")}
    return sorted(start for start in starts if not any(other != start and other in start for other in starts))


def _reaches(since: datetime, key: str) -> Callable[[Nodes], bool]:
    def enough(nodes: Nodes) -> bool:
        return sum(time(node[key]) < since for node in nodes) >= OLDER

    return enough


def _read_on(
    ask: Ask, query: str, first: Mapping[str, Any], variables: Mapping[str, Any], enough: Callable[[Nodes], bool]
) -> tuple[Nodes, bool]:
    """Return the items read, page by page until there are enough, and whether enough or the end was reached."""
    nodes, page = list(first["nodes"]), first["pageInfo"]
    for _ in range(MOST_PAGES):
        if not page["hasNextPage"] or enough(nodes):
            return nodes, True
        found = ask(query, {**variables, "after": page["endCursor"]})["found"]
        nodes, page = [*nodes, *found["nodes"]], found["pageInfo"]
    return nodes, not page["hasNextPage"] or enough(nodes)
