"""Faults on demand: statuses, delays, held calls, cut connections, outages, stale reads, limits, latency."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from tests.github.server.clock import Clock
from tests.github.server.routing import DOCS, Actor
from tests.github.server.state import JSON, Pull, Repo
from tests.github.server.world import World

ABOUT_LIMITS = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)


@dataclass(eq=False)
class Fault:
    id: int
    path: str = "*"
    method: str | None = None
    status: int | None = None
    delay: float | None = None
    hold: bool = False
    """Whether a call is held until the fault is released or removed."""
    cut: str | None = None
    rate: float = 1.0
    count: int | None = None
    retry_after: float | None = None
    body: Any = None
    raw: str | None = None
    """A raw response body, as from a proxy: an HTML page, or truncated JSON."""
    headers: dict[str, str] = field(default_factory=dict)
    actor: str | None = None
    operation: str | None = None
    after: int = 0
    hits: int = 0
    held: int = 0
    """Number of calls currently held."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self) -> None:
        """Delay or hold a call that this fault affects."""
        if self.hold:
            self.held += 1
            try:
                await self.released.wait()
            finally:
                self.held -= 1
        if self.delay:
            await asyncio.sleep(self.delay)

    def suits(self, method: str, path: str, actor: Actor, operation: str) -> bool:
        return (
            fnmatchcase(path, self.path)
            and (self.method is None or self.method == method)
            and (self.actor is None or self.actor == actor.kind)
            and (self.operation is None or self.operation in operation)
        )

    def answer(self) -> tuple[int, JSON | bytes, dict[str, str]]:
        assert self.status is not None
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["retry-after"] = f"{self.retry_after:g}"
        if self.raw is not None:
            return self.status, self.raw.encode(), {"content-type": "text/html", **headers}
        if self.body == "secondary":
            return self.status, {"message": SECONDARY, "documentation_url": ABOUT_LIMITS}, headers
        if isinstance(self.body, dict):
            return self.status, self.body, headers
        words = {429: "Too Many Requests", 500: "Server Error", 502: "Server Error", 503: "Service Unavailable"}
        text = self.body or words.get(self.status, "Something went wrong")
        return self.status, {"message": text, "documentation_url": DOCS}, headers


class Faults:
    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.known: dict[int, Fault] = {}
        self.random = random.Random(11)
        self.latency = 0.0
        self.outage: bool | int = False

    def add(self, number: int, body: JSON) -> Fault:
        fault = Fault(number, **body)
        self.active.append(fault)
        self.known[number] = fault
        return fault

    def remove(self, fault: Fault) -> None:
        if fault in self.active:
            self.active.remove(fault)
        fault.released.set()

    def strike(self, method: str, path: str, actor: Actor, operation: str) -> Fault | None:
        """Return the fault that affects this call and count the hit; None if there is none."""
        for fault in self.active:
            if not fault.suits(method, path, actor, operation):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.rate < 1 and self.random.random() >= fault.rate:
                continue
            fault.hits += 1
            if fault.count is not None and fault.hits >= fault.count:
                self.active.remove(fault)
            return fault
        return None


# --- stale reads ---


@dataclass(eq=False)
class Lag:
    """For a while after a push, by GitHub's clock, reads return the state before it."""

    repo: Repo
    clock: Clock
    seconds: float | None
    reads: int | None
    refs: dict[str, str] | None = None
    heads: dict[Pull, str] = field(default_factory=dict)
    began: datetime | None = None

    def start(self, refs: dict[str, str]) -> None:
        self.refs = refs
        self.began = self.clock.now()

    @property
    def active(self) -> bool:
        if self.refs is None or self.began is None:
            return False
        if self.seconds is not None and self.clock.now() - self.began > timedelta(seconds=self.seconds):
            return False
        return self.reads is None or self.reads > 0


def before_push(world: World, repo: Repo, moves: dict[str, tuple[str, str]]) -> None:
    """Record the refs that readers still see for a while."""
    for lag in world.lags:
        if lag.repo is repo and lag.refs is None:
            refs = dict(repo.git.refs)
            for name, (before, _) in moves.items():
                refs.pop(name, None)
                if before != "0" * 40:
                    refs[name] = before
            lag.heads = {pull: pull.head_sha for pull in repo.pulls}
            lag.start(refs)


@contextmanager
def as_readers_see(world: World, is_read: bool) -> Iterator[None]:
    """Show lagging repositories in their state before the push while a read is answered."""
    world.lags = [lag for lag in world.lags if lag.refs is None or lag.active]
    lags = [lag for lag in world.lags if lag.active]
    if not lags:
        yield
        return
    saved: list[tuple[Lag, dict[str, str], dict[Pull, str]]] = []
    for lag in lags:
        git = lag.repo.git
        git.flush()
        now = git.refs
        saved.append((lag, now, {pull: pull.head_sha for pull in lag.heads}))
        assert lag.refs is not None
        tips = set(now.values()) - set(lag.refs.values())
        known = set().union(*(git.history.ancestors(git.objects.peel(s)) for s in set(lag.refs.values())))
        git.hidden = {s for tip in tips for s in git.history.ancestors(git.objects.peel(tip))} - known
        if is_read:
            if lag.reads is not None:
                lag.reads -= 1
            git.refs = lag.refs
            for pull, sha in lag.heads.items():
                pull.head_sha = sha
    try:
        yield
    finally:
        for lag, refs, heads in reversed(saved):
            lag.repo.git.hidden = set()
            if is_read:
                lag.repo.git.refs = refs
                for pull, sha in heads.items():
                    pull.head_sha = sha


# --- rate limits ---


@dataclass
class Budget:
    limit: int
    remaining: int
    reset_at: float
    """Unix time in seconds, by GitHub's clock."""

    @property
    def used(self) -> int:
        return self.limit - self.remaining


class Limits:
    """5,000 calls per hour for each installation and user, reported in the headers of every response."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.limit = 5000
        self._budgets: dict[str, Budget] = {}

    def budget(self, who: str) -> Budget:
        now = self._world.clock.now().timestamp()
        budget = self._budgets.get(who)
        if budget is None or budget.reset_at <= now:
            budget = self._budgets[who] = Budget(self.limit, self.limit, now + 3600)
        return budget

    def set(self, limit: int, remaining: int | None, reset_in: float) -> None:
        self.limit = limit
        now = self._world.clock.now().timestamp()
        self._budgets.clear()
        if remaining is not None:
            for installation in self._world.installations:
                self._budgets[f"installation:{installation}"] = Budget(limit, remaining, now + reset_in)

    def spend(self, who: str) -> tuple[bool, dict[str, str]]:
        """Count one call; return whether it is allowed, and the headers of its response."""
        budget = self.budget(who)
        allowed = budget.remaining > 0
        if allowed:
            budget.remaining -= 1
        return allowed, {
            "x-ratelimit-limit": str(budget.limit),
            "x-ratelimit-remaining": str(budget.remaining),
            "x-ratelimit-used": str(budget.used),
            "x-ratelimit-reset": str(int(budget.reset_at)),
            "x-ratelimit-resource": "core",
        }
