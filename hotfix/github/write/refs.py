"""Branches and tags as refs: made or refused by GitHub as a whole, which makes each of them a lock."""

from __future__ import annotations

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import Refused


def create(client: Client, repo: str, ref: str, sha: str) -> bool:
    """Make a ref (`heads/...`, `tags/...`) at an object; False when there is one of that name already."""
    try:
        client.post("/repos/{repo}/git/refs", {"ref": f"refs/{ref}", "sha": sha}, repo=repo)
    except Refused as error:
        if error.status == 422 and "already exists" in str(error).casefold():
            return False
        raise
    return True
