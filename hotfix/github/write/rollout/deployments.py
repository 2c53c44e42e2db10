"""Create, read and end one commit's GitHub deployments, answer protection rules, and list the environments.

An environment's full history is read by `hotfix.github.read.baseline.deployment_history`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from hotfix.github.transport.client import Client

MARKER = "hotfix"
"""The payload key that identifies the Action's own deployments."""


def same_environment(one: str, other: str) -> bool:
    """Return whether two names mean the same environment; GitHub ignores case."""
    return one.casefold() == other.casefold()


TERMINAL = frozenset({"success", "failure", "error", "inactive"})
LOOKED_THROUGH = 50
"""Maximum number of deployments of one commit that are read, newest first."""
MOST_SEARCHED = 300
"""Maximum number of deployments of all environments that are read, newest first."""
_LONGEST_DESCRIPTION = 140
_LONGEST_COMMENT = 1024
_MEASURED = "hotfix-measured="
"""Prefix of the measured quantities in the fragment of a status's log URL.

A payload can't be changed once its deployment exists, and a status has no other field for data."""
_SERIES = "&hotfix-series="
"""Prefix of the measured series, which follow the quantities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStatus:
    """A status of a deployment."""

    state: str
    """`success`, `failure`, `error`, `inactive`, `in_progress`, `queued` or `pending`; `pending` if none was set."""
    description: str = ""
    environment_url: str = ""
    log_url: str = ""
    measured: frozenset[str] = frozenset()
    """The quantities that were within limits when measured before it: values of `hotfix.gates.gate.Quantity`."""
    series: str = ""
    """The measured series, encoded by `hotfix.gates.measured_series`."""

    @property
    def under_way(self) -> bool:
        """Whether the deployment is still in progress."""
        return self.state not in TERMINAL


def _of_commit(client: Client, repo: str, environment: str, sha: str) -> Iterator[Mapping[str, Any]]:
    """Return the newest deployments of a commit to an environment, newest first."""
    params = {"environment": environment, "sha": sha}
    return islice(client.pages("/repos/{repo}/deployments", params=params, repo=repo), LOOKED_THROUGH)


def was_begun(client: Client, repo: str, environment: str, sha: str) -> bool:
    """Return whether the Action has created a deployment of this commit to the environment, however it ended."""
    return any(own_payload(item.get("payload")) for item in _of_commit(client, repo, environment, sha))


def latest_status(client: Client, repo: str, deployment_id: int) -> DeploymentStatus:
    """Return the newest status; `pending` if there is none."""
    found = client.get("/repos/{repo}/deployments/{id}/statuses", params={"per_page": 1}, repo=repo, id=deployment_id)
    if not found:
        return DeploymentStatus(state="pending")
    item = found[0]
    return status_of(item["state"], item.get("description"), item.get("environment_url"), item.get("log_url"))


def succeeded(client: Client, repo: str, environment: str, sha: str) -> bool:
    """Return whether the newest deployment of this commit to the environment succeeded, even if now inactive."""
    for deployment in _of_commit(client, repo, environment, sha):
        statuses = client.pages("/repos/{repo}/deployments/{id}/statuses", repo=repo, id=deployment["id"])
        states = (str(status["state"]) for status in statuses)
        if final := next((state for state in states if state in TERMINAL - {"inactive"}), ""):
            return final == "success"
    return False


def last_production(client: Client, repo: str) -> str:
    """Return the environment that the Action last deployed to as production; empty if none of the newest ones is."""
    newest = islice(client.pages("/repos/{repo}/deployments", repo=repo), MOST_SEARCHED)
    ours = (each for each in newest if each.get("production_environment") and own_payload(each.get("payload")))
    return next((str(each["environment"]) for each in ours), "")


def create(
    client: Client,
    repo: str,
    *,
    ref: str,
    environment: str,
    production: bool,
    description: str,
    payload: Mapping[str, Any],
    task: str,
) -> int:
    """Create a deployment of `ref`, a tag or SHA, without auto-merge and without required checks; return its ID.

    `task` distinguishes the targets of one environment, such as regions or services.
    """
    made = client.post(
        "/repos/{repo}/deployments",
        {
            "ref": ref,
            "task": task,
            "auto_merge": False,
            "required_contexts": [],
            "environment": environment,
            "production_environment": production,
            "transient_environment": False,
            "description": description[:_LONGEST_DESCRIPTION],
            "payload": {MARKER: dict(payload)},
        },
        repo=repo,
    )
    return int(made["id"])


def ensure_status(client: Client, repo: str, deployment_id: int, status: DeploymentStatus) -> None:
    """Set a deployment's status unless it is already set; safe to repeat after a lost response."""
    status = replace(status, description=status.description[:_LONGEST_DESCRIPTION])
    if latest_status(client, repo, deployment_id) != status:
        set_status(client, repo, deployment_id, status)


