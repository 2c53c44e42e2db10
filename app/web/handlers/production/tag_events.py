"""Handle `create` and `delete` of tags: production may have changed. Branches are handled by `push`."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.web.handlers.production.push import production_moved
from app.web.payload import Payload


def handle(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if payload.text("ref_type") != "tag":
        return HandlerResult()
    return production_moved(payload.repo, payload.installation)
