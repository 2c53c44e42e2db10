"""Handle `issue_comment`: a `/hotfix ...` comment on a pull request, or a comment on an issue."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.queue.jobs import AnswerComment
from app.web.handlers.pulls_and_issues import issues
from app.web.payload import Payload
from hotfix.life.incident_commands import parse

LONGEST = 4000
"""Number of characters of a comment that are read."""


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    if action not in ("created", "edited", "deleted"):
        return HandlerResult()
    comment = payload.part("comment")
    body = comment.text_or("", "body")[:LONGEST]
    before = payload.text_or("", "changes", "body", "from")[:LONGEST]
    commands = bool(parse(body) or parse(before))
    new = comment.number("id") if action == "created" and commands else 0
    life = issues.life(payload, me, commands=commands, comment=new)
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