def set_status(client: Client, repo: str, deployment_id: int, status: DeploymentStatus) -> None:
    """Add a status to a deployment; other deployments don't become inactive."""
    body = {
        "state": status.state,
        "description": status.description[:_LONGEST_DESCRIPTION],
        "auto_inactive": False,
        **({"environment_url": status.environment_url} if status.environment_url else {}),
        **({"log_url": _with_measured(status)} if status.log_url else {}),
    }
    client.post("/repos/{repo}/deployments/{id}/statuses", body, repo=repo, id=deployment_id)


def _with_measured(status: DeploymentStatus) -> str:
    if not (status.measured or status.series):
        return status.log_url
    series = f"{_SERIES}{status.series}" if status.series else ""
    return f"{status.log_url}#{_MEASURED}{','.join(sorted(status.measured))}{series}"


@dataclass(frozen=True, slots=True)
class LogAddress:
    """A status's log URL, and the data encoded in its fragment."""

    url: str
    measured: frozenset[str]
    series: str


def log_address(url: str | None) -> LogAddress:
    """Split a status's log URL into the URL itself and our data in its fragment."""
    address, _, said = (url or "").partition(f"#{_MEASURED}")
    measured, _, series = said.partition(_SERIES)
    return LogAddress(address, frozenset(filter(None, measured.split(","))), series)


def status_of(state: str, description: str | None, address: str | None, log_url: str | None) -> DeploymentStatus:
    """Return a deployment's status from the fields of an answer."""
    log = log_address(log_url)
    return DeploymentStatus(
        state=state.lower(),
        description=description or "",
        environment_url=address or "",
        log_url=log.url,
        measured=log.measured,
        series=log.series,
    )


def answer_rule(
    client: Client, repo: str, run_id: int, environment: str, *, approve: bool | None, comment: str
) -> None:
    """Approve or reject a deployment that a protection rule holds; with None, only report what it is waiting for.

    `comment` is truncated to GitHub's limit of 1,024 characters.
    """
    body = {
        "environment_name": environment,
        "comment": comment if len(comment) <= _LONGEST_COMMENT else comment[: _LONGEST_COMMENT - 1] + "…",
    }
    if approve is not None:
        body["state"] = "approved" if approve else "rejected"
    client.post("/repos/{repo}/actions/runs/{run}/deployment_protection_rule", body, repo=repo, run=run_id)


def environments(client: Client, repo: str) -> list[str]:
    """Return the names of the repository's environments."""
    return [item["name"] for item in client.pages("/repos/{repo}/environments", key="environments", repo=repo)]


def own_payload(payload: Any) -> Mapping[str, Any]:
    """Return the Action's part of a deployment's payload; empty if there is none.

    GraphQL returns the payload as a JSON string, doubly encoded if it was created from a string.
    """
    for _ in range(2):
        if isinstance(payload, str):
            try:
                payload = json.loads(payload)
            except ValueError:
                return {}
    own = payload.get(MARKER) if isinstance(payload, dict) else None
    return own if isinstance(own, dict) else {}
