"""Handle events about the checks of a commit: check runs, check suites, commit statuses and merge groups."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import EvaluateGroup, EvaluateHead
from app.storage.pulls import HeadChecked
from app.web.payload import Payload

REQUESTED = frozenset({"rerequested", "requested_action"})
QUEUE = "gh-readonly-queue/"


def handle_check_run(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Evaluate again if a re-run of the App's check was requested, or another App's check run completed."""
    run = payload.part("check_run")
    ours = run.number_or(0, "app", "id") == me.app_id
    if action in REQUESTED and ours:
        suite = run.part("check_suite") if run.has("check_suite") else run
        return _evaluate_again(payload, suite, run.sha("head_sha"))
    if action == "completed" and not ours:
        return HandlerResult(repo=payload.repo, checked=HeadChecked(repo=payload.repo, sha=run.sha("head_sha")))
    return HandlerResult()


def handle_check_suite(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Evaluate again if a re-run of the App's suite was requested, for example with "Re-run all checks"."""
    suite = payload.part("check_suite")
    if action != "rerequested" or suite.number_or(me.app_id, "app", "id") != me.app_id:
        return HandlerResult()
    return _evaluate_again(payload, suite, suite.sha("head_sha"))


def _evaluate_again(payload: Payload, suite: Payload, sha: str) -> HandlerResult:
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


def handle_merge_group(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Evaluate a merge group on whose commit the merge queue requested the check."""
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


def handle_status(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Evaluate hotfixes with this head again after another service's commit status completed."""
    if payload.text("state") == "pending":
        return HandlerResult()
    return HandlerResult(repo=payload.repo, checked=HeadChecked(repo=payload.repo, sha=payload.sha("sha")))
