"""Answer a custom deployment protection rule."""

from __future__ import annotations

from hotfix.github.client import Client


def answer(client: Client, repo: str, run_id: int, environment: str, *, approve: bool, comment: str) -> None:
    """Approve or reject a waiting deployment of a workflow run; `comment` is cut at GitHub's 1,024 characters."""
    raise NotImplementedError
