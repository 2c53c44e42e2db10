"""`/events`: tell open pages what changed, as server-sent events.

One task per process looks into the database while any page is open, so that a change is seen whichever replica made it,
and nothing is done for it where verdicts and lives are written.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.storage import snapshots
from app.storage.database import short
from app.web.pages import login
from app.web.pages.page_viewer import Viewer
from app.web.pages.rendering import HEADERS
from hotfix.github.transport.errors import GitHubError

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

log = structlog.get_logger(part="pages")

EVERY = 0.5
"""Seconds between two looks while a page is open."""
OVERLAP = 15.0
"""Seconds by which each look goes back: a row is committed a little after its time."""
BREATH = 20.0
"""Seconds after which an empty line is sent, which keeps proxies from closing the connection."""
CHECKED_EVERY = 60.0
"""Seconds after which a listener's session is looked at again."""
KNOWN = 5_000
"""Rows of which it is known what they said before a change; of others every change counts as new."""
LISTENERS = 500
"""Pages that may listen at once; further ones are refreshed every minute."""


@dataclass(frozen=True, slots=True)
class LiveChange:
    """Something that a page shows has changed."""

    name: str
    number: int
    news: str
    """What to say of it; empty if only details changed."""


@dataclass(slots=True)
class Live:
    """Who listens, and what was seen last."""

    pages: Pages
    _listeners: set[asyncio.Queue[LiveChange]] = field(default_factory=set)
    _task: asyncio.Task[None] | None = None
    _seen: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    """When each row was last changed, and what its news were then."""

    async def stream(self, request: Request) -> Response:
        """Answer with the changes of what the viewer can read, until they leave, log out or the service stops."""
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
        """Yield the events. What changed after `seen`, when the page was drawn, comes first: it was never announced."""
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
        """Return whether something of the page changed since; without a time nothing did."""
        if not seen:
            return False

        def read() -> list[tuple[str, int, str, float, dict[str, Any]]]:
            with self.pages.parts.context.read() as connection:
                return snapshots.changed_since(connection, seen)

        try:
            changes = await asyncio.to_thread(read)
        except SQLAlchemyError:
            return False
        names = {name for name, at, _, _, _ in changes if _is_about(name, at, repo, number)}
        return any([await self._may(viewer, name) for name in names])

    async def _may(self, viewer: Viewer, name: str) -> bool:
        """Return whether the viewer can read it; if that is not known, it cannot."""
        try:
            return bool(await asyncio.to_thread(self.pages.permissions.readable, viewer, [name]))
        except GitHubError:
            return False

    async def _look(self) -> None:
        """Look for changes and hand them to the listeners, as long as there are any.

        What is on record before is read first: otherwise it is not known what a change changes.
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
        def read() -> list[tuple[str, int, str, float, dict[str, Any]]]:
            with self.pages.parts.context.read() as connection:
                return snapshots.changed_last(connection, KNOWN)

        found = await asyncio.to_thread(read)
        self._seen = {(name, number): (at, _state(kind, card)) for name, number, kind, at, card in found}

    async def _read(self, since: float) -> list[LiveChange]:
        def read() -> list[tuple[str, int, str, float, dict[str, Any]]]:
            with self.pages.parts.context.read() as connection:
                return snapshots.changed_since(connection, since)

        found = []
        for name, number, kind, at, card in await asyncio.to_thread(read):
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
    """Return what is announced once it changes: stage and severity of an incident, the verdict on a pull request."""
    return (str(card["stage"]), str(card["severity"])) if kind == snapshots.INCIDENT else (str(card["headline"]),)


def news(kind: str, before: tuple[str, ...] | None, now: tuple[str, ...]) -> str:
    """Say what changed, as the end of a sentence; empty if nothing that is announced did. None before: it is new."""
    if kind != snapshots.INCIDENT:
        return f"has a new verdict: {now[0]}" if before != now else ""
    stage, severity = now
    changed = [f"in stage {stage}"] if before is None or before[0] != stage else []
    if before is not None and before[1] != severity:
        changed.insert(0, severity or "without a severity")
    return f"is now {' and '.join(changed)}" if changed else ""


def _is_about(name: str, number: int, repo: str, page_number: str) -> bool:
    """Return whether a page shows it: the page of one incident or pull request, or without a repository all of them."""
    return not repo or (name.casefold(), str(number)) == (repo, page_number)


def _moment(given: str) -> float:
    """Return the time in seconds; 0 for anything else."""
    return float(given) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", given, re.ASCII) else 0.0


async def _next(queue: asyncio.Queue[LiveChange], stopping: asyncio.Future[Any]) -> LiveChange | None:
    """Return the next change; None after a while without one, or if the service stops."""
    getting = asyncio.ensure_future(queue.get())
    await asyncio.wait((getting, stopping), timeout=BREATH, return_when=asyncio.FIRST_COMPLETED)
    if getting.done():
        return getting.result()
    getting.cancel()
    return None
