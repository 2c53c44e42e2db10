"""A commit status of others ended: the hotfixes with that head are judged again."""

from __future__ import annotations

from app.queue.jobs import Checked, HandlerResult
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload


def handle(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if payload.text("state") == "pending":
        return HandlerResult()
    return HandlerResult(repo=payload.repo, checked=Checked(repo=payload.repo, sha=payload.sha("sha")))
