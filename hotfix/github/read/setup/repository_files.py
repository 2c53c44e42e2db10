"""Read a repository's files, branches and tags, for setup."""

from __future__ import annotations

import base64
from functools import cached_property, lru_cache

from hotfix.github.read import git_refs
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound


class RepositoryReader:
    """Reads the default branch. Raises the client's errors; NotFound if the repository is missing."""

    def __init__(self, client: Client, repo: str) -> None:
        self._client = client
        self._repo = repo
        self.default_branch = str(client.get("/repos/{repo}", repo=repo)["default_branch"])
        self.text = lru_cache(None)(self._text)
        """Returns a file's text on the default branch; None if it doesn't exist. Results are cached."""

    def branches(self) -> tuple[str, ...]:
        return git_refs.branch_names(self._client, self._repo)

    def tags(self) -> tuple[str, ...]:
        return self._tags

    @cached_property
    def _tags(self) -> tuple[str, ...]:
        return tuple(tag["name"] for tag in self._client.pages("/repos/{repo}/tags", repo=self._repo))

    def _text(self, path: str) -> str | None:
        try:
            found = self._client.get("/repos/{repo}/contents/{path}", repo=self._repo, path=path)
        except NotFound:
            return None
        if not isinstance(found, dict) or found.get("encoding") != "base64":
            return ""  # a directory or too large, but it exists
        return base64.b64decode(found["content"]).decode("utf-8", "replace")
