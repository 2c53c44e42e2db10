"""Handle `deployment_protection_rule`: GitHub requests approval for a deployment."""

from __future__ import annotations

import re

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import AnswerProtection
from app.web.payload import MalformedPayload, Payload

CALLBACK = re.compile(r"/actions/runs/([0-9]{1,19})/deployment_protection_rule\Z")


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action != "requested":
        return HandlerResult()
    found = CALLBACK.search(payload.text("deployment_callback_url"))
    if found is None:
        raise MalformedPayload("deployment_callback_url names no workflow run")
    job = AnswerProtection(
        repo=payload.repo,
        installation=payload.installation,
        run_id=int(found.group(1)),
        environment=payload.text("environment"),
        sha=payload.sha("deployment", "sha"),
        deployment=payload.number_or(0, "deployment", "id"),
    )
    return HandlerResult(repo=job.repo, jobs=(job,))
