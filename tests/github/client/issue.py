"""Test handle for an issue."""

from __future__ import annotations

from tests.github.client.base import JSON
from tests.github.client.repo import Repo


class Issue:
    def __init__(self, repo: Repo, number: int) -> None:
        self.repo = repo
        self.number = number

    def __repr__(self) -> str:
        return f"Issue({self.repo.full_name}#{self.number})"

    @property
    def path(self) -> str:
        return f"{self.repo.path}/issues/{self.number}"

    @property
    def data(self) -> JSON:
        shown: JSON = self.repo.get(f"/issues/{self.number}")
        return shown

    @property
    def state(self) -> str:
        return str(self.data["state"])

    @property
    def labels(self) -> list[str]:
        return [label["name"] for label in self.data["labels"]]

    @property
    def assignees(self) -> list[str]:
        return [user["login"] for user in self.data["assignees"]]

    def comments(self) -> list[JSON]:
        return self.repo.comments(self.number)

    def sub_issues(self) -> list[JSON]:
        return self.repo.wire.all(f"{self.path}/sub_issues", self.repo.token)

    def reactions(self, comment: JSON) -> list[str]:
        """Return the reactions to a comment as `login reaction`, such as `alice +1`."""
        found = self.repo.wire.all(f"{self.repo.path}/issues/comments/{comment['id']}/reactions", self.repo.token)
        return [f"{one['user']['login']} {one['content']}" for one in found]
