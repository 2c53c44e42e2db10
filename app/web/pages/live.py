"""`/events`: notify open pages of changes, with server-sent events.

While any page is open, one task per process polls the database. So changes made by any replica are seen, and the code
that writes verdicts and incidents does not need to announce them.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.storage import snapshots
from app.storage.database import short
from app.web.pages import login
from app.web.pages.page_access import Viewer
from app.web.pages.rendering import HEADERS
from hotfix.github.transport.errors import GitHubError

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

log = structlog.get_logger(part="pages")

T = TypeVar("T")
Rows = list[tuple[str, int, str, float, dict[str, Any]]]
"""The name, number, kind, time and card of each changed item."""
EVERY = 0.5
"""Seconds between two polls while a page is open."""
OVERLAP = 15.0
"""Seconds that each poll looks back, because a row is committed slightly after its timestamp."""
BREATH = 20.0
"""Seconds without a change after which a comment is sent, so that proxies keep the connection open."""
CHECKED_EVERY = 60.0
"""Seconds after which a listener's session is checked again."""
KNOWN = 5_000
"""Number of rows whose previous state is loaded at the start. A change of any other row is announced as new."""
LISTENERS = 500
"""Maximum number of pages that listen at the same time; further ones refresh every minute."""


@dataclass(frozen=True, slots=True)
class LiveChange:
    """A change to an incident or pull request that pages show."""

    name: str
    number: int
    news: str
    """The announcement; empty if only details changed."""


@dataclass(slots=True)
class Live:
    """The listening pages, and the last known state of each row."""

    pages: Pages
    _listeners: set[asyncio.Queue[LiveChange]] = field(default_factory=set)
    _task: asyncio.Task[None] | None = None
    _seen: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    """Per row, the time of its last change and its state at that time."""

    async def stream(self, request: Request) -> Response:
        """Stream the changes that the viewer can read, until they disconnect or log out, or the service stops."""
        viewer = await self.pages.viewer(request)
        if viewer is None:
            return PlainTextResponse("Log in first.\n", 401, HEADERS)
        if len(self._listeners) >= LISTENERS:
            return PlainTextResponse("Too many pages are open.\n", 503, {**HEADERS, "Retry-After": "60"})
        repo, number = request.query_params.get("repo", ""), request.query_params.get("number", "")
        return StreamingResponse(
            self._events(request, viewer, repo.casefold(), number, _moment(request.query_params.get("seen", ""))),
            media_type="text/event-stream",
            headers={**HEADERS, "X-Accel-Buffering": "no"},
        )

    async def _events(
        self, request: Request, viewer: Viewer, repo: str, number: str, seen: float
    ) -> AsyncIterator[str]:
        """Yield the events, beginning with any change since `seen`, the time at which the page was rendered."""
        queue: asyncio.Queue[LiveChange] = asyncio.Queue(100)
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(), name="hotfix-pages")
        stopping = asyncio.ensure_future(self.pages.parts.stopping.wait())
        checked = time.monotonic()
        try:
            yield "retry: 3000\n\n"
            if await self._changed(viewer, repo, number, seen):
                yield "event: changed\ndata: \n\n"
            while not stopping.done():
                change = await _next(queue, stopping)
                if time.monotonic() - checked > CHECKED_EVERY:
                    checked = time.monotonic()
                    if viewer.session and await asyncio.to_thread(login.session_of, self.pages, request) is None:
                        return
                if change is None:
                    yield ": still here\n\n"
                elif _is_about(change.name, change.number, repo, number) and await self._may(viewer, change.name):
                    if change.news:
                        yield f"event: announce\ndata: {escape(change.news)}\n\n"
                    yield "event: changed\ndata: \n\n"
        finally:
            stopping.cancel()
            self._listeners.discard(queue)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _changed(self, viewer: Viewer, repo: str, number: str, seen: float) -> bool:
        """Return whether the content of the page changed since `seen`; False if that is 0."""
        if not seen:
            return False
        try:
            changes = await self._rows(snapshots.changed_since, seen)
        except SQLAlchemyError:
            return False
        names = {name for name, at, _, _, _ in changes if _is_about(name, at, repo, number)}
        return any([await self._may(viewer, name) for name in names])

    async def _may(self, viewer: Viewer, name: str) -> bool:
        """Return whether the viewer can read the repository; False if GitHub cannot be queried."""
        try:
            return bool(await asyncio.to_thread(self.pages.permissions.readable, viewer, [name]))
        except GitHubError:
            return False

    async def _look(self) -> None:
        """Poll for changes and pass them to the listeners, until cancelled.

        The current state is read first, so that a later change can be compared with it.
        """
        with contextlib.suppress(SQLAlchemyError):
            await self._learn()
        while True:
            await asyncio.sleep(EVERY)
            try:
                changes = await self._read(time.time() - OVERLAP)
            except SQLAlchemyError as error:
                log.warning("changes could not be read", reason=short(error))
                continue
            for change in changes:
                for queue in self._listeners:
                    with contextlib.suppress(asyncio.QueueFull):
                        queue.put_nowait(change)

    async def _learn(self) -> None:
        found = await self._rows(snapshots.changed_last, KNOWN)
        self._seen = {(name, number): (at, _state(kind, card)) for name, number, kind, at, card in found}

    async def _rows(self, read: Callable[[Connection, T], Rows], argument: T) -> Rows:
        def work() -> Rows:
            with self.pages.parts.context.read() as connection:
                return read(connection, argument)

        return await asyncio.to_thread(work)

    async def _read(self, since: float) -> list[LiveChange]:
        found = []
        for name, number, kind, at, card in await self._rows(snapshots.changed_since, since):
            state = _state(kind, card)
            before = self._seen.get((name, number))
            if before is not None and before[0] >= at:
                continue
            self._seen[name, number] = (at, state)
            words = news(kind, before[1] if before else None, state)
            found.append(LiveChange(name, number, f"{name}#{number} {words}." if words else ""))
        if len(self._seen) > 10_000:
            self._seen = {key: seen for key, seen in self._seen.items() if seen[0] > since}
        return found


