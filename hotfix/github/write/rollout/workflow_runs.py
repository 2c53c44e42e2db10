"""Start workflow runs, and find out whether one was started for a commit and whether it has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from hotfix.github.read import environment_branches
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, RequestRefused


def was_dispatched(client: Client, repo: str, workflow: str, sha: str) -> bool:
    """Return whether the workflow, a file of `.github/workflows`, was dispatched on this very commit."""
    params = {"event": "workflow_dispatch", "head_sha": sha, "per_page": 100}
    found = client.get("/repos/{repo}/actions/runs", params=params, repo=repo)["workflow_runs"]
    return any(PurePosixPath(run["path"].partition("@")[0]).name == workflow for run in found)


def started_since(client: Client, repo: str, workflow: str, at: datetime) -> bool:
    """Return whether the workflow was started by hand or by us at that moment or later."""
    since = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = {"event": "workflow_dispatch", "created": f">={since}", "per_page": 100}
    found = client.get("/repos/{repo}/actions/runs", params=params, repo=repo)["workflow_runs"]
    return any(
        PurePosixPath(run["path"].partition("@")[0]).name == workflow
        and datetime.fromisoformat(run["created_at"]) >= at
        for run in found
    )


def dispatch_head(
    client: Client, repo: str, workflow: str, branch: str, default: str, sha: str, *, environments: Sequence[str]
) -> None:
    """Start the workflow on the hotfix branch, or on the default branch with the commit as its input `sha`.

    The latter if the hotfix branch is older than the workflow, or one of the environments does not admit its runs.
    GitHub does not show which run was given which input: a start whose answer was lost is repeated, and the Action
    finds what the first one did. Raises as `dispatch` does.
    """
    if branch != default and not environment_branches.all_admit(client, repo, environments, branch):
        dispatch(client, repo, workflow, default, sha=sha)
        return
    try:
        dispatch(client, repo, workflow, branch)
    except (RequestRefused, NotFound):
        dispatch(client, repo, workflow, default, sha=sha)


def dispatch_with(client: Client, repo: str, workflow: str, branch: str, inputs: Mapping[str, str]) -> None:
    """Start the workflow on a branch with inputs. Raises as `dispatch` does."""
    route = "/repos/{repo}/actions/workflows/{workflow}/dispatches"
    client.post(route, {"ref": branch, "inputs": dict(inputs)}, repo=repo, workflow=workflow)


def dispatch(client: Client, repo: str, workflow: str, branch: str, *, sha: str | None = None) -> None:
    """Start the workflow on a branch, with the input `sha` if one is given.

    Raises NotFound or RequestRefused if the branch lacks the workflow or that input, NotPermitted if we may not.
    """
    route = "/repos/{repo}/actions/workflows/{workflow}/dispatches"
    inputs = {"inputs": {"sha": sha}} if sha else {}
    client.post(route, {"ref": branch, **inputs}, repo=repo, workflow=workflow)


def run_ended(client: Client, repo: str, run_id: int, attempt: int | None = None) -> bool:
    """Return whether a workflow run has ended, or that attempt of it. A run that was deleted has."""
    try:
        run = client.get("/repos/{repo}/actions/runs/{id}", repo=repo, id=run_id)
    except NotFound:
        return True
    return run["status"] == "completed" or bool(attempt and int(run.get("run_attempt") or 1) > attempt)
