"""Handle `release`: production may have changed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.web.handlers.production.push import production_moved
from app.web.payload import Payload

MOVES = frozenset({"published", "unpublished", "deleted", "edited", "released", "prereleased"})


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    return production_moved(payload.repo, payload.installation) if action in MOVES else HandlerResult()
