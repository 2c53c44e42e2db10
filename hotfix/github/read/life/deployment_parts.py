"""Read the deployments of an incident, and the release that ran in production when it began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from hotfix.gates import measured_series
from hotfix.github.read.life.branch_parts import BACK_MERGE
from hotfix.github.read.pull.pull_answer import time
from hotfix.github.write.rollout.deployments import log_address, own_payload
from hotfix.life.record import GateSeries, IncidentDeployment, RecordedStatus, SuspectedRelease


def seen(
    nodes: Iterable[Mapping[str, Any]], environment: str, tags: Mapping[str, str]
) -> tuple[IncidentDeployment, ...]:
    """Return the deployments of an environment from GraphQL nodes."""
    return tuple(_deployment(node, environment, tags) for node in nodes)


def _deployment(node: Mapping[str, Any], environment: str, tags: Mapping[str, str]) -> IncidentDeployment:
    payload, sha, ref = own_payload(node["payload"]), node["commitOid"], node["ref"] or {}
    tag = ref.get("name") if ref.get("prefix") == "refs/tags/" else None
    on_commit = sorted(name for name, commit in tags.items() if commit == sha)
    states = [_status(-at, status) for at, status in enumerate(node["statuses"]["nodes"])]
    return IncidentDeployment(
        id=int(node["databaseId"]),
        environment=environment,
        sha=sha,
        name=tag or (on_commit[-1] if on_commit else sha[:12]),
        by=_login(node["creator"]),
        at=time(node["createdAt"]),
        kind=str(payload.get("kind") or ""),
        states=tuple(sorted(states, key=lambda state: (state.at, state.id))),
    )


def _status(place: int, status: Mapping[str, Any]) -> RecordedStatus:
    """Return a status. GraphQL has no numeric IDs for statuses, so `place` in the list orders them."""
    log = log_address(status["logUrl"])
    return RecordedStatus(
        id=place,
        state=status["state"].casefold(),
        at=time(status["createdAt"]),
        by=_login(status["creator"]),
        description=status["description"] or "",
        measured=log.measured,
        series=tuple(
            GateSeries(
                gate=one.gate,
                limit=one.limit,
                points=tuple((datetime.fromtimestamp(at, UTC), value) for at, value in one.points),
            )
            for one in measured_series.decode(log.series)
        ),
    )


def suspect(
    production: tuple[IncidentDeployment, ...], began: datetime
) -> tuple[SuspectedRelease | None, IncidentDeployment | None]:
    """Return the release that ran in production when the incident began, and the deployment that ran before it."""
    ran = sorted((d for d in production if d.succeeded_at and d.succeeded_at <= began), key=lambda d: d.id)
    if not ran:
        return None, None
    last = ran[-1]
    previous = next((d for d in reversed(ran[:-1]) if d.sha != last.sha), None)
    return (
        SuspectedRelease(
            name=last.name, at=last.succeeded_at or last.at, by=last.by, previous=previous.name if previous else ""
        ),
        previous,
    )


def deployed_pulls(answer: Mapping[str, Any], previous: str, at: datetime) -> tuple[int, ...]:
    """Return the pull requests that brought the commits since the one that ran before into the deployment of `at`.

    A commit's pull request was merged before the deployment, unless it is a hotfix: then it is the first one. Those
    that carried the commit to other branches later, such as back-merges, are not part of the deployment.
    """
    commit = answer["deployed"]
    found: list[int] = []
    for node in commit["history"]["nodes"] if commit else ():
        if node["oid"] == previous:
            break
        pulls = [p for p in node["associatedPullRequests"]["nodes"] if not p["headRefName"].startswith(BACK_MERGE)]
        merged = [pull["number"] for pull in pulls if pull["mergedAt"] and time(pull["mergedAt"]) <= at]
        found += merged or sorted(pull["number"] for pull in pulls)[:1]
    return tuple(dict.fromkeys(found))


def _login(actor: Mapping[str, Any] | None) -> str:
    return str((actor or {}).get("login") or "")
