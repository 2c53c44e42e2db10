"""One pull request and what is true of it: which verdict its facts carry, now and at any moment before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.github import Pull

FOR_EVER = float("inf")


@dataclass
class Window:
    """The time in which a pass on `sha` is justified by the facts; monotonic seconds of this machine."""

    sha: str
    opened: float
    closed: float = FOR_EVER


@dataclass
class Subject:
    """What the people of the campaign did to one pull request. Nothing here is asked of the service."""

    pull: Pull
    branch: str
    sha: str
    hotfix: bool = True
    sound: bool = True
    """Is the commit within every rule?"""
    overridden: bool = False
    """Has the commander set the one broken rule aside, for this head?"""
    labelled: bool = True
    spec: bool = True
    """Is the body a whole spec?"""
    edited_at: float = field(default_factory=time.monotonic)
    """When the body was written, which is the spec."""
    approved_on: str | None = None
    review: int = 0
    """The id of the approval that counts."""
    reviewed_at: list[float] = field(default_factory=list)
    """When reviews were given: each takes the request away, so that one more may follow. Monotonic seconds."""
    refused: int = 0
    """`/hotfix` comments that must be answered with one sentence each."""
    doubtful: int = 0
    """Those that may be: an override is refused where the head moves on before it is read."""
    settled: bool = False
    """Does the service know the head? It has had the time since the last push."""
    shas: list[str] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)

    @property
    def expected(self) -> str:
        """Return the conclusion that its facts justify now."""
        if not self.hotfix:
            return "success"
        if not self.labelled or not self.spec or not (self.sound or self.overridden):
            return "failure"
        return "success" if self.approved_on == self.sha else "action_required"

    @contextmanager
    def change(self) -> Iterator[None]:
        """Surround an act and the note of it. A pass is justified from the act's start, or until its end."""
        before, began = (self.sha, self.expected), time.monotonic()
        yield
        if self.sha not in self.shas:
            self.shas.append(self.sha)
        after = (self.sha, self.expected)
        if before == after and self.windows:
            return
        if self.windows and self.windows[-1].closed == FOR_EVER:
            self.windows[-1].closed = time.monotonic()
        if self.expected == "success":
            self.windows.append(Window(self.sha, began))

    def may_pass(self, sha: str, start: float, end: float, slack: float) -> bool:
        """Was a pass on `sha`, written between `start` and `end`, carried by facts not older than `slack` seconds?"""
        return any(w.sha == sha and end >= w.opened and start <= w.closed + slack for w in self.windows)
