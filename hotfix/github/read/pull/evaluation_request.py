"""Define what to evaluate and what is believed beforehand; check whether GitHub shows what a webhook announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotfix.facts import Override
from hotfix.github.read.caches import Caches, UnseenHead
from hotfix.github.read.pull import changes, pull_queries
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, TransientError
from hotfix.github.transport.parallel_reads import Reads

DOUBT_FOR = timedelta(seconds=60)
"""After this long GitHub's answer is believed against a webhook: the head was moved once more meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """What to read, and what is believed beforehand."""

    client: Client
    caches: Caches
    repo: str
    number: int
    now: datetime
    expect_sha: str | None = None
    expect_updated_at: datetime | None = None
    target: str | None = None
    """The commit that gets the check run; None for the head."""
    group_ref: str | None = None
    """The merge group's branch whose commit `target` is: `refs/heads/gh-readonly-queue/main/pr-42-<sha>`."""
    overrides: Sequence[Override] = ()
    likely: bool | None = None
    also: Sequence[int] = ()
    """Other pull requests that are believed to have the same head."""

    depth: int = 0
    """How many other hotfixes are being evaluated on the way to this one."""

    @property
    def key(self) -> tuple[str, int]:
        """The key under which the caches hold the pull request."""
        return self.repo.casefold(), self.number

    @property
    def variables(self) -> dict[str, Any]:
        """The variables by which a query names the pull request."""
        return {**pull_queries.of(self.repo), "number": self.number}

    @property
    def queue_variables(self) -> dict[str, Any]:
        """The variables that ask for the other branches of the merge queue."""
        return {"group": True, "queue": f"{self.group_ref.rpartition('/')[0]}/"} if self.group_ref else {}

    def not_visible(self, what: str) -> TransientError:
        """Return the error for something that GitHub announced and does not show yet."""
        return TransientError(f"GitHub does not show {what} yet.")


def check_announced(request: EvaluationRequest, reads: Reads, node: Mapping[str, Any]) -> None:
    """Raise TransientError while GitHub's answer is older than what a webhook announced; a newer one will do."""
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
    """Return whether the head moved on from the announced one."""
    known = request.caches.pulls.get(request.key)
    if known and known.head == head and expected in known.before:
        return True
    if known and known.head == expected and head in known.before:
        return False
    comparison = changes.compare(request.client, request.repo, expected, head)
    reads.add(("compare", expected, head), comparison)
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
