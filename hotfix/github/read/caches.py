"""Caches of recent reads. Webhooks drop entries; what a verdict uses, except people, is checked again.

Cached policies, production and heads only predict what to request: the answer is authoritative, and a wrong prediction
takes another round trip. People are used from the cache without checking, for `PEOPLE_FOR`.
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
"""How long a team stays cached if no webhook reports a change."""
UNREADABLE_FOR = timedelta(minutes=1)
"""How long a team that could not be read stays cached as unreadable."""
REVIEW_OFF_FOR = timedelta(hours=6)
"""How long the absence of dependency review stays cached."""
LARGEST = 10_000
"""Maximum number of entries per cache; the least recently used is evicted first."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RecentCache(Generic[K, V]):
    """A bounded, thread-safe LRU mapping."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value and mark it as used; None if it isn't cached."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Store a value, evicting the least recently used entries if the cache is full."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            while len(self._entries) > self._largest:
                self._entries.popitem(last=False)

    def drop(self, *keys: K) -> None:
        """Remove these entries, if present."""
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
    """A policy as it was read, with its error if it is broken."""

    blob: str
    """The blob's SHA; empty for the built-in defaults."""
    policy: Policy
    """The built-in defaults if it is broken."""
    error: PolicyError | None
    source: str
    default_branch: str
    of_broken: HotfixMarks | None = None
    """If it is broken: the labels and branches that still make a pull request a hotfix."""

    unreadable: str = ""
    """Why the owner may have a policy that can't be read; empty if this policy certainly applies."""

    @property
    def marks(self) -> HotfixMarks:
        """The labels and branches that make a pull request a hotfix."""
        return self.of_broken or HotfixMarks.of(self.policy)

    def kind_of(self, labels: Collection[str], head_branch: str) -> VerdictKind:
        """Return the verdict kind for a pull request with these labels and this head branch."""
        labelled, on_branch = self.marks.in_labels(labels), self.marks.in_branch(head_branch)
        if self.error is not None and (labelled or on_branch):
            return VerdictKind.BROKEN_POLICY
        if labelled:
            return VerdictKind.HOTFIX
        return VerdictKind.MISSING_LABEL if on_branch else VerdictKind.NOT_A_HOTFIX

    @property
    def long_lived(self) -> tuple[str, ...]:
        """Globs of the long-lived branches, which must get every fix."""
        return self.policy.long_lived(self.default_branch)

    @property
    def bases(self) -> tuple[str, ...]:
        """Globs of the branches that a hotfix pull request may target."""
        return self.policy.bases(self.default_branch)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPull:
    """The state of a pull request in its last evaluation."""

    head: str
    before: tuple[str, ...]
    """Earlier heads, newest first; a delivery that announces one of them is out of date."""
    hotfix: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedHead:
    """A head that production contains."""

    running: str
    """The commit in production that is the head or contains it; this never changes."""
    previous: Production
    """The release that ran before the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineGround:
    """The evidence that a commit is accepted as production."""

    branch: str = ""
    """The branch that contains it; empty if the evidence is something else."""
    until: datetime | None = None
    """When it must be read again; None for a branch, which is compared in every evaluation."""


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """The members of a team, or the maintainers of a repository, as they were read."""

    logins: frozenset[str]
    until: datetime
    """When it must be read again."""
    problem: str = ""
    """Why it could not be read; empty if it could."""
    passing: bool = False
    """Whether the problem is transient: the group exists, but GitHub failed to list it."""


@dataclass(frozen=True, slots=True)
class UnseenHead:
    """A head that a webhook announced but GitHub's API does not show yet."""

    sha: str
    since: datetime


