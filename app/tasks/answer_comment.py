"""Answer `/hotfix ...` comments: recheck, override, and overrides that were edited away or deleted."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from sqlalchemy.engine import Connection

from app.job_context import Context, Done
from app.queue import jobs
from app.queue.job_table import Claimed
from app.queue.worker import BELIEVED_AFTER
from app.storage import pulls
from app.tasks import comment_commands
from app.tasks.comment_commands import GiveOverride, Unclear
from hotfix.facts import Override
from hotfix.github.read import permits
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound
from hotfix.github.write import comments as github_comments

log = structlog.get_logger(part="comment")

EDITED = "an edited comment sets no rule aside, since others may have edited it: say it again in a new comment"


def answer(context: Context, job: Claimed) -> Done:
    """Do what a comment says, and say what came of it by a reaction, and a sentence where it is refused."""
    args = job.args
    repo, number, comment_id = job.repo, int(args["number"]), int(args["comment"])
    client, installation = context.client(repo, job.installation)
    again = jobs.judge(repo, number, installation)

    def none(connection: Connection) -> None:
        pulls.override(connection, repo, number, comment_id, ())

    found = comment_commands.parse(str(args["body"]))
    asked = [command for command in found if isinstance(command, GiveOverride)]
    if args["action"] == "deleted":
        return Done(jobs=(again,), record=none)
    try:
        comment = github_comments.read(client, repo, comment_id)
    except NotFound:
        if job.attempts < BELIEVED_AFTER:
            raise
        return Done(jobs=(again,), record=none)
    if comment.edited or args["action"] != "created":
        # Whoever changed it: an edited comment is no authority.
        if asked:
            _react(client, repo, number, comment_id, [EDITED], any_done=False)
        return Done(jobs=(again,), record=none)
    refusals = [command.message for command in found if isinstance(command, Unclear)]
    given: tuple[Override, ...] = ()
    if asked:
        sha, why_not = _permit(context, client, repo, number, str(args["by"]), float(args["at"]))
        if why_not:
            refusals.append(why_not)
        else:
            at = datetime.fromtimestamp(float(args["at"]), UTC)
            given = tuple(
                Override(rule=one.rule, by=str(args["by"]), reason=one.reason, at=at, sha=sha, url=comment.url)
                for one in asked
            )
    _react(client, repo, number, comment_id, refusals, any_done=bool(given) or len(found) > len(refusals))
    log.info(
        "comment", delivery=job.cause, repo=repo, pull=number, comment=comment_id, by=args["by"],
        overrides=[one.rule for one in given], refused=len(refusals),
    )  # fmt: skip

    def record(connection: Connection) -> None:
        pulls.override(connection, repo, number, comment_id, given)

    return Done(jobs=(again,), record=record)


def _permit(
    context: Context, client: Client, repo: str, number: int, login: str, commented_at: float
) -> tuple[str, str]:
    """The head that an override is bound to, and why there is none: the head must be the one the writer saw."""
    permit = permits.may_override(client, context.caches, repo, number, login, now=context.now())
    if not permit.allowed:
        return "", permit.why_not
    with context.read() as connection:
        known = pulls.known(connection, repo, number)
    # GitHub's times are whole seconds: a push within the comment's may have come after it.
    if known is None or known.head_sha != permit.head_sha or known.head_since >= commented_at:
        return "", (
            f"the branch moved: an override counts for the commit that was judged when it was written. "
            f"Look at {permit.head_sha[:12]} and say it again if it still holds"
        )
    return permit.head_sha, ""


def _react(client: Client, repo: str, number: int, comment_id: int, refusals: list[str], *, any_done: bool) -> None:
    if any_done or not refusals:
        github_comments.react(client, repo, comment_id, "+1")
    if refusals:
        github_comments.react(client, repo, comment_id, "confused")
        text = "\n".join(f"Not done: {_sentence(why)}" for why in refusals)
        about = f"{comment_id}:edited" if refusals == [EDITED] else str(comment_id)
        github_comments.reply(client, repo, number, text, f"hotfix:answer:{about}")


def _sentence(why: str) -> str:
    return why if why.endswith(".") else f"{why}."
