"""Handle `merge_group`: the merge queue requested the check on a commit, so its pull requests are evaluated."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import EvaluateGroup
from app.web.payload import Payload

QUEUE = "gh-readonly-queue/"


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action != "checks_requested":
        return HandlerResult()
    group = payload.part("merge_group")
    job = EvaluateGroup(
        repo=payload.repo,
        installation=payload.installation,
        sha=group.sha("head_sha"),
        head_ref=group.text("head_ref")[:1000],
    )
    return HandlerResult(repo=job.repo, jobs=(job,))
