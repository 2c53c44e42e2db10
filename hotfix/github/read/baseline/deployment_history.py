"""Read the deployments of environments, with their statuses, in one query.

GitHub numbers deployments in the order in which they are created, so all runs that read the history after creating
their own deployment agree on which came first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hotfix.github.read.baseline import record_queries
from hotfix.github.read.baseline.production_reading import tags_in
from hotfix.github.read.repository_queries import PerValue
from hotfix.github.transport.client import Client
from hotfix.github.write.rollout.deployments import TERMINAL, DeploymentStatus, own_payload, status_of

MOST = 50
"""Maximum number of deployments read per environment, newest first."""
_HISTORIES = PerValue(
    name="Histories",
    kind="[String!]!",
    field=f"""
deployments(environments: $value, first: {MOST}, orderBy: {{field: CREATED_AT, direction: DESC}}) {{
  nodes {{
    databaseId commitOid task payload createdAt
    ref {{ name prefix }}
    creator {{ login }}
    latestStatus {{ state description environmentUrl logUrl }}
    statuses(first: 30) {{ nodes {{ state }} }}
  }}
}}
""",
    also="""
refs(refPrefix: "refs/tags/", first: 100, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
  nodes { name target { ...Peeled } }
}
""",
    fragments=record_queries.FRAGMENTS,
)
_NO_STATUS = DeploymentStatus(state="pending")
_RUN = re.compile(r"/actions/runs/([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDeployment:
    """A deployment of one commit to an environment."""

    id: int
    sha: str
    tag: str = ""
    """The tag it was created from; empty if it was created from a branch or a commit, or if the tag was deleted."""
    task: str = "deploy"
    environment: str
    creator: str = ""
    """A login; a bot's is without `[bot]`."""
    created_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    """The payload written by the Action; empty for a deployment created by anything else."""
    status: DeploymentStatus = _NO_STATUS
    states: frozenset[str] = frozenset()

    @property
    def is_ours(self) -> bool:
        """Whether the Action created it."""
        return bool(self.payload)

    @property
    def run_id(self) -> int | None:
        """The ID of its workflow run; None if unknown."""
        if self.is_ours:
            number = self.payload.get("run")
            return number if isinstance(number, int) else None
        found = _RUN.search(self.status.log_url)
        return int(found[1]) if found else None

    @property
    def succeeded(self) -> bool:
        """Whether it succeeded and was not rolled back. It may have been replaced since."""
        if self.status.state == "inactive":
            return "success" in self.states and not self.states & {"failure", "error"}
        return self.status.state == "success"

    @property
    def settled(self) -> bool:
        """Whether it is certain what runs after it. A failed deployment that can't be rolled back may still run."""
        if self.status.state == "failure":
            return bool(self.payload.get("reversible", True))
        return self.status.state in ("success", "inactive")


@dataclass(frozen=True, slots=True)
class EnvironmentHistory:
    """The deployments of an environment at one moment, newest first."""

    environment: str
    records: tuple[RecordedDeployment, ...]

    def of_task(self, task: str) -> EnvironmentHistory:
        """Return the history of one target: the Action's deployments of that task, and all deployments by others."""
        kept = tuple(each for each in self.records if each.task == task or not each.is_ours)
        return replace(self, records=kept)

    def without(self, deployment_id: int) -> EnvironmentHistory:
        return replace(self, records=tuple(each for each in self.records if each.id != deployment_id))

    def find(self, deployment_id: int) -> RecordedDeployment | None:
        """Return the deployment with that ID; None if it is not among those read."""
        return next((each for each in self.records if each.id == deployment_id), None)

    @property
    def running(self) -> RecordedDeployment | None:
        """The deployment that runs there according to GitHub: the newest whose latest status is a success."""
        return next((each for each in self.records if each.status.state == "success"), None)

    @property
    def under_way(self) -> list[RecordedDeployment]:
        """The Action's deployments that have not ended, oldest first."""
        return [each for each in reversed(self.records) if each.is_ours and each.status.under_way]

    @property
    def last_change(self) -> RecordedDeployment | None:
        """The deployment that last changed what runs there.

        A failed deployment of the Action changed it too: it was rolled back, left in place, or interrupted. An inactive
        deployment is never the last change.
        """
        for each in self.records:
            if each.status.state == "success" or (each.is_ours and each.status.state != "inactive"):
                return each
        return None

    def succeeded(self, sha: str) -> bool:
        """Return whether the newest finished deployment of this commit succeeded. It may have been replaced since."""
        for each in self.records:
            if each.sha == sha and each.status.state in TERMINAL:
                if each.succeeded:
                    return True
                if each.states & {"failure", "error"}:
                    return False
        return False

    def previous_success(self, later: RecordedDeployment) -> RecordedDeployment | None:
        """Return the newest deployment of another commit before this one that succeeded and was not rolled back."""
        return next(
            (each for each in self.records if each.id < later.id and each.sha != later.sha and each.succeeded), None
        )


def read(client: Client, repo: str, environments: Sequence[str]) -> dict[str, EnvironmentHistory]:
    """Return the history of each environment, in one request. Needs the permission `deployments: read`."""
    return read_with_tags(client, repo, environments)[0]


def read_with_tags(
    client: Client, repo: str, environments: Sequence[str]
) -> tuple[dict[str, EnvironmentHistory], dict[str, str]]:
    """Return the history of each environment, and the newest 100 tags with their commits, in one request."""
    spellings = [record_queries.spellings(name) for name in environments]
    found, repository = _HISTORIES.ask(client, repo, spellings)
    histories = {}
    for name, connection in zip(environments, found, strict=True):
        records = sorted((_record(name, node) for node in connection["nodes"]), key=lambda each: -each.id)
        histories[name] = EnvironmentHistory(name, tuple(records))
    return histories, tags_in(repository["refs"] or {"nodes": []})


def _record(environment: str, node: Mapping[str, Any]) -> RecordedDeployment:
    ref, latest = node["ref"] or {}, node["latestStatus"]
    status = _NO_STATUS
    if latest:
        status = status_of(latest["state"], latest["description"], latest["environmentUrl"], latest["logUrl"])
    return RecordedDeployment(
        id=int(node["databaseId"]),
        sha=node["commitOid"],
        tag=ref.get("name", "") if ref.get("prefix") == "refs/tags/" else "",
        task=node["task"] or "deploy",
        environment=environment,
        creator=(node["creator"] or {}).get("login", ""),
        created_at=datetime.fromisoformat(node["createdAt"]),
        payload=own_payload(node["payload"]),
        status=status,
        states=frozenset(each["state"].lower() for each in node["statuses"]["nodes"]),
    )
