"""The request for an evaluation, with what is assumed beforehand, and a check that GitHub's state is recent enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hotfix.facts import Override
from hotfix.github.read import repository_queries
from hotfix.github.read.caches import Caches, UnseenHead
from hotfix.github.read.pull import changes
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, TransientError
from hotfix.github.transport.parallel_reads import Reads

DOUBT_FOR = timedelta(seconds=60)
"""How long a webhook is trusted over GitHub's answer; after that, the head is assumed to have moved again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """The pull request or merge group to evaluate, and what is assumed beforehand."""

    client: Client
    caches: Caches
    repo: str
    number: int
    now: datetime
    expect_sha: str | None = None
    """The head announced by a webhook: it is read first, and an answer without it gives no verdict."""
    expect_updated_at: datetime | None = None
    """The pull request's `updated_at` in that webhook; an older answer gives no verdict either."""
    target: str | None = None
    """The commit that gets the check run; None for the head."""
    group_ref: str | None = None
    """The branch of the merge group whose commit is `target`: `refs/heads/gh-readonly-queue/main/pr-42-<sha>`.
    `number` is the pull request in its name; those ahead in the queue are found from the queue's other branches."""
    overrides: Sequence[Override] = ()
    """The recorded overrides; those of other pull requests with the same head may be included. An override applies only
    to this head and to the pull request commented on, and only while its comment exists unedited."""
    likely: bool | None = None
    """Whether the label and branch known so far indicate a hotfix. False skips reads that only a hotfix needs; None
    uses the result of the last evaluation."""
    also: Sequence[int] = ()
    """Other pull requests known to have the same head; GitHub doesn't list all of them for the commit."""

    depth: int = 0
    """Nesting depth: number of hotfixes whose evaluation led to this one."""

    @property
    def key(self) -> tuple[str, int]:
        """The pull request's key in the caches."""
        return self.repo.casefold(), self.number

    @property
    def variables(self) -> dict[str, Any]:
        """The query variables that identify the pull request."""
        return {**repository_queries.of(self.repo), "number": self.number}

    @property
    def queue_variables(self) -> dict[str, Any]:
        """The query variables for the other branches of the merge queue."""
        if self.group_ref is None:
            return {}
        return {"group": True, "queue": f"refs/heads/{self.group_ref.removeprefix('refs/heads/').rpartition('/')[0]}/"}

    def of_another(self, number: int, **changed: Any) -> EvaluationRequest:
        """Return a request for another pull request, for which nothing is assumed from webhooks."""
        plain = replace(self, number=number, expect_sha=None, expect_updated_at=None, likely=None, also=())
        return replace(plain, **{"target": None, "group_ref": None, **changed})

    def not_visible(self, what: str) -> TransientError:
        """Return the error for something that GitHub announced but does not show yet."""
        return TransientError(f"GitHub does not show {what} yet.")


def check_announced(request: EvaluationRequest, reads: Reads, node: Mapping[str, Any]) -> None:
    """Raise TransientError if GitHub's answer is older than the webhook's announcement; a newer one is accepted."""
    head, expected = node["headRefOid"], request.expect_sha
    updated = datetime.fromisoformat(node["updatedAt"])
    late = request.expect_updated_at is not None and updated < request.expect_updated_at
    if late:
        _doubt(request, f"{head} {request.expect_updated_at}", f"the latest state of pull request #{request.number}")
    elif expected is not None and expected != head and not _is_newer(request, reads, head, expected):
        _doubt(request, expected, f"commit {expected[:12]} as the head of pull request #{request.number}")
    else:
        request.caches.doubts.drop(request.key)


def _is_newer(request: EvaluationRequest, reads: Reads, head: str, expected: str) -> bool:
    """Return whether the head is newer than the announced one."""
    known = request.caches.pulls.get(request.key)
    if known and known.head == head and expected in known.before:
        return True
    if known and known.head == expected and head in known.before:
        return False
    changes.add_comparison(reads, request.client, request.repo, expected, head)
    reads.send()
    try:
        return bool(reads["compare", expected, head].behind == 0)
    except NotFound:
        return False


def _doubt(request: EvaluationRequest, mark: str, what: str) -> None:
    doubts = request.caches.doubts
    doubt = doubts.get(request.key)
    if doubt is None or doubt.sha != mark:
        doubts.put(request.key, UnseenHead(mark, request.now))
    elif request.now - doubt.since > DOUBT_FOR:
        return
    raise request.not_visible(what)
