"""The routes of the pages, and what they have in common: authentication, permissions and error responses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from app.job_context import JobContext
from app.queue.group_commit import GroupWriter
from app.queue.handler_result import CacheInvalidation
from app.queue.intake import Intake
from app.settings import Settings
from app.storage import sessions
from app.web.pages import act_now_page, deliveries_page, figures_page, incident_page, login, pull_page
from app.web.pages.live import Live
from app.web.pages.page_access import Forbidden, Hidden, Permissions, Viewer, is_bearer
from app.web.pages.page_records import PageRecords
from app.web.pages.rendering import HEADERS, not_found, page, static
from app.web.webhooks import Webhooks
from hotfix.github.transport.errors import GitHubError, TokenRefused

Draw = Callable[["Pages", Request, Viewer], Response]
"""A function that renders a page, called in a thread. Raises Hidden, Forbidden, GitHubError."""
Act = Callable[["Pages", Request, Viewer], Awaitable[Response]]
"""A coroutine function that performs an action for a viewer. Raises the same errors."""


class Parts(Protocol):
    """The parts of the service that the pages need."""

    settings: Settings
    context: JobContext
    webhooks: Webhooks
    writer: GroupWriter | None
    intake: Intake | None
    stopping: asyncio.Event

    def invalidate(self, stale: CacheInvalidation) -> None: ...


@dataclass(slots=True)
class Pages:
    """All pages and their shared state."""

    parts: Parts
    permissions: Permissions = field(init=False)
    live: Live = field(init=False)
    records: PageRecords = field(default_factory=PageRecords)

    def __post_init__(self) -> None:
        self.live = Live(self)
        self.permissions = Permissions(self.parts.context.github.as_user)

    @property
    def client_secret(self) -> str:
        return self.parts.settings.client_secret.get_secret_value()

    @property
    def can_log_in(self) -> bool:
        """Whether the App's login is set up."""
        return bool(self.parts.settings.client_id and self.client_secret)

    @property
    def how_to_log_in(self) -> str:
        """Instructions for enabling the login."""
        return "Set HOTFIX_CLIENT_ID and HOTFIX_CLIENT_SECRET, which are on the App's settings page on GitHub."

    async def write(self, operation: Callable[[Connection], Any]) -> None:
        """Run an operation in the next transaction. Raises StoreError."""
        if self.parts.writer is not None:
            await self.parts.writer.submit(operation)

    def routes(self) -> list[Route]:
        return [
            Route("/", self._first),
            Route("/login", partial(login.begin, self)),
            Route(login.CALLBACK, partial(login.finish, self)),
            Route("/logout", partial(login.log_out, self), methods=["POST"]),
            Route("/events", self.live.stream),
            Route("/static/{name}", _static),
            Route("/figures", self._shown(figures_page.draw)),
            Route("/deliveries", self._shown(deliveries_page.draw)),
            Route("/deliveries/{guid}", self._shown(deliveries_page.draw_one)),
            Route("/deliveries/{guid}/payload", self._shown(deliveries_page.draw_payload)),
            Route("/deliveries/{guid}/replay", self._acted(deliveries_page.replay), methods=["POST"]),
            Route("/{owner}/{repo}/incidents/{number}", self._shown(incident_page.draw)),
            Route("/{owner}/{repo}/pull/{number}", self._shown(pull_page.draw)),
        ]

    async def viewer(self, request: Request) -> Viewer | None:
        """Return the viewer who sent a request; None if not logged in."""
        if is_bearer(request.headers.get("authorization", ""), self.parts.settings.pages_token.get_secret_value()):
            return Viewer("", None)
        session = await asyncio.to_thread(login.session_of, self, request) if self.can_log_in else None
        if session is None:
            return None
        now = time.time()
        if now - session.seen_at > sessions.SEEN_EVERY:
            await self.write(lambda c: sessions.seen(c, session.id, now=now))
        return Viewer(session.login, session)

    def _shown(self, draw: Draw) -> Any:
        """Return the endpoint of a page that requires a login."""
        return self._acted(lambda *asked: asyncio.to_thread(draw, *asked))

    async def _first(self, request: Request) -> Response:
        """Return `Act now` for viewers who are logged in, and the about page for others and for API clients."""
        viewer = await self.viewer(request)
        accept = request.headers.get("accept", "")
        if viewer is None or ("application/json" in accept and "text/html" not in accept):
            return await asyncio.to_thread(act_now_page.about, self, request)
        return await self._guarded(asyncio.to_thread(act_now_page.draw, self, request, viewer), request, viewer)

    def _acted(self, act: Act) -> Any:
        """Return the endpoint of an action that requires a login."""

        async def endpoint(request: Request) -> Response:
            viewer = await self.viewer(request)
            return await self._guarded(act(self, request, viewer), request, viewer) if viewer else self._nobody(request)

        return endpoint

    async def _guarded(self, answer: Awaitable[Response], request: Request, viewer: Viewer) -> Response:
        try:
            return await answer
        except Hidden:
            return not_found()
        except Forbidden as error:
            return page("refused.html", 403, title="Not allowed", reason=str(error))
        except TokenRefused:
            if viewer.session is not None:
                ended = viewer.session.id
                await self.write(lambda c: sessions.end(c, ended))
                self.permissions.forget(ended)
            return self._nobody(request)
        except GitHubError:
            reason = "Your permissions could not be read from GitHub, so nothing is shown. Try again in a moment."
            return page("refused.html", 503, {"Retry-After": "5"}, title="GitHub does not respond", reason=reason)

    def _nobody(self, request: Request) -> Response:
        """Redirect browsers to the login and reject other clients, whether or not the page exists."""
        is_browser = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if self.can_log_in and is_browser and "hx-request" not in request.headers:
            return RedirectResponse(login.login_url(request), 303, HEADERS)
        return PlainTextResponse("Log in first.\n", 401, {**HEADERS, "WWW-Authenticate": 'Bearer realm="hotfix"'})


async def _static(request: Request) -> Response:
    return static(request.path_params["name"])
