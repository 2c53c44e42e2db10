"""Cache what was read lately; webhooks drop entries, and what a verdict rests on is checked against each answer.

Policies, production and heads are only guesses at what to ask for: the answer itself holds the truth, and a wrong guess
costs another round. People are the one thing that is believed for a while (`PEOPLE_FOR`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from hotfix.facts import Production
from hotfix.policy import Policy
from hotfix.policy.marks import HotfixMarks
from hotfix.policy.policy_error import PolicyError
from hotfix.verdict import VerdictKind

PEOPLE_FOR = timedelta(minutes=5)
"""How long a team is believed when no webhook says that it changed."""
NOBODY_FOR = timedelta(minutes=1)
"""How long a team that could not be read is not asked for again."""
REVIEW_OFF_FOR = timedelta(hours=6)
"""How long a repository is believed to have no dependency review."""
LARGEST = 10_000
"""Entries of a kind; the least recently used goes first."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RecentCache(Generic[K, V]):
    """A bounded mapping that threads may share."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value, and mark it as used; None if there is none."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember it; what was used longest ago may go for it."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            while len(self._entries) > self._largest:
                self._entries.popitem(last=False)

    def drop(self, *keys: K) -> None:
        """Remove these entries, if they are there."""
        with self._lock:
            for key in keys:
                self._entries.pop(key, None)

    def drop_if(self, unwanted: Any) -> None:
        """Drop the entries whose key satisfies `unwanted`."""
        with self._lock:
            for key in [key for key in self._entries if unwanted(key)]:
                del self._entries[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPolicy:
    """A policy as it was read, or what is wrong with it."""

    blob: str
    """The blob's SHA; empty for the built-in defaults."""
    policy: Policy
    """The built-in defaults if it is broken."""
    error: PolicyError | None
    source: str
    default_branch: str
    of_broken: HotfixMarks | None = None
    """If it is broken: what still makes a pull request a hotfix."""

    unreadable: str = ""
    """Why the owner's policy might exist although it can't be read; empty if what is here decides."""

    @property
    def marks(self) -> HotfixMarks:
        """What makes a pull request a hotfix."""
        return self.of_broken or HotfixMarks.of(self.policy)

    def takes_for(self, labels: Collection[str], head_branch: str) -> VerdictKind:
        """Return what a pull request with these labels and this head branch is."""
        labelled, on_branch = self.marks.in_labels(labels), self.marks.in_branch(head_branch)
        if self.error is not None and (labelled or on_branch):
            return VerdictKind.BROKEN_POLICY
        if labelled:
            return VerdictKind.HOTFIX
        return VerdictKind.MISSING_LABEL if on_branch else VerdictKind.NOT_A_HOTFIX

    @property
    def long_lived(self) -> tuple[str, ...]:
        """Globs of the branches that live on and must get every fix."""
        return self.policy.long_lived(self.default_branch)

    @property
    def bases(self) -> tuple[str, ...]:
        """Globs of the branches that a hotfix pull request may go to."""
        return self.policy.bases(self.default_branch)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPull:
    """What the last evaluation of a pull request saw."""

    head: str
    before: tuple[str, ...]
    """Earlier heads, newest first: a delivery that announces one of them comes late."""
    hotfix: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedHead:
    """A head that production holds."""

    running: str
    """The commit in production that was seen to be the head, or to hold it: that never changes."""
    before: Production
    """What ran before the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineGround:
    """Why a commit counts as production."""

    branch: str = ""
    """The branch that contains it; empty if it counts for another reason."""
    until: datetime | None = None
    """When it must be read again; None for a branch that is compared in each evaluation."""


@dataclass(frozen=True, slots=True)
class KnownGroup:
    logins: frozenset[str]
    until: datetime
    """When it must be read again."""
    problem: str = ""
    """Why it could not be read; empty if it was."""
    passing: bool = False
    """Does the problem pass: GitHub knows the group, but did not list it?"""


@dataclass(frozen=True, slots=True)
class UnseenHead:
    """A head that a webhook announced and GitHub does not show."""

    sha: str
    since: datetime


class Caches:
    """Shared by all threads of a process. Repository names are taken whatever their case."""

    def __init__(self, trial: Policy | None = None) -> None:
        self.trial = trial
        """A policy to try instead of every repository's own."""
        self.policies: RecentCache[str, KnownPolicy] = RecentCache()
        self.last_marks: RecentCache[str, HotfixMarks] = RecentCache()
        """Repository -> what made a hotfix by its last policy that was not broken."""
        self.production: RecentCache[str, Production] = RecentCache()
        """Repository -> what runs now, whichever pull request asks."""
        self.shipped: RecentCache[tuple[str, str], ShippedHead] = RecentCache(1000)
        """(repository, head) -> what a head that production contains is compared to."""
        self.grounds: RecentCache[tuple[str, str], BaselineGround] = RecentCache()
        """(repository, commit) -> why it counts as production. A branch is compared again in each evaluation."""
        self.descents: RecentCache[tuple[str, str], bool] = RecentCache()
        """(commit, other commit) -> does the other descend from it? That never changes."""
        self.older_tags: RecentCache[tuple[str, int], Mapping[str, str]] = RecentCache(100)
        """(repository, how many tags it has) -> the tags beyond the newest hundred, and their commits."""
        self.attributes: RecentCache[tuple[str, str], Mapping[str, str]] = RecentCache(1000)
        """(repository, commit) -> the texts of the `.gitattributes` files there, by path: they never change."""
        self.teams: RecentCache[tuple[str, str], KnownGroup] = RecentCache()
        """(organisation or repository, team or `/maintainers`) -> who belongs to it."""
        self.people_changes = 0
        """How often people changed: what was read before a change is not remembered after it."""
        self.branches: RecentCache[str, tuple[str, ...]] = RecentCache()
        """Repository -> its long-lived branches, if the policy names them by globs."""
        self.pulls: RecentCache[tuple[str, int], KnownPull] = RecentCache()
        self.doubts: RecentCache[tuple[str, int], UnseenHead] = RecentCache(1000)
        self.lost_runs: RecentCache[tuple[str, int], int] = RecentCache(1000)
        """Repository and check run -> how often in a row GitHub did not find it to update."""
        self.without_review: RecentCache[str, datetime] = RecentCache()
        """Repositories without dependency review, and until when that is believed."""

    def policy_changed(self, repo: str) -> None:
        """Drop the policy that a push touched (for `owner/.github`, that of every repository of the owner)."""
        owner, _, name = repo.casefold().partition("/")
        if name == ".github":
            self.policies.drop_if(lambda key: key.startswith(f"{owner}/"))
        self.policies.drop(repo.casefold())

    def people_changed(self, org: str) -> None:
        """Drop the organisation's teams and maintainers after a change of either."""
        org = org.casefold()
        self.people_changes += 1
        self.teams.drop_if(lambda key: key[0] == org or key[0].startswith(f"{org}/"))

    def production_moved(self, repo: str) -> None:
        """Drop what is known of production after a change of tags, releases or deployments."""
        self.production.drop(repo.casefold())
        for mapping in (self.shipped, self.grounds, self.older_tags):
            mapping.drop_if(lambda key: key[0] == repo.casefold())

    def repository_deleted(self, repo: str) -> None:
        """Drop everything about a repository that was removed from the installation, renamed or deleted."""
        name = repo.casefold()
        self.policies.drop(name)
        self.last_marks.drop(name)
        self.production.drop(name)
        self.without_review.drop(name)
        self.branches.drop(name)
        for mapping in (self.attributes, self.shipped, self.grounds, self.older_tags, self.teams, self.pulls):
            mapping.drop_if(lambda key: key[0] == name)
        self.doubts.drop_if(lambda key: key[0] == name)

    def saw_head(self, repo: str, number: int, head: str, hotfix: bool) -> None:
        """Remember a pull request's head, and the heads before it."""
        key = (repo.casefold(), number)
        known = self.pulls.get(key)
        before: tuple[str, ...] = ()
        if known is not None:
            before = known.before if known.head == head else (known.head, *known.before)[:20]
        self.pulls.put(key, KnownPull(head=head, before=tuple(b for b in before if b != head), hotfix=hotfix))
