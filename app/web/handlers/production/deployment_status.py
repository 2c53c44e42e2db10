"""Handle `deployment` and `deployment_status`: production may have changed, staging may have succeeded."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import EvaluateRepo
from app.web.payload import Payload

MOVES_PRODUCTION = frozenset({"success", "inactive"})
"""Statuses that may change production. After `inactive`, an earlier deployment may be in production again."""


def handle(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    repo = payload.repo
    if payload.text("deployment_status", "state") not in MOVES_PRODUCTION:
        return HandlerResult(repo=repo, wakes_protections=True, wakes_lives=True)
    environment = payload.text("deployment", "environment")
    return HandlerResult(
        repo=repo,
        jobs=(EvaluateRepo(repo=repo, installation=payload.installation, environment=environment),),
        invalidations=(CacheInvalidation(Cache.PRODUCTION, repo),),
        wakes_protections=True,
        wakes_lives=True,
    )


def handle_deployment(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    return HandlerResult(repo=payload.repo, wakes_lives=True)
