"""Read GitHub's dependency review, if the repository has it."""

from __future__ import annotations

from hotfix.facts import DependencyChange
from hotfix.github.read.caches import REVIEW_OFF_FOR
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused
from hotfix.github.transport.parallel_reads import Reads


def add(reads: Reads, request: EvaluationRequest, base: str, head: str) -> None:
    """Schedule the read for the next round trip, unless the repository is cached as having no dependency review."""
    until = request.caches.without_review.get(request.repo.casefold())
    if until is None or until <= request.now:
        reads.add(("dependency review", base, head), _read, request, base, head)


def found(reads: Reads, base: str, head: str) -> tuple[DependencyChange, ...] | None:
    """Return the changes reported; None if the repository has no dependency review or it was not requested."""
    found: tuple[DependencyChange, ...] | None = reads.get(("dependency review", base, head))
    return found


def _read(request: EvaluationRequest, base: str, head: str) -> tuple[DependencyChange, ...] | None:
    route = "/repos/{repo}/dependency-graph/compare/{base}...{head}"
    try:
        items = request.client.get(route, repo=request.repo, base=base, head=head)
    except NotFound:  # only these commits; a disabled review is refused
        return None
    except (NotPermitted, RequestRefused):
        request.caches.without_review.put(request.repo.casefold(), request.now + REVIEW_OFF_FOR)
        return None
    return tuple(
        DependencyChange(
            change=item["change_type"],
            manifest=item["manifest"],
            ecosystem=item["ecosystem"],
            name=item["name"],
            version=item["version"],
            vulnerabilities=tuple(found["advisory_ghsa_id"] for found in item["vulnerabilities"]),
        )
        for item in items
    )
