"""A deployment succeeded: where its environment is the policy's production, production has moved."""

from __future__ import annotations

from app import jobs
from app.handlers.me import Me
from app.jobs import Cache, Forget, Wanted
from app.payload import Payload

ENDED = frozenset({"success", "inactive"})
"""`inactive` ends the deployment that ran until then: one before it may be production again."""


def handle(_action: str, payload: Payload, _me: Me) -> Wanted:
    if payload.text("deployment_status", "state") not in ENDED:
        return Wanted()
    repo = payload.repo
    environment = payload.text("deployment", "environment")
    return Wanted(
        repo=repo,
        jobs=(jobs.fan_out(repo, payload.installation, environment=environment),),
        forget=(Forget(Cache.PRODUCTION, repo),),
    )
