"""Judge one pull request: read the facts, apply the rules, publish the verdict. Two round trips when warm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotfix.facts import Override
from hotfix.github.caches import Caches
from hotfix.github.client import Client
from hotfix.verdict import Verdict


class Published(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    verdict: Verdict
    published: Published
    calls: int
    """Requests sent to GitHub, reads and writes."""
    round_trips: int
    """Of those, how many had to wait for another."""
    rate_left: int | None
    """What the last answer said is left of the hourly REST limit."""


def judge_pull(
    client: Client,
    caches: Caches,
    repo: str,
    number: int,
    *,
    now: datetime,
    expect_sha: str | None = None,
    overrides: Sequence[Override] = (),
    publish: bool = True,
    likely: bool = True,
) -> Outcome:
    """Judge one pull request of `repo` at its head.

    `expect_sha`: the head that a webhook announced: reads start with it; an answer without it is no verdict.
    `overrides`: those on record; they count only on the head SHA, with their comment still there and unedited.
    `likely`: does what is known so far (label, branch) say hotfix? False saves reads that only a hotfix needs.
    Raises CouldNotTell, NotPermitted, Gone.
    """
    raise NotImplementedError


def judge_group(
    client: Client,
    caches: Caches,
    repo: str,
    group_sha: str,
    number: int,
    *,
    now: datetime,
    overrides: Sequence[Override] = (),
) -> Outcome:
    """Judge a merge group's pull request again and publish on the group's head SHA."""
    raise NotImplementedError


def could_not_tell(
    client: Client, repo: str, number: int, sha: str, reason: str, retry_at: datetime | None, *, now: datetime
) -> Published:
    """Say on the check run that there is no verdict yet and when it is tried again; it is left in progress."""
    raise NotImplementedError
