"""Handle `check_run`: a re-run of the App's own check was requested, or another App's check run completed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.storage.pulls import HeadChecked
from app.web.handlers.checks import check_suite
from app.web.payload import Payload

REQUESTED = frozenset({"rerequested", "requested_action"})


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    run = payload.part("check_run")
    ours = run.number_or(0, "app", "id") == me.app_id
    if action in REQUESTED and ours:
        suite = run.part("check_suite") if run.has("check_suite") else run
        return check_suite.evaluate_again(payload, suite, run.sha("head_sha"))
    if action == "completed" and not ours:
        return HandlerResult(repo=payload.repo, checked=HeadChecked(repo=payload.repo, sha=run.sha("head_sha")))
    return HandlerResult()
