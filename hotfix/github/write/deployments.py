"""GitHub deployments: what runs where, who is deploying now, and the record of each deployment.

The deployment with the lowest id among those under way is the one that runs: GitHub numbers them in the order they were
made, so everyone who looks after making theirs sees the same winner.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from hotfix.github.transport.client import Client

MARKER = "hotfix"
"""The key of the payload by which a deployment is known as made by the Action."""


def same_environment(one: str, other: str) -> bool:
    """GitHub's names of environments are not case-sensitive."""
    return one.casefold() == other.casefold()


class Placed(Protocol):
    """A deployment in the order of its environment."""

    @property
    def id(self) -> int:
        """By which deployments are ordered."""

    @property
    def sha(self) -> str:
        """Its commit."""

    @property
    def environment(self) -> str:
        """Where it went."""


TERMINAL = frozenset({"success", "failure", "error", "inactive"})
LEFT = "Not rolled back"
"""So begins the status of a failed deployment of the Action's that was left where it is."""
LOOKED_THROUGH = 50
"""Deployments of an environment that are looked through, newest first."""
_LONGEST_DESCRIPTION = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One commit on its way to an environment, or there."""

    id: int
    sha: str
    ref: str
    environment: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What the Action wrote under its marker; empty for a deployment that others made."""

    @property
    def is_ours(self) -> bool:
        """Was it made by the Action?"""
        return bool(self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How a deployment stands."""

    state: str
    """`success`, `failure`, `error`, `inactive`, `in_progress`, `queued`, `pending`; `pending` where none was set."""
    description: str = ""
    environment_url: str = ""
    log_url: str = ""

    @property
    def under_way(self) -> bool:
        """Has it not ended yet?"""
        return self.state not in TERMINAL


def newest(client: Client, repo: str, environment: str, *, sha: str | None = None) -> Iterator[Deployment]:
    """The deployments to an environment, newest first, as far back as is looked."""
    params = {"environment": environment, **({"sha": sha} if sha else {})}
    for at, item in enumerate(client.pages("/repos/{repo}/deployments", params=params, repo=repo)):
        if at == LOOKED_THROUGH:
            return
        yield _deployment(item)


def read(client: Client, repo: str, deployment_id: int) -> Deployment:
    """One deployment. Raises NotFound."""
    return _deployment(client.get("/repos/{repo}/deployments/{id}", repo=repo, id=deployment_id))


def statuses(client: Client, repo: str, deployment_id: int) -> list[Status]:
    """Newest first."""
    path = "/repos/{repo}/deployments/{id}/statuses"
    return [_status(item) for item in client.pages(path, repo=repo, id=deployment_id)]


def latest_status(client: Client, repo: str, deployment_id: int) -> Status:
    """How it stands now; `pending` where nobody has said anything."""
    found = client.get("/repos/{repo}/deployments/{id}/statuses", params={"per_page": 1}, repo=repo, id=deployment_id)
    return _status(found[0]) if found else Status(state="pending")


def running(client: Client, repo: str, environment: str) -> Deployment | None:
    """What runs in an environment: its newest deployment whose latest status is a success."""
    for deployment in newest(client, repo, environment):
        if latest_status(client, repo, deployment.id).state == "success":
            return deployment
    return None


def under_way(client: Client, repo: str, environment: str) -> list[Deployment]:
    """The Action's deployments that have not ended, oldest first."""
    ours = [deployment for deployment in newest(client, repo, environment) if deployment.is_ours]
    found = [deployment for deployment, status in _with_status(client, repo, ours) if status.under_way]
    return sorted(found, key=lambda deployment: deployment.id)


def _with_status(client: Client, repo: str, found: Sequence[Deployment]) -> list[tuple[Deployment, Status]]:
    """Each with its latest status, read side by side: an environment may have seen many."""
    if not found:
        return []
    reads = client.gather(*(partial(latest_status, client, repo, each.id) for each in found))
    return [(each, read.result()) for each, read in zip(found, reads, strict=True)]


def succeeded(client: Client, repo: str, environment: str, sha: str) -> bool:
    """Was the newest deployment of this very commit to the environment a success, retired since or not?"""
    for deployment in newest(client, repo, environment, sha=sha):
        states = [status.state for status in statuses(client, repo, deployment.id)]
        final = [state for state in states if state in TERMINAL and state != "inactive"]
        if final:
            return final[0] == "success"
    return False


def succeeded_before(client: Client, repo: str, than: Placed) -> Deployment | None:
    """The newest deployment of another commit before this one, in its environment, that was a success and held."""
    for each in newest(client, repo, than.environment):
        if each.id < than.id and each.sha != than.sha:
            states = {status.state for status in statuses(client, repo, each.id)}
            if "success" in states and "failure" not in states:
                return each
    return None


def create(
    client: Client,
    repo: str,
    *,
    ref: str,
    environment: str,
    production: bool,
    description: str,
    payload: Mapping[str, Any],
    task: str = "deploy",
) -> Deployment:
    """Create a deployment of `ref`, a tag or SHA. GitHub merges nothing into it and requires no check.

    `task` tells the targets of one environment apart: regions, services.
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
    return _deployment(made)


def ensure_status(
    client: Client,
    repo: str,
    deployment_id: int,
    state: str,
    description: str,
    *,
    environment_url: str = "",
    log_url: str = "",
) -> None:
    """Set a deployment's status unless it is that already: safe to repeat when an answer was lost."""
    status = Status(
        state=state,
        description=description[:_LONGEST_DESCRIPTION],
        environment_url=environment_url,
        log_url=log_url,
    )
    if latest_status(client, repo, deployment_id) != status:
        set_status(client, repo, deployment_id, status)


def set_status(client: Client, repo: str, deployment_id: int, status: Status) -> None:
    """Add a status to a deployment. GitHub retires no other deployment because of it."""
    body = {
        "state": status.state,
        "description": status.description[:_LONGEST_DESCRIPTION],
        "auto_inactive": False,
        **({"environment_url": status.environment_url} if status.environment_url else {}),
        **({"log_url": status.log_url} if status.log_url else {}),
    }
    client.post("/repos/{repo}/deployments/{id}/statuses", body, repo=repo, id=deployment_id)


def retire_others(client: Client, repo: str, environment: str, keep: int, description: str) -> list[int]:
    """Mark every earlier deployment that counts as running in the environment inactive; GitHub leaves production's.

    A later one is another run's, which took the place of `keep` meanwhile."""
    retired = []
    others = [deployment for deployment in newest(client, repo, environment) if deployment.id < keep]
    for deployment, status in _with_status(client, repo, others):
        if status.state == "success":
            ensure_status(client, repo, deployment.id, "inactive", description)
            retired.append(deployment.id)
    return retired


def environments(client: Client, repo: str) -> list[str]:
    """The names of the repository's environments."""
    return [item["name"] for item in client.pages("/repos/{repo}/environments", key="environments", repo=repo)]


def _deployment(item: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=int(item["id"]),
        sha=item["sha"],
        ref=item.get("ref") or "",
        environment=item.get("environment") or "",
        payload=own_payload(item.get("payload")),
    )


def own_payload(payload: Any) -> Mapping[str, Any]:
    """Return what the Action wrote into a deployment's payload; empty if it wrote nothing.

    GraphQL gives the payload as text, and as text within text if it was created as text.
    """
    for _ in range(2):
        if isinstance(payload, str):
            try:
                payload = json.loads(payload)
            except ValueError:
                return {}
    own = payload.get(MARKER) if isinstance(payload, dict) else None
    return own if isinstance(own, dict) else {}


def _status(item: Mapping[str, Any]) -> Status:
    return Status(
        state=item["state"],
        description=item.get("description") or "",
        environment_url=item.get("environment_url") or "",
        log_url=item.get("log_url") or "",
    )
