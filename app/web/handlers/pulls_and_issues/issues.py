"""Handle `issues` and `sub_issues`: an incident, follow-up or post-mortem may have changed, so it is reconciled."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import Job, ReconcileLife
from app.web.payload import Payload

RELEVANT = frozenset(
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


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    if action not in RELEVANT:
        return HandlerResult()
    return HandlerResult(repo=payload.repo, jobs=life(payload, me, at_once=action in AT_ONCE))


def handle_sub_issues(_action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    if me.is_sender(payload) or not payload.has("parent_issue", "number"):
        return HandlerResult()
    job = ReconcileLife(
        repo=payload.repo,
        installation=payload.installation,
        number=payload.number("parent_issue", "number"),
        delay=BOTS_SETTLE if payload.by_bot else 0.0,
    )
    return HandlerResult(repo=job.repo, jobs=(job,))


def life(
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
