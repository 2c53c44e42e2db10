"""Read lists of an incident that don't fit in one answer of GitHub: deployments, pull requests, branches.

`ask` sends a query about the repository, with its variables, and returns the repository in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from hotfix.github.read.caches import KnownPolicy
from hotfix.github.read.life import life_queries
from hotfix.github.read.pull.pull_answer import time
from hotfix.github.read.repository_queries import pages
from hotfix.text.globs import literal_start

Nodes = list[Mapping[str, Any]]
MOST_PAGES = 10
"""Maximum number of pages read of one list, besides its first."""
OLDER = 10
"""Number of items from before the incident that are enough to find what ran then, and what to roll back to."""


def deployments(
    ask: Callable[..., Any], first: Mapping[str, Any], environment: str, since: datetime
) -> tuple[Nodes, bool]:
    """Return an environment's deployments, newest first, back to some before `since`, and whether that was reached."""
    enough = partial(_reaches, since, "createdAt")
    return _read_on(ask, life_queries.OLDER_DEPLOYMENTS, first, enough, environment=environment)


def pulls(ask: Callable[..., Any], first: Mapping[str, Any], label: str, since: datetime) -> tuple[Nodes, bool]:
    """Return the hotfix pull requests updated since `since`, and a few others, and whether all of them were read."""
    enough = partial(_reaches, since, "updatedAt")
    return _read_on(ask, life_queries.OLDER_PULLS, first, enough, label=label)


def branches(ask: Callable[..., Any], first: Mapping[str, Any], known: KnownPolicy) -> tuple[Nodes, bool]:
    """Return the branches that the policy's globs may match, and whether all of them were read.

    If all branches fit on one page, all are returned. Otherwise only those that contain a glob's literal prefix are
    queried.
    """
    if not first["pageInfo"]["hasNextPage"]:
        return list(first["nodes"]), True
    found: dict[str, Mapping[str, Any]] = {}
    complete = True
    for start in _literal_starts([*known.policy.branches.head, *known.long_lived]):
        nodes, whole = _read_on(ask, life_queries.BRANCHES_LIKE, None, lambda _: False, like=start)
        found |= {node["name"]: node for node in nodes}
        complete = complete and whole
    return list(found.values()), complete


def _literal_starts(globs: Iterable[str]) -> list[str]:
    """Return the literal prefix of each glob, without those that contain another prefix."""
    starts = {literal_start(glob) for glob in globs if not glob.startswith("!")}
    return sorted(start for start in starts if not any(other != start and other in start for other in starts))


def _reaches(since: datetime, key: str, nodes: Nodes) -> bool:
    return sum(time(node[key]) < since for node in nodes) >= OLDER


def _read_on(
    ask: Callable[..., Any],
    query: str,
    first: Mapping[str, Any] | None,
    enough: Callable[[Nodes], bool],
    **variables: Any,
) -> tuple[Nodes, bool]:
    """Return the items read, page by page until there are enough, and whether enough or the end was reached."""
    nodes: Nodes = []
    found = pages(lambda after: ask(query, **variables, after=after)["found"], first)
    for page in islice(found, MOST_PAGES + (first is not None)):
        nodes += page["nodes"]
        if enough(nodes):
            return nodes, True
    return nodes, not page["pageInfo"]["hasNextPage"]
