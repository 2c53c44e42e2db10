"""Test handle for a pull request."""

from __future__ import annotations

from typing import Any

from tests.github.client.base import JSON
from tests.github.client.repo import Repo


class Pull:
    def __init__(self, repo: Repo, number: int) -> None:
        self.repo = repo
        self.number = number

    def __repr__(self) -> str:
        return f"Pull({self.repo.full_name}#{self.number})"

    @property
    def path(self) -> str:
        return f"{self.repo.path}/pulls/{self.number}"

    @property
    def url(self) -> str:
        return f"{self.repo.web_url}/pull/{self.number}"

    @property
    def data(self) -> JSON:
        shown: JSON = self._get("")
        return shown

    def _get(self, rest: str) -> Any:
        return self.repo.wire.must("GET", self.path + rest, self.repo.token)

    @property
    def head_sha(self) -> str:
        return str(self.data["head"]["sha"])

    @property
    def _head(self) -> str:
        """Return the ref of the head, which exists for each pull request, also of a fork."""
        return f"refs/pull/{self.number}/head"

    @property
    def head_ref(self) -> str:
        return str(self.data["head"]["ref"])

    @property
    def state(self) -> str:
        return str(self.data["state"])

    @property
    def merged(self) -> bool:
        return bool(self.data["merged"])

    @property
    def title(self) -> str:
        return str(self.data["title"])

    @property
    def labels(self) -> list[str]:
        return [label["name"] for label in self.data["labels"]]

    def checks(self, name: str | None = None) -> list[JSON]:
        return self.repo.checks(self._head, name)

    def check(self, name: str = "hotfix") -> JSON | None:
        """Return the newest check run of that name on the head SHA."""
        return self.repo.check(self._head, name)

    def comments(self) -> list[JSON]:
        return self.repo.comments(self.number)

    def reviews(self) -> list[JSON]:
        return self.repo.wire.all(self.path + "/reviews", self.repo.token)

    def requested(self) -> tuple[list[str], list[str]]:
        """Return the logins and team slugs whose review is requested."""
        shown = self._get("/requested_reviewers")
        return [user["login"] for user in shown["users"]], [team["slug"] for team in shown["teams"]]

    def files(self) -> list[JSON]:
        return self.repo.wire.all(self.path + "/files", self.repo.token)

    def commits(self) -> list[JSON]:
        return self.repo.wire.all(self.path + "/commits", self.repo.token)
