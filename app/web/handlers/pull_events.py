"""Handle events about pull requests, reviews, comments and issues."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import AnswerComment, EvaluateHead, EvaluatePull, Job, ReconcileLife
from app.storage.pulls import Head, HeadChecked
from app.web.payload import Payload
from hotfix.life.incident_commands import parse

PULL_ACTIONS = frozenset(
    {
        "opened", "reopened", "synchronize", "edited", "labeled", "unlabeled", "ready_for_review",
        "converted_to_draft", "review_requested", "review_request_removed",
    }
)  # fmt: skip
REQUEST_ACTIONS = frozenset({"review_requested", "review_request_removed"})
"""Actions that an evaluation itself causes. Other actions of the App, such as opening a pull request, are evaluated."""
REVIEW_ACTIONS = frozenset({"submitted", "edited", "dismissed"})
LONGEST = 4000
"""Number of characters of a comment that are read."""
ISSUE_ACTIONS = frozenset(
    {
        "opened", "edited", "deleted", "transferred", "closed", "reopened", "labeled", "unlabeled", "assigned",
        "unassigned", "locked", "unlocked", "demilestoned", "milestoned",
    }
)  # fmt: skip
MOST_LABELS = 20
AT_ONCE = frozenset({"opened", "labeled"})
"""Actions that declare an incident, which an alerting bot may do."""
BOTS_SETTLE = 60.0
"""Delay in seconds for other events from bots, so that a bot reacting to the App's changes cannot cause a loop."""


def handle_pull_request(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Evaluate the pull request that changed."""
    if action not in PULL_ACTIONS and action != "closed":
        return HandlerResult()
    number = payload.number("number")
    by_us = action in REQUEST_ACTIONS and me.is_sender(payload)
    return _evaluate(payload, number, before=payload.text_or("", "before"), by_us=by_us, closed=action == "closed")


def _evaluate(
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
    hotfix = _looks_like_hotfix(pull)
    if closed:
        siblings = EvaluateHead(repo=repo, sha=sha, installation=installation)
        life = ReconcileLife(repo=repo, installation=installation, number=number)
        checked = HeadChecked(repo=repo, sha=sha, all=True)
        jobs = (siblings, life) if hotfix else ()
        return HandlerResult(repo=repo, head=head, jobs=jobs, checked=checked, wakes_protections=hotfix)
    job = EvaluatePull(repo=repo, number=number, installation=installation, sha=sha, likely=hotfix, life=hotfix)
    return HandlerResult(repo=repo, head=head, jobs=(job,))


def _looks_like_hotfix(pull: Payload) -> bool:
    """Return whether a pull request looks like a hotfix, by its labels and head branch.

    This only saves requests: the policy's label and branches decide during the evaluation.
    """
    names = [pull.text_or("", "head", "ref"), *(label.text_or("", "name") for label in pull.parts("labels"))]
    return any("hotfix" in name.casefold() for name in names)


def handle_pull_request_review(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Evaluate the pull request after a review was submitted, edited or dismissed."""
    if action not in REVIEW_ACTIONS:
        return HandlerResult()
    return _evaluate(payload, payload.number("pull_request", "number"), by_us=me.is_sender(payload))


def handle_issue_comment(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Answer a `/hotfix ...` comment on a pull request, and reconcile the incident that was commented on."""
    if action not in ("created", "edited", "deleted"):
        return HandlerResult()
    comment = payload.part("comment")
    body = comment.text_or("", "body")[:LONGEST]
    before = payload.text_or("", "changes", "body", "from")[:LONGEST]
    commands = bool(parse(body) or parse(before))
    new = comment.number("id") if action == "created" and commands else 0
    life = _reconcile(payload, me, commands=commands, comment=new)
    bot = comment.text_or("", "user", "type") == "Bot" or (action == "created" and payload.by_bot)
    if bot or me.is_sender(payload) or not commands or not payload.has("issue", "pull_request"):
        return HandlerResult(repo=payload.repo, jobs=life)
    answer = AnswerComment(
        repo=payload.repo,
        installation=payload.installation,
        number=payload.number("issue", "number"),
        comment=comment.number("id"),
        action=action,
        body=body,
        by=comment.login("user", "login") if action == "created" else "",
        at=comment.time("created_at"),
        url=comment.text_or("", "html_url")[:500],
    )
    return HandlerResult(repo=answer.repo, jobs=(answer, *life))


def handle_issues(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Reconcile the incident: its issue, a follow-up or its post-mortem may have changed."""
    if action not in ISSUE_ACTIONS:
        return HandlerResult()
    return HandlerResult(repo=payload.repo, jobs=_reconcile(payload, me, at_once=action in AT_ONCE))


def handle_sub_issues(_action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Reconcile the incident whose sub-issues changed."""
    if me.is_sender(payload) or not payload.has("parent_issue", "number"):
        return HandlerResult()
    job = ReconcileLife(
        repo=payload.repo,
        installation=payload.installation,
        number=payload.number("parent_issue", "number"),
        delay=BOTS_SETTLE if payload.by_bot else 0.0,
    )
    return HandlerResult(repo=job.repo, jobs=(job,))


def _reconcile(
    payload: Payload, me: AppIdentity, *, commands: bool = False, comment: int = 0, at_once: bool = False
) -> tuple[Job, ...]:
    """Return the job that reconciles the issue's incident, if any.

    Empty for the App's own changes, and for an issue without labels or commands, which cannot be an incident. The label
    that marks an incident is read from the policy when the job runs. `at_once` skips the delay for bots.
    """
    issue = payload.part("issue")
    labels = [label.text_or("", "name") for label in issue.parts("labels")]
    removed = payload.text_or("", "label", "name")
    labels = [name for name in dict.fromkeys([*labels, removed]) if name][:MOST_LABELS]
    if me.is_sender(payload) or not (labels or commands):
        return ()
    return (
        ReconcileLife(
            repo=payload.repo,
            installation=payload.installation,
            number=issue.number("number"),
            labels=tuple(labels),
            commands=commands,
            comment=comment,
            delay=BOTS_SETTLE if payload.by_bot and not at_once else 0.0,
        ),
    )
