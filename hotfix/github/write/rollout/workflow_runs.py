"""Start workflow runs, and determine whether one was started for a commit and whether it has completed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused
from hotfix.text import durations
from hotfix.text.globs import matches_whole

_ENVIRONMENTS = "/repos/{repo}/environments"


def was_dispatched(client: Client, repo: str, workflow: str, sha: str) -> bool:
    """Return whether the workflow, a file in `.github/workflows`, was dispatched on this commit."""
    return bool(_dispatched(client, repo, workflow, {"head_sha": sha}))


def started_since(client: Client, repo: str, workflow: str, at: datetime) -> bool:
    """Return whether the workflow was dispatched, manually or by us, at `at` or later."""
    since = durations.timestamp(at)
    found = _dispatched(client, repo, workflow, {"created": f">={since}"})
    return any(datetime.fromisoformat(run["created_at"]) >= at for run in found)


def _dispatched(client: Client, repo: str, workflow: str, asked: Mapping[str, str]) -> list[Mapping[str, Any]]:
    params = {"event": "workflow_dispatch", **asked, "per_page": 100}
    found = client.get("/repos/{repo}/actions/runs", params=params, repo=repo)["workflow_runs"]
    return [run for run in found if PurePosixPath(run["path"].partition("@")[0]).name == workflow]


def dispatch_head(
    client: Client, repo: str, workflow: str, branch: str, default: str, sha: str, *, environments: Sequence[str]
) -> None:
    """Start the workflow on the hotfix branch, or on the default branch with the commit as its input `sha`.

    The latter is used if the hotfix branch is older than the workflow, or if one of the environments does not allow
    deployments from it. GitHub does not show the inputs of a run, so a dispatch whose response was lost is repeated,
    and the Action detects what the first run did. Raises the same errors as `dispatch`.
    """
    if branch != default and not all_admit(client, repo, environments, branch):
        dispatch(client, repo, workflow, default, {"sha": sha})
        return
    try:
        dispatch(client, repo, workflow, branch)
    except (RequestRefused, NotFound):
        dispatch(client, repo, workflow, default, {"sha": sha})


def all_admit(client: Client, repo: str, environments: Iterable[str], branch: str) -> bool:
    """Return whether all of the environments allow deployments from a branch.

    An environment that doesn't exist, or that the token can't read, is assumed to allow them.
    """
    names = {name.casefold() for name in environments}
    try:
        found = list(client.pages(_ENVIRONMENTS, key="environments", repo=repo))
        return all(_admits(client, repo, each, branch) for each in found if each["name"].casefold() in names)
    except (NotFound, NotPermitted):
        return True


def _admits(client: Client, repo: str, environment: Mapping[str, Any], branch: str) -> bool:
    policy = environment.get("deployment_branch_policy")
    if not policy:
        return True
    if policy["protected_branches"]:
        return bool(client.get("/repos/{repo}/branches/{branch}", repo=repo, branch=branch)["protected"])
    route = f"{_ENVIRONMENTS}/{{name}}/deployment-branch-policies"
    allowed = client.pages(route, key="branch_policies", repo=repo, name=environment["name"])
    return any(each.get("type") != "tag" and matches_whole(each["name"], branch) for each in allowed)


def dispatch(client: Client, repo: str, workflow: str, branch: str, inputs: Mapping[str, str] | None = None) -> None:
    """Start the workflow on a branch.

    Raises NotFound or RequestRefused if the branch lacks the workflow or one of the inputs, and NotPermitted.
    """
    route = "/repos/{repo}/actions/workflows/{workflow}/dispatches"
    client.post(route, {"ref": branch, "inputs": dict(inputs or {})}, repo=repo, workflow=workflow)


def run_ended(client: Client, repo: str, run_id: int, attempt: int | None = None) -> bool:
    """Return whether a workflow run, or the given attempt of it, has ended. A deleted run has ended."""
    try:
        run = client.get("/repos/{repo}/actions/runs/{id}", repo=repo, id=run_id)
    except NotFound:
        return True
    return run["status"] == "completed" or bool(attempt and int(run.get("run_attempt") or 1) > attempt)


def is_completed(client: Client, repo: str, run_id: int) -> bool:
    """Return whether a workflow run has completed. Raises NotFound if GitHub does not show it."""
    run = client.get("/repos/{repo}/actions/runs/{id}", repo=repo, id=run_id)
    return bool(run["status"] == "completed")
