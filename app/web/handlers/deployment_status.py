"""A deployment succeeded: where its environment is the policy's production, production has moved."""

from __future__ import annotations

from app.queue import jobs
from app.queue.jobs import Cache, CacheInvalidation, HandlerResult
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload

ENDED = frozenset({"success", "inactive"})
"""`inactive` ends the deployment that ran until then: one before it may be production again."""


def handle(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if payload.text("deployment_status", "state") not in ENDED:
        return HandlerResult()
    repo = payload.repo
    environment = payload.text("deployment", "environment")
    return HandlerResult(
        repo=repo,
        jobs=(jobs.fan_out(repo, payload.installation, environment=environment),),
        forget=(CacheInvalidation(Cache.PRODUCTION, repo),),
    )
