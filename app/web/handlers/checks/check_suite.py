"""Handle `check_suite`: a re-run of the App's own suite was requested, for example with "Re-run all checks"."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import EvaluateGroup, EvaluateHead
from app.web.handlers.checks.merge_group import QUEUE
from app.web.payload import Payload


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    suite = payload.part("check_suite")
    if action != "rerequested" or suite.number_or(me.app_id, "app", "id") != me.app_id:
        return HandlerResult()
    return evaluate_again(payload, suite, suite.sha("head_sha"))


def evaluate_again(payload: Payload, suite: Payload, sha: str) -> HandlerResult:
    """Evaluate everything with this head again.

    Events do not list pull requests from forks, so pull requests are looked up by their head.
    """
    repo, installation = payload.repo, payload.installation
    branch = suite.text_or("", "head_branch")
    if branch.startswith(QUEUE):
        group = EvaluateGroup(
            repo=repo, installation=installation, sha=sha, head_ref=f"refs/heads/{branch}"[:1000], force=True
        )
        return HandlerResult(repo=repo, jobs=(group,))
    return HandlerResult(repo=repo, jobs=(EvaluateHead(repo=repo, sha=sha, installation=installation, force=True),))
