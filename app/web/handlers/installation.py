"""The App came to an account or repository, or left it."""

from __future__ import annotations

from app.queue import jobs
from app.queue.jobs import Cache, CacheInvalidation, HandlerResult
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import REPO, Payload

COMES = frozenset({"created", "unsuspend", "new_permissions_accepted"})
LEAVES = frozenset({"deleted", "suspend"})
"""What is suspended may come back: overrides given before still count then, if their comments and heads still stand."""


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in COMES | LEAVES:
        return HandlerResult()
    installation = payload.number("installation", "id")
    token = CacheInvalidation(Cache.INSTALLATION, str(installation))
    if action in COMES:
        return HandlerResult(jobs=(jobs.sweep(installation),), forget=(token,))
    return HandlerResult(forget=(token, *(_gone(payload, "repositories") if action == "deleted" else ())))


def handle_repositories(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    installation = payload.number("installation", "id")
    if action == "added":
        return HandlerResult(jobs=(jobs.sweep(installation),))
    if action == "removed":
        return HandlerResult(forget=_gone(payload, "repositories_removed"))
    return HandlerResult()


def _gone(payload: Payload, which: str) -> tuple[CacheInvalidation, ...]:
    repos = payload.parts(which)
    return tuple(CacheInvalidation(Cache.REPO, repo.matching(REPO, "owner/name", "full_name")) for repo in repos)
