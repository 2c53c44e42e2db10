"""Handle `pull_request_review`: a review was submitted, edited or dismissed, so the pull request is evaluated."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.web.handlers.pulls_and_issues import pull_request
from app.web.payload import Payload

RELEVANT = frozenset({"submitted", "edited", "dismissed"})


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    if action not in RELEVANT:
        return HandlerResult()
    return pull_request.evaluate(payload, payload.number("pull_request", "number"), by_us=me.is_sender(payload))
