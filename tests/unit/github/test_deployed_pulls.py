"""Which pull requests a deployment brought to production, from GitHub's answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hotfix.github.read.life.deployment_parts import deployed_pulls

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BEFORE, AFTER = "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"


def answer(*commits: tuple[str, tuple[tuple[int, str | None, str], ...]]) -> dict[str, Any]:
    nodes = [
        {
            "oid": oid,
            "associatedPullRequests": {
                "nodes": [{"number": number, "mergedAt": merged, "headRefName": name} for number, merged, name in pulls]
            },
        }
        for oid, pulls in commits
    ]
    return {"deployed": {"history": {"nodes": nodes}}}


def test_a_back_merge_is_not_in_the_deployment() -> None:
    """The hotfix is merged after its deployment; other pull requests carry it to further branches."""
    pulls = ((8, AFTER, "back-merge/main"), (9, AFTER, "hotfix/login"), (7, AFTER, "hotfix/login"))
    assert deployed_pulls(answer(("f", pulls), ("p", ((5, BEFORE, "x"),))), "p", AT) == (7,)
    assert deployed_pulls(answer(("f", ((7, None, "hotfix/login"),))), "p", AT) == (7,)


def test_a_release_lists_what_was_merged_before_it() -> None:
    commits = (("b", ((6, BEFORE, "feature/b"), (12, AFTER, "sync"))), ("a", ((4, BEFORE, "feature/a"),)), ("c", ()))
    assert deployed_pulls(answer(*commits), "p", AT) == (6, 4)
