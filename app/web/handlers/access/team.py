"""Handle `team` and `membership`: who is a tech lead or may override changed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import EvaluateOwner
from app.web.payload import Payload


def handle_membership(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in ("added", "removed"):
        return HandlerResult()
    return people_changed(payload.login("organization", "login"))


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in ("created", "edited", "deleted", "added_to_repository", "removed_from_repository"):
        return HandlerResult()
    return people_changed(payload.login("organization", "login"))


def people_changed(owner: str) -> HandlerResult:
    """Read the people again, and evaluate the open hotfixes that depend on them.

    Every team of the owner is read again: a member of one belongs to its parent teams as well, and the events do not
    name those.
    """
    return HandlerResult(invalidations=(CacheInvalidation(Cache.TEAM, owner),), jobs=(EvaluateOwner(owner=owner),))
