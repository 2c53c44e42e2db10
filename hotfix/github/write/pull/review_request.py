"""Keep one tech lead's review requested: request a missing one, and remove superfluous requests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial

from hotfix import reviews
from hotfix.facts import Facts
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import RequestRefused
from hotfix.policy import Policy
from hotfix.rules.review import RULE as REVIEW

ROUTE = "/repos/{repo}/pulls/{number}/requested_reviewers"


def writes(client: Client, facts: Facts, policy: Policy) -> list[Callable[[], None]]:
    """Return the writes that correct the review requests; empty if they are correct."""
    pull = facts.pull
    if pull is None:
        return []
    keep = [name for name in policy.people.security if "/" in name]
    since = reviews.review_since(facts)
    if since is not None and facts.now >= since + policy.options(REVIEW).time_limit:
        # If a review is late, one more tech lead is requested, and the first request stays.
        keep += facts.people.tech_leads
    request, unrequest = reviews.reviewers_to_request(facts, keep)
    found: list[Callable[[], None]] = []
    if request is not None:
        found.append(partial(_write, client, "POST", facts.repo, pull.number, {"reviewers": [request]}))
    if unrequest:
        body = {"reviewers": [name for name in unrequest if "/" not in name]}
        if teams := [name.partition("/")[2] for name in unrequest if "/" in name]:
            body["team_reviewers"] = teams
        found.append(partial(_write, client, "DELETE", facts.repo, pull.number, body))
    return found


def _write(client: Client, method: str, repo: str, number: int, body: Mapping[str, list[str]]) -> None:
    with contextlib.suppress(RequestRefused):  # not a collaborator, but the verdict still names them
        client.request(method, ROUTE, body=body, repo=repo, number=number)
