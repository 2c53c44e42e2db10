"""Read a repository's files, branches and tags, for setup."""

from __future__ import annotations

import base64
from functools import cache, partial

from hotfix.github.read import git_refs
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound


class RepositoryReader:
    """Reads the default branch. Raises the client's errors; NotFound if the repository is missing."""

    def __init__(self, client: Client, repo: str) -> None:
        self._client = client
        self._repo = repo
        self.default_branch = str(client.get("/repos/{repo}", repo=repo)["default_branch"])
        self.text = cache(partial(file_text, client, repo))
        """Returns a file's text on the default branch; None if it doesn't exist. Results are cached."""

    def branches(self) -> tuple[str, ...]:
        return git_refs.branch_names(self._client, self._repo)

    def tags(self) -> tuple[str, ...]:
        return tuple(tag["name"] for tag in self._client.pages("/repos/{repo}/tags", repo=self._repo))


def file_text(client: Client, repo: str, path: str) -> str | None:
    """Return a file's text on the default branch; None if it doesn't exist, empty for a directory or a large file."""
    try:
        found = client.get("/repos/{repo}/contents/{path}", repo=repo, path=path)
    except NotFound:
        return None
    if not isinstance(found, dict) or found.get("encoding") != "base64":
        return ""
    return base64.b64decode(found["content"]).decode("utf-8", "replace")
