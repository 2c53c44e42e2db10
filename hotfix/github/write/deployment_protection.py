"""Answer a custom deployment protection rule."""

from __future__ import annotations

from hotfix.github.transport.client import Client

LONGEST = 1024


def answer(client: Client, repo: str, run_id: int, environment: str, *, approve: bool, comment: str) -> None:
    """Approve or reject a waiting deployment of a workflow run; `comment` is cut at GitHub's 1,024 characters."""
    body = {
        "environment_name": environment,
        "state": "approved" if approve else "rejected",
        "comment": comment if len(comment) <= LONGEST else comment[: LONGEST - 1] + "…",
    }
    client.post("/repos/{repo}/actions/runs/{run}/deployment_protection_rule", body, repo=repo, run=run_id)
