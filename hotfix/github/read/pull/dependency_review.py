"""Read GitHub's dependency review, if the repository has it."""

from __future__ import annotations

from datetime import datetime

from hotfix.facts import DependencyChange
from hotfix.github.read.caches import REVIEW_OFF_FOR, Caches
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused
from hotfix.github.transport.parallel_reads import Reads


def add(reads: Reads, client: Client, caches: Caches, repo: str, base: str, head: str, now: datetime) -> None:
    """Schedule the read for the next round trip, unless the repository is cached as having no dependency review."""
    until = caches.without_review.get(repo.casefold())
    if until is None or until <= now:
        reads.add(("dependency review", base, head), _read, client, caches, repo, base, head, now)


def found(reads: Reads, base: str, head: str) -> tuple[DependencyChange, ...] | None:
    """Return the changes reported; None if the repository has no dependency review or it was not requested."""
    found: tuple[DependencyChange, ...] | None = reads.get(("dependency review", base, head))
    return found


def _read(
    client: Client, caches: Caches, repo: str, base: str, head: str, now: datetime
) -> tuple[DependencyChange, ...] | None:
    route = "/repos/{repo}/dependency-graph/compare/{base}...{head}"
    try:
        items = client.get(route, repo=repo, base=base, head=head)
    except NotFound:  # only these commits; a disabled review is refused
        return None
    except (NotPermitted, RequestRefused):
        caches.without_review.put(repo.casefold(), now + REVIEW_OFF_FOR)
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
