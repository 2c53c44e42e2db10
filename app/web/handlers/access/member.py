"""Handle `member` and `organization`: collaborators or organization members changed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.web.handlers.access.team import people_changed
from app.web.payload import Payload


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in ("added", "removed", "edited"):
        return HandlerResult()
    return people_changed(payload.repo.partition("/")[0])


def handle_organization(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in ("member_added", "member_removed", "renamed"):
        return HandlerResult()
    return people_changed(payload.login("organization", "login"))
