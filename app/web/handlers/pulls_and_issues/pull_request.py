"""Handle `pull_request`: evaluate the pull request that changed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import EvaluateHead, EvaluatePull, ReconcileLife
from app.storage.pulls import Head, HeadChecked
from app.web.payload import Payload

RELEVANT = frozenset(
    {
        "opened", "reopened", "synchronize", "edited", "labeled", "unlabeled", "ready_for_review",
        "converted_to_draft", "review_requested", "review_request_removed",
    }
)  # fmt: skip
REQUESTS = frozenset({"review_requested", "review_request_removed"})
"""Actions that an evaluation itself causes. Other actions of the App, such as opening a pull request, are evaluated."""


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    if action not in RELEVANT and action != "closed":
        return HandlerResult()
    number = payload.number("number")
    by_us = action in REQUESTS and me.is_sender(payload)
    return evaluate(payload, number, before=payload.text_or("", "before"), by_us=by_us, closed=action == "closed")


def evaluate(
    payload: Payload, number: int, *, before: str = "", by_us: bool = False, closed: bool = False
) -> HandlerResult:
    """Evaluate the payload's pull request.

    If it was closed, the other pull requests with the same head are evaluated instead, since they share the check run.
    For a review request by the App itself, only the head is recorded.
    """
    repo, installation = payload.repo, payload.installation
    pull = payload.part("pull_request")
    sha = pull.sha("head", "sha")
    head = Head(
        repo=repo,
        number=number,
        installation=installation,
        sha=sha,
        since=pull.time("updated_at"),
        open=not closed and pull.text_or("open", "state") == "open",
        before=before or None,
    )
    if by_us:
        return HandlerResult(repo=repo, head=head)
    hotfix = looks_like_hotfix(pull)
    if closed:
        siblings = EvaluateHead(repo=repo, sha=sha, installation=installation)
        life = ReconcileLife(repo=repo, installation=installation, number=number)
        checked = HeadChecked(repo=repo, sha=sha, all=True)
        jobs = (siblings, life) if hotfix else ()
        return HandlerResult(repo=repo, head=head, jobs=jobs, checked=checked, wakes_protections=hotfix)
    job = EvaluatePull(repo=repo, number=number, installation=installation, sha=sha, likely=hotfix, life=hotfix)
    return HandlerResult(repo=repo, head=head, jobs=(job,))


def looks_like_hotfix(pull: Payload) -> bool:
    """Return whether a pull request looks like a hotfix, by its labels and head branch.

    This only saves requests: the policy's label and branches decide during the evaluation.
    """
    names = [pull.text_or("", "head", "ref"), *(label.text_or("", "name") for label in pull.parts("labels"))]
    return any("hotfix" in name.casefold() for name in names)
