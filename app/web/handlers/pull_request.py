"""A pull request changed: judge it."""

from __future__ import annotations

from app.queue import jobs
from app.queue.jobs import Checked, HandlerResult, Head
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload

JUDGED = frozenset(
    {
        "opened", "reopened", "synchronize", "edited", "labeled", "unlabeled", "ready_for_review",
        "converted_to_draft", "review_requested", "review_request_removed",
    }
)  # fmt: skip


def handle(action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    if action not in JUDGED and action != "closed":
        return HandlerResult()
    number = payload.number("number")
    return judge(
        payload, number, before=payload.text_or("", "before"), by_us=me.sent(payload), closed=action == "closed"
    )


def judge(
    payload: Payload, number: int, *, before: str = "", by_us: bool = False, closed: bool = False
) -> HandlerResult:
    """Judge the payload's pull request. One that was closed is judged no more; those with the same head are again,
    since they share the check. Of what we did ourselves only the head is noted."""
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
    hotfix = likely(pull)
    if closed:
        siblings = (jobs.of_sha(repo, sha, installation),) if hotfix else ()
        return HandlerResult(repo=repo, head=head, jobs=siblings, checked=Checked(repo=repo, sha=sha, all=True))
    return HandlerResult(repo=repo, head=head, jobs=(jobs.judge(repo, number, installation, sha=sha, likely=hotfix),))


def likely(pull: Payload) -> bool:
    """Does it look like a hotfix? Only saves reads: the policy's label and branches decide when it is judged."""
    names = [pull.text_or("", "head", "ref"), *(label.text_or("", "name") for label in pull.parts("labels"))]
    return any("hotfix" in name.casefold() for name in names)
