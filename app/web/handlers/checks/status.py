"""Handle `status`: another service's commit status completed, so hotfixes with that head are evaluated again."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.storage.pulls import HeadChecked
from app.web.payload import Payload


def handle(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if payload.text("state") == "pending":
        return HandlerResult()
    return HandlerResult(repo=payload.repo, checked=HeadChecked(repo=payload.repo, sha=payload.sha("sha")))