def _state(kind: str, card: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the state whose changes are announced: an incident's stage and severity, a pull request's verdict.

    The first item of a verdict is its title, which is only shown: a verdict in other words is not a new one.
    """
    if kind == snapshots.INCIDENT:
        return str(card["stage"]), str(card["severity"])
    rules = (f"{status} {rule}" for status in ("failing", "pending") for rule in card[status])
    return str(card["headline"]), str(card["conclusion"]), *rules, *(str(act["who"]) for act in card["acts"])


def news(kind: str, before: tuple[str, ...] | None, now: tuple[str, ...]) -> str:
    """Return what changed, as the end of a sentence; empty if there is nothing to announce. `before` is None if new."""
    if kind != snapshots.INCIDENT:
        return f"has a new verdict: {now[0]}" if before is None or before[1:] != now[1:] else ""
    stage, severity = now
    changed = [f"in stage {stage}"] if before is None or before[0] != stage else []
    if before is not None and before[1] != severity:
        changed.insert(0, severity or "without a severity")
    return f"is now {' and '.join(changed)}" if changed else ""


def _is_about(name: str, number: int, repo: str, page_number: str) -> bool:
    """Return whether a page shows this incident or pull request. Without `repo`, the page shows all of them."""
    return not repo or (name.casefold(), str(number)) == (repo, page_number)


def _moment(given: str) -> float:
    """Return the time in seconds since the epoch; 0 if `given` is not a number."""
    return float(given) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", given, re.ASCII) else 0.0


async def _next(queue: asyncio.Queue[LiveChange], stopping: asyncio.Future[Any]) -> LiveChange | None:
    """Return the next change; None after `BREATH` seconds without one, or if the service stops."""
    getting = asyncio.ensure_future(queue.get())
    await asyncio.wait((getting, stopping), timeout=BREATH, return_when=asyncio.FIRST_COMPLETED)
    if getting.done():
        return getting.result()
    getting.cancel()
    return None
