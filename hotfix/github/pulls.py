"""Find pull requests: the open hotfixes of a repository, those with one head SHA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotfix.github.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRef:
    """Enough of a pull request to decide whether to judge it again."""

    number: int
    head_sha: str
    head: str
    base: str
    updated_at: datetime
    check: str | None
    """Conclusion of our check run on the head (`success` ...), its status while not completed; None without a run."""


def open_hotfixes(client: Client, repo: str, label: str, head_patterns: Sequence[str]) -> list[PullRef]:
    """Open pull requests that wear the label or whose head branch matches, oldest first."""
    raise NotImplementedError


def with_head(client: Client, repo: str, sha: str) -> list[int]:
    """Numbers of the open pull requests of `repo` whose head is `sha`, forks included."""
    raise NotImplementedError


def of_merge_group(head_ref: str) -> int | None:
    """The pull request a merge group was made for: `refs/heads/gh-readonly-queue/main/pr-42-<sha>` -> 42."""
    raise NotImplementedError
