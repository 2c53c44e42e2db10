"""Comments on a pull request: read one, react to it, answer it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hotfix.github.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: int
    url: str
    author: str
    """Login; empty when the account was deleted."""
    body: str
    created_at: datetime
    edited: bool


def read(client: Client, repo: str, comment_id: int) -> Comment:
    """Raises Gone when it was deleted."""
    raise NotImplementedError


def react(client: Client, repo: str, comment_id: int, content: str) -> None:
    """`content` is one of GitHub's: `+1`, `-1`, `eyes`, `rocket`, `confused` ... The same reaction twice is one."""
    raise NotImplementedError


def reply(client: Client, repo: str, number: int, body: str, marker: str) -> bool:
    """Comment on the pull request once: False when a comment of ours with this hidden marker is there already."""
    raise NotImplementedError
