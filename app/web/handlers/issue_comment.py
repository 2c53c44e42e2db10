"""Somebody wrote `/hotfix ...` on a pull request, or changed or deleted such a comment."""

from __future__ import annotations

from app.queue.jobs import HandlerResult, Job, Kind
from app.tasks import comment_commands
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload

LONGEST = 4000
"""Characters of a comment that are read."""


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    if action not in ("created", "edited", "deleted") or not payload.has("issue", "pull_request"):
        return HandlerResult()
    comment = payload.part("comment")
    body = comment.text_or("", "body")[:LONGEST]
    bot = comment.text_or("", "user", "type") == "Bot" or (action == "created" and payload.by_bot)
    if bot or me.sent(payload):
        return HandlerResult()
    before = payload.text_or("", "changes", "body", "from")[:LONGEST]
    if not (comment_commands.parse(body) or comment_commands.parse(before)):
        return HandlerResult()
    repo, comment_id = payload.repo, comment.number("id")
    job = Job(
        kind=Kind.COMMENT,
        # Each act on the comment is a job of its own, so that none hides another.
        key=f"comment:{repo}#{comment_id}:{action}",
        args={
            "repo": repo,
            "installation": payload.installation,
            "number": payload.number("issue", "number"),
            "comment": comment_id,
            "action": action,
            "body": body,
            "by": comment.login("user", "login") if action == "created" else "",
            "at": comment.time("created_at"),
            "url": comment.text_or("", "html_url")[:500],
        },
    )
    return HandlerResult(repo=repo, jobs=(job,))
