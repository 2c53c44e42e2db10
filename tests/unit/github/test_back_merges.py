"""Which pull request back-merges an incident's fix to a branch."""

from __future__ import annotations

from typing import Any, cast

import pytest

from hotfix.github.read.caches import KnownPolicy
from hotfix.github.read.life import branch_parts
from hotfix.github.transport.client import Client
from hotfix.life.record import BackMergeStatus
from hotfix.policy import Policy

FIX = "a" * 40
KNOWN = KnownPolicy(blob="", policy=Policy(), error=None, source="", default_branch="main")


def a_pull(number: int, branch: str, head: str = "e" * 40, *, merged: bool = False) -> dict[str, Any]:
    at = "2026-03-01T03:50:00Z" if merged else None
    state = "MERGED" if merged else "OPEN"
    return {
        "number": number, "state": state, "headRefName": branch, "headRefOid": head, "baseRefName": "main",
        "mergedAt": at, "mergedBy": {"login": "mia"} if merged else None,
        "mergeCommit": {"oid": f"{number:040x}"} if merged else None,
    }  # fmt: skip


def carried(*pulls: dict[str, Any], status: str = "AHEAD", squashed: int = 0) -> BackMergeStatus:
    """Return the state of the branch; `squashed`: the pull request whose squashed commit it has."""
    commit = {"oid": f"{squashed:040x}", "message": "HOTFIX", "parents": {"nodes": [{"oid": "b" * 40}]}}
    history = [commit] if squashed else []
    branch = {"compare": {"status": status}, "target": {"history": {"nodes": history}}}
    tip = {"associatedPullRequests": {"nodes": list(pulls)}}
    (found,) = branch_parts.carried(cast(Client, None), "acme/shop", {"main": branch}, tip, FIX, [], KNOWN)
    return found


OWN = a_pull(2, "hotfix/expired-sessions", FIX)


@pytest.mark.parametrize(
    ("pulls", "number"),
    [
        ((OWN,), 2),
        ((OWN, a_pull(10, "hotfix/open-once")), 2),
        ((a_pull(10, "hotfix/open-once"),), None),
        ((OWN, a_pull(7, "back-merge/v1.2.4-hotfix.1-into-main"), a_pull(10, "hotfix/open-once")), 7),
        ((a_pull(8, "bring-it-to-main"),), 8),
    ],
)
def test_another_hotfix_is_not_the_back_merge(pulls: tuple[dict[str, Any], ...], number: int | None) -> None:
    """The next hotfix was cut from this one, so its pull request contains the fix too."""
    found = carried(*pulls)
    assert (found.contains, found.pull) == (False, number)


def test_what_another_hotfix_brought_to_the_branch_is_there() -> None:
    """The branch contains the commits, regardless of which pull request merged them."""
    found = carried(a_pull(10, "hotfix/open-once", merged=True), status="BEHIND")
    assert (found.contains, found.pull) == (True, None)
    merged = carried(a_pull(2, "hotfix/expired-sessions", FIX, merged=True), squashed=2)
    assert (merged.contains, merged.pull, merged.by) == (True, 2, "mia")
