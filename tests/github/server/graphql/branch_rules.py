"""What a branch's protection says in GraphQL: the rules of rulesets, and the update rule of classic protection."""

from __future__ import annotations

from typing import Any

from tests.github.server.graphql.context import JSON
from tests.github.server.state import Protection


def of_rulesets(protection: Protection) -> list[JSON]:
    """Return the rules of the rulesets that apply to the branch; none for classic protection."""
    if not protection.ruleset:
        return []
    checks = [{"context": name, "integrationId": app} for name, app in protection.required_checks.items()]
    found: list[tuple[str, JSON | None]] = [
        ("REQUIRED_STATUS_CHECKS", {"__typename": "RequiredStatusChecksParameters", "requiredStatusChecks": checks})
    ]
    if protection.linear_history:
        found.append(("REQUIRED_LINEAR_HISTORY", None))
    if protection.signatures:
        found.append(("REQUIRED_SIGNATURES", None))
    if protection.merge_queue:
        found.append(("MERGE_QUEUE", None))
    allowed = {"__typename": "PullRequestParameters", "allowedMergeMethods": list(protection.merge_methods)}
    found.append(("PULL_REQUEST", allowed))
    return [{"id": f"RRU_{at}", "type": kind, "parameters": more} for at, (kind, more) in enumerate(found, 1)]


def update_rule(branch: str, protection: Protection | None) -> dict[str, Any] | None:
    """Return what every reader sees of a branch's classic protection."""
    if protection is None or protection.ruleset:
        return None
    return {
        "pattern": branch,
        "requiresLinearHistory": protection.linear_history,
        "requiresSignatures": protection.signatures,
    }


def merge_queue(branch: str, protection: Protection | None) -> JSON | None:
    """Return the merge queue of a branch, whichever kind of protection demands it."""
    if protection is None or not protection.merge_queue:
        return None
    return {"id": f"MQ_{branch}", "configuration": {"mergeMethod": protection.merge_methods[0].upper()}}
