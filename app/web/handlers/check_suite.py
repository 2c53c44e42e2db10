"""Our check suite is asked for again, also by "Re-run all"."""

from __future__ import annotations

from app.queue import jobs
from app.queue.jobs import HandlerResult
from app.web.handlers.app_identity import AppIdentity
from app.web.handlers.merge_group import QUEUE, group
from app.web.payload import Payload


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    suite = payload.part("check_suite")
    if action != "rerequested" or suite.number_or(me.app_id, "app", "id") != me.app_id:
        return HandlerResult()
    return again(payload, suite, suite.sha("head_sha"))


def again(payload: Payload, suite: Payload, sha: str) -> HandlerResult:
    """Judge what has this head again. Events name no pull request of a fork, so the head finds them all."""
    repo, installation = payload.repo, payload.installation
    branch = suite.text_or("", "head_branch")
    if branch.startswith(QUEUE):
        return HandlerResult(repo=repo, jobs=(group(repo, installation, sha, f"refs/heads/{branch}", force=True),))
    return HandlerResult(repo=repo, jobs=(jobs.of_sha(repo, sha, installation, force=True),))
