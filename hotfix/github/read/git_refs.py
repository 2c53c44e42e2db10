"""Read branches, tags and commits through the REST API."""

from __future__ import annotations

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound


def object_at(client: Client, repo: str, ref: str) -> str | None:
    """Return the SHA that a ref such as `heads/main` points to; None if there is no such ref.

    An annotated tag points to a tag object; `production_reading.commit_of_tag` returns its commit.
    """
    try:
        found = client.get("/repos/{repo}/git/ref/{path}", repo=repo, path=ref.removeprefix("refs/"))
    except NotFound:
        return None
    return str(found["object"]["sha"])


def beginning_with(client: Client, repo: str, start: str) -> dict[str, str]:
    """Return the refs with a prefix such as `refs/heads/release/`, and their SHAs."""
    found = client.get("/repos/{repo}/git/matching-refs/{path}", repo=repo, path=start.removeprefix("refs/"))
    return {each["ref"]: each["object"]["sha"] for each in found}


def branch_names(client: Client, repo: str, *, protected: bool = False) -> tuple[str, ...]:
    """Return the names of all branches, or of the protected ones."""
    params = {"protected": "true"} if protected else {}
    return tuple(branch["name"] for branch in client.pages("/repos/{repo}/branches", params=params, repo=repo))


def contains(client: Client, repo: str, base: str, sha: str) -> bool:
    """Return whether a branch or commit contains the commit. Raises NotFound if either is missing."""
    compared = client.get(
        "/repos/{repo}/compare/{basehead}", params={"per_page": 1}, repo=repo, basehead=f"{base}...{sha}"
    )
    return compared["status"] in ("identical", "behind")


def message_of(client: Client, repo: str, sha: str) -> str:
    return str(client.get("/repos/{repo}/git/commits/{sha}", repo=repo, sha=sha)["message"])
