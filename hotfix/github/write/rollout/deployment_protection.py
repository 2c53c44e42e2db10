"""Answer a custom deployment protection rule."""

from __future__ import annotations

from hotfix.github.transport.client import Client

LONGEST = 1024


def answer(client: Client, repo: str, run_id: int, environment: str, *, approve: bool | None, comment: str) -> None:
    """Approve or reject a workflow run's pending deployment; with None, only report what it is waiting for.

    `comment` is truncated to GitHub's limit of 1,024 characters.
    """
    body = {
        "environment_name": environment,
        "comment": comment if len(comment) <= LONGEST else comment[: LONGEST - 1] + "…",
    }
    if approve is not None:
        body["state"] = "approved" if approve else "rejected"
    client.post("/repos/{repo}/actions/runs/{run}/deployment_protection_rule", body, repo=repo, run=run_id)
