"""Handle `team` and `membership`: the tech leads, or the people who may override, may have changed."""

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
    """Return the result that invalidates the owner's teams and evaluates the open hotfixes that depend on them.

    All teams of the owner are invalidated: a member of a team also belongs to its parent teams, which the events do not
    name.
    """
    return HandlerResult(invalidations=(CacheInvalidation(Cache.TEAM, owner),), jobs=(EvaluateOwner(owner=owner),))