class Caches:
    """The caches of a process, shared by its threads. Repository names are case-insensitive."""

    def __init__(self, trial: Policy | None = None) -> None:
        self.trial = trial
        """A policy to use instead of every repository's own."""
        self.policies: RecentCache[str, KnownPolicy] = RecentCache()
        self.last_marks: RecentCache[str, HotfixMarks] = RecentCache()
        """Repository -> the hotfix labels and branches of its last valid policy."""
        self.production: RecentCache[str, Production] = RecentCache()
        """Repository -> the release that runs in production now."""
        self.shipped: RecentCache[tuple[str, str], ShippedHead] = RecentCache(1000)
        """(repository, head) -> the baseline of a head that production contains."""
        self.grounds: RecentCache[tuple[str, str], BaselineGround] = RecentCache()
        """(repository, commit) -> why it is accepted as production. A branch is compared again in every evaluation."""
        self.descents: RecentCache[tuple[str, str], bool] = RecentCache()
        """(commit, other commit) -> whether the other descends from it; this never changes."""
        self.older_tags: RecentCache[tuple[str, int], Mapping[str, str]] = RecentCache(100)
        """(repository, its number of tags) -> the tags beyond the newest 100, with their commits."""
        self.attributes: RecentCache[tuple[str, str], Mapping[str, str]] = RecentCache(1000)
        """(repository, commit) -> the contents of its `.gitattributes` files, by path; they never change."""
        self.teams: RecentCache[tuple[str, str], KnownGroup] = RecentCache()
        """(organization or repository, team or `/maintainers`) -> its members."""
        self.people_changes = 0
        """Counter of changes to people; a read that a change overlaps isn't cached."""
        self.branches: RecentCache[str, tuple[str, ...]] = RecentCache()
        """Repository -> its long-lived branches, if the policy uses globs for them."""
        self.pulls: RecentCache[tuple[str, int], KnownPull] = RecentCache()
        self.doubts: RecentCache[tuple[str, int], UnseenHead] = RecentCache(1000)
        self.lost_runs: RecentCache[tuple[str, int], int] = RecentCache(1000)
        """(repository, check run) -> number of consecutive updates for which GitHub did not find it."""
        self.without_review: RecentCache[str, datetime] = RecentCache()
        """Repository without dependency review -> when to check again."""

    def policy_changed(self, repo: str) -> None:
        """Drop the policy that a push may have changed (for `owner/.github`, those of all the owner's repositories)."""
        owner, _, name = repo.casefold().partition("/")
        if name == ".github":
            self.policies.drop_if(lambda key: key.startswith(f"{owner}/"))
        self.policies.drop(repo.casefold())

    def people_changed(self, org: str) -> None:
        """Drop the organization's teams and maintainers after a change of either."""
        org = org.casefold()
        self.people_changes += 1
        self.teams.drop_if(lambda key: key[0] == org or key[0].startswith(f"{org}/"))

    def production_moved(self, repo: str) -> None:
        """Drop the cached production state after a change of tags, releases or deployments."""
        self.production.drop(repo.casefold())
        for mapping in (self.shipped, self.grounds, self.older_tags):
            mapping.drop_if(lambda key: key[0] == repo.casefold())

    def repository_deleted(self, repo: str) -> None:
        """Drop everything about a repository that was removed from the installation, renamed or deleted."""
        name = repo.casefold()
        for by_repo in (self.policies, self.last_marks, self.production, self.without_review, self.branches):
            by_repo.drop(name)
        pairs = (self.attributes, self.shipped, self.grounds, self.older_tags, self.teams, self.pulls, self.doubts)
        for by_pair in pairs:
            by_pair.drop_if(lambda key: key[0] == name)

    def saw_head(self, repo: str, number: int, head: str, hotfix: bool) -> None:
        """Store a pull request's head, and the heads before it."""
        key = (repo.casefold(), number)
        known = self.pulls.get(key)
        before: tuple[str, ...] = ()
        if known is not None:
            before = known.before if known.head == head else (known.head, *known.before)[:20]
        self.pulls.put(key, KnownPull(head=head, before=tuple(b for b in before if b != head), hotfix=hotfix))
