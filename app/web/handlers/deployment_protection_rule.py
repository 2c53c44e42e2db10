"""GitHub asks whether a deployment may go on."""

from __future__ import annotations

import re

from app.queue.jobs import HandlerResult, Job, Kind
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Malformed, Payload

CALLBACK = re.compile(r"/actions/runs/([0-9]{1,18})/deployment_protection_rule\Z")


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action != "requested":
        return HandlerResult()
    repo = payload.repo
    environment = payload.text("environment")
    found = CALLBACK.search(payload.text("deployment_callback_url"))
    if found is None:
        raise Malformed("deployment_callback_url names no workflow run")
    run_id = int(found.group(1))
    job = Job(
        kind=Kind.PROTECTION,
        key=f"protection:{repo}:{run_id}:{environment}",
        args={
            "repo": repo,
            "installation": payload.installation,
            "run_id": run_id,
            "environment": environment,
            "sha": payload.sha("deployment", "sha"),
        },
    )
    return HandlerResult(repo=repo, jobs=(job,))
