"""A pull request with the verdict that its facts justify, now and at any earlier moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.github import Pull

FOR_EVER = float("inf")


@dataclass
class Window:
    """The period in which the facts justify a pass on `sha`, in monotonic seconds of this machine."""

    sha: str
    opened: float
    closed: float = FOR_EVER


@dataclass
class Subject:
    """People's actions on one pull request and their expected effect, recorded independently of the service."""

    pull: Pull
    branch: str
    sha: str
    hotfix: bool = True
    sound: bool = True
    """Whether the commit complies with every rule."""
    overridden: bool = False
    """Whether the commander has overridden the one violated rule for this head."""
    labelled: bool = True
    spec: bool = True
    """Whether the body is a complete spec."""
    edited_at: float = field(default_factory=time.monotonic)
    """When the body, which is the spec, was last written."""
    approved_on: str | None = None
    review: int = 0
    """The ID of the valid approval."""
    reviewed_at: list[float] = field(default_factory=list)
    """When reviews were submitted, in monotonic seconds: each removes the request, so another may follow."""
    refused: int = 0
    """Number of `/hotfix` comments that must be answered with one sentence each."""
    doubtful: int = 0
    """Number of those that may be answered: an override is refused if the head moves before it is read."""
    settled: bool = False
    """Whether the service has had time since the last push to see the head."""
    shas: list[str] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)

    @property
    def expected(self) -> str:
        """Return the conclusion that the facts currently justify."""
        if not self.hotfix:
            return "success"
        if not self.labelled or not self.spec or not (self.sound or self.overridden):
            return "failure"
        return "success" if self.approved_on == self.sha else "action_required"

    @contextmanager
    def change(self) -> Iterator[None]:
        """Record the effect of the action in the block. A pass is justified from its start, or until its end."""
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
        """Return whether a pass on `sha`, written from `start` to `end`, fits facts at most `slack` seconds old."""
        return any(w.sha == sha and end >= w.opened and start <= w.closed + slack for w in self.windows)
