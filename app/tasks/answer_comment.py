"""Answer `/hotfix` comments on pull requests: rechecks, overrides, and overrides that were edited or deleted.

The other commands concern incidents and are answered by `app.tasks.reconcile_incident`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from sqlalchemy.engine import Connection

from app.job_context import JobContext
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import AnswerComment, EvaluatePull
from app.queue.retry import FINAL_AFTER
from app.storage import pulls
from hotfix.facts import Override
from hotfix.github.read import override_permission
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound
from hotfix.github.write.pull import comments as github_comments
from hotfix.life.incident_commands import CommandName, IncidentCommand, UnclearCommand, parse
from hotfix.life.words import command_answers

log = structlog.get_logger(part="comment")

EDITED = "an edited comment does not override a rule, since others may have edited it: write a new comment"


def answer(context: JobContext, claimed: ClaimedJob[AnswerComment]) -> JobResult:
    """Run the commands of a comment, and answer with a reaction and, for refused commands, with a reply."""
    job = claimed.job
    repo, number, comment_id = job.repo, job.number, job.comment
    client, installation = context.client(job)
    again = EvaluatePull(repo=repo, number=number, installation=installation, likely=True)

    def none(connection: Connection) -> None:
        pulls.override(connection, repo, number, comment_id, ())

    here = (CommandName.OVERRIDE, CommandName.RECHECK)
    found = [command for command in parse(job.body) if isinstance(command, UnclearCommand) or command.name in here]
    asked = [
        command for command in found if isinstance(command, IncidentCommand) and command.name is CommandName.OVERRIDE
    ]
    if job.action == "deleted":
        return JobResult(jobs=(again,), record=none)
    try:
        comment = github_comments.read(client, repo, comment_id)
    except NotFound:
        if claimed.attempts < FINAL_AFTER:
            raise
        return JobResult(jobs=(again,), record=none)
    if comment.edited or job.action != "created":
        # An edited comment gives no override, because someone else may have edited it.
        if asked:
            _react(client, repo, number, comment_id, [EDITED], any_done=False)
        return JobResult(jobs=(again,), record=none)
    if not found:
        return JobResult(jobs=(again,), record=none)
    refusals = [command.why for command in found if isinstance(command, UnclearCommand)]
    given: tuple[Override, ...] = ()
    if asked:
        sha, why_not = _permit(context, client, repo, number, job.by, job.at)
        if why_not:
            refusals.append(why_not)
        else:
            at = datetime.fromtimestamp(job.at, UTC)
            given = tuple(
                Override(rule=one.target, by=job.by, reason=one.text, at=at, sha=sha, url=comment.url) for one in asked
            )
    _react(client, repo, number, comment_id, refusals, any_done=bool(given) or len(found) > len(refusals))
    log.info(
        "comment answered", delivery=claimed.cause, repo=repo, pull=number, comment=comment_id, by=job.by,
        overrides=[one.rule for one in given], refused=len(refusals),
    )  # fmt: skip

    def record(connection: Connection) -> None:
        pulls.override(connection, repo, number, comment_id, given)

    return JobResult(jobs=(again,), record=record)


def _permit(
    context: JobContext, client: Client, repo: str, number: int, login: str, commented_at: float
) -> tuple[str, str]:
    """Return the head that an override applies to, or why it is refused: it must be the head that its author saw."""
    permit = override_permission.may_override(client, context.caches, repo, number, login, now=context.now())
    if not permit.allowed:
        return "", permit.why_not
    with context.read() as connection:
        known = pulls.known(connection, repo, number)
    # GitHub's times are whole seconds: a push in the same second may have followed the comment.
    if known is None or known.head_sha != permit.head_sha or known.head_since >= commented_at:
        return "", (
            f"the branch moved: an override counts for the commit that was the head when it was written. "
            f"Look at {permit.head_sha[:12]} and write it again if it still applies"
        )
    return permit.head_sha, ""


def _react(client: Client, repo: str, number: int, comment_id: int, refusals: list[str], *, any_done: bool) -> None:
    if any_done or not refusals:
        github_comments.react(client, repo, comment_id, "+1")
    if refusals:
        github_comments.react(client, repo, comment_id, "confused")
        text = "\n\n".join(command_answers.refused(why) for why in refusals)
        about = f"{comment_id}:edited" if refusals == [EDITED] else str(comment_id)
        github_comments.reply(client, repo, number, text, f"hotfix:answer:{about}")
