"""Read pull requests through the REST API, as JSON objects, for callers that need only a few fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotfix.github.transport.client import Client


def read(client: Client, repo: str, number: int) -> Mapping[str, Any]:
    """Return a pull request. Raises NotFound."""
    found: Mapping[str, Any] = client.get("/repos/{repo}/pulls/{number}", repo=repo, number=number)
    return found


def of_commit(client: Client, repo: str, sha: str) -> list[Mapping[str, Any]]:
    """Return the pull requests that a commit belongs to, including those from forks. Raises NotFound."""
    return list(client.pages("/repos/{repo}/commits/{sha}/pulls", repo=repo, sha=sha))


def reviews_of(client: Client, repo: str, number: int) -> list[Mapping[str, Any]]:
    """Return a pull request's reviews, oldest first."""
    return list(client.pages("/repos/{repo}/pulls/{number}/reviews", repo=repo, number=number))
