"""Read GitHub's dependency review, if the repository has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hotfix.facts import DependencyChange
from hotfix.github.read.caches import REVIEW_OFF_FOR, Caches
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused
from hotfix.github.transport.parallel_reads import Reads


def add(reads: Reads, client: Client, caches: Caches, repo: str, base: str, head: str, now: datetime) -> None:
    """Schedule the read for the next round trip, unless the repository is cached as having no dependency review."""
    until = caches.without_review.get(repo.casefold())
    if until is not None and until > now:
        return

    def read() -> tuple[DependencyChange, ...] | None:
        route = "/repos/{repo}/dependency-graph/compare/{base}...{head}"
        try:
            return tuple(_changes(client.get(route, repo=repo, base=base, head=head)))
        except NotFound:  # only these commits; a disabled review is refused
            return None
        except (NotPermitted, RequestRefused):
            caches.without_review.put(repo.casefold(), now + REVIEW_OFF_FOR)
            return None

    reads.add(_key(base, head), read)


def found(reads: Reads, base: str, head: str) -> tuple[DependencyChange, ...] | None:
    """Return the changes reported; None if the repository has no dependency review or it was not requested."""
    if _key(base, head) not in reads:
        return None
    result: tuple[DependencyChange, ...] | None = reads[_key(base, head)]
    return result


def _key(base: str, head: str) -> tuple[str, str, str]:
    return "dependency review", base, head


def _changes(items: Iterable[Any]) -> Iterable[DependencyChange]:
    for item in items:
        yield DependencyChange(
            change=item["change_type"],
            manifest=item["manifest"],
            ecosystem=item["ecosystem"],
            name=item["name"],
            version=item["version"],
            vulnerabilities=tuple(found["advisory_ghsa_id"] for found in item["vulnerabilities"]),
        )
