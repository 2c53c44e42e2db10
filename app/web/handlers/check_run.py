"""A check run of ours is asked for again; one of others ended."""

from __future__ import annotations

from app.queue import jobs
from app.queue.jobs import HandlerResult
from app.web.handlers import check_suite
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload

ASKED = frozenset({"rerequested", "requested_action"})


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    run = payload.part("check_run")
    ours = run.number_or(0, "app", "id") == me.app_id
    if action in ASKED and ours:
        suite = run.part("check_suite") if run.has("check_suite") else run
        return check_suite.again(payload, suite, run.sha("head_sha"))
    if action == "completed" and not ours:
        return HandlerResult(repo=payload.repo, checked=jobs.Checked(repo=payload.repo, sha=run.sha("head_sha")))
    return HandlerResult()
