"""Read, react to and answer comments on a pull request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotfix.github.transport.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment, with what is checked before acting on it."""

    url: str
    author: str
    """The author's login; empty if the account was deleted."""
    edited: bool
    id: int = 0
    body: str = ""


def unanswered(client: Client, repo: str, number: int, word: str) -> list[Comment]:
    """Return users' unedited comments that contain a word and have no reaction from us."""
    listed = client.pages("/repos/{repo}/issues/{number}/comments", repo=repo, number=number)
    found = [_comment(data) for data in listed if (data["user"] or {}).get("type") != "Bot"]
    return [c for c in found if not c.edited and word in c.body.casefold() and not _is_answered(client, repo, c.id)]


def _is_answered(client: Client, repo: str, comment_id: int) -> bool:
    route = "/repos/{repo}/issues/comments/{id}/reactions"
    return any(
        (reaction["user"] or {}).get("type") == "Bot" and reaction["content"] in ("+1", "confused")
        for reaction in client.pages(route, repo=repo, id=comment_id)
    )


def read(client: Client, repo: str, comment_id: int) -> Comment:
    """Read a comment. Raises NotFound if it was deleted."""
    return _comment(client.get("/repos/{repo}/issues/comments/{id}", repo=repo, id=comment_id))


def _comment(data: Mapping[str, Any]) -> Comment:
    return Comment(
        url=data["html_url"],
        author=(data["user"] or {}).get("login", ""),
        edited=data["updated_at"] != data["created_at"],
        id=data["id"],
        body=data["body"] or "",
    )


def react(client: Client, repo: str, comment_id: int, content: str) -> None:
    """Add a reaction; adding it again has no effect.

    `content`: one of GitHub's, such as `+1`, `-1`, `eyes`, `rocket`, `confused`.
    """
    client.post("/repos/{repo}/issues/comments/{id}/reactions", {"content": content}, repo=repo, id=comment_id)


def reply(client: Client, repo: str, number: int, body: str, marker: str) -> bool:
    """Comment on the pull request once; return False if a comment with this hidden marker already exists.

    `marker`: invisible on the page; include the ID of the comment that is answered, so that each is answered once.
    """
    hidden = f"<!-- {marker} -->"
    for comment in client.pages("/repos/{repo}/issues/{number}/comments", repo=repo, number=number):
        if hidden in (comment["body"] or "") and is_ours(client, comment):
            return False
    client.post("/repos/{repo}/issues/{number}/comments", {"body": f"{body}\n\n{hidden}"}, repo=repo, number=number)
    return True


def is_ours(client: Client, item: Mapping[str, Any]) -> bool:
    """Return whether a comment or issue is this App's; a marker in anyone else's is a quotation."""
    return client.app_id is None or (item.get("performed_via_github_app") or {}).get("id") == client.app_id
