"""Serve only `/setup` while the service has no credentials.

When the App is registered, build the real application and pass all further requests to it, without a restart.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.setup import credentials
from app.web.setup.credentials import CredentialsError
from app.web.setup.link import LIFETIME, SetupLink
from hotfix.github.app_requirements import EVENTS, PERMISSIONS
from hotfix.github.transport.errors import GitHubError
from hotfix.github.write.setup import app_manifest
from hotfix.github.write.setup.app_manifest import RegisteredApp

log = structlog.get_logger(part="setup")

FOLDER = Path(__file__).parent
COOKIE = "hotfix_setup"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
DEFAULT_NAME = "hotfix"

STYLE = (FOLDER / "style.css").read_text()
"""Inlined into each page, because the last page is shown when `/setup` no longer exists."""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

templates = Environment(loader=FileSystemLoader(FOLDER), autoescape=select_autoescape(["html"]), trim_blocks=True)


class ServedApp(Protocol):
    """The real application: an ASGI application and its lifespan."""

    def lifespan(self) -> AbstractAsyncContextManager[None]: ...

    def stop_streams(self) -> None: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


@dataclass(kw_only=True, eq=False)
class SetupApp:
    """An ASGI application that serves the set-up first and then the service, on the same port.

    `build` creates the real application from the new credentials, keyed by environment variable; the text of an error
    it raises is shown. `protect` registers secrets to be kept out of the log. `env_file` is None to print the
    credentials.
    """

    github_url: str
    api_url: str
    public_url: str
    env_file: Path | None
    build: Callable[[Mapping[str, str]], ServedApp]
    protect: Callable[[tuple[str, ...]], None]
    link: SetupLink = field(default_factory=SetupLink)
    _served: ServedApp | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)
    _converting: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._pages = self._routes()

    def setup_url(self, address: str) -> str:
        """Return the set-up link of a service that listens at `address`."""
        return f"{self.public_url or address}/setup?token={self.link.token}"

    def stop_streams(self) -> None:
        """End the event streams of open pages."""
        if self._served is not None:
            self._served.stop_streams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        served: ASGIApp = self._pages
        if scope["type"] != "lifespan" and self._served is not None:
            served = self._served
        await served(scope, receive, send)

    def _routes(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
            async with self._running:
                yield

        pages = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        pages.get("/setup")(self._show)
        pages.get("/setup/callback")(self._callback)
        pages.exception_handler(404)(self._not_found)

        @pages.api_route("/healthz", methods=["GET", "HEAD"])
        async def healthz() -> JSONResponse:
            return JSONResponse({"status": "ok"})

        @pages.api_route("/readyz", methods=["GET", "HEAD"])
        async def readyz() -> JSONResponse:
            return JSONResponse({"status": "set-up: open the link that the service printed at its start"}, 503)

        return pages

    async def _show(self, request: Request, token: str = "", organization: str = "", name: str = "") -> Response:
        if not self._is_ours(request):
            return self._refused("Set-up is open on this machine, and at HOTFIX_PUBLIC_URL, only.")
        session = request.cookies.get(COOKIE, "")
        if not self.link.knows(session):
            session = self.link.open(token) or ""
        if not session:
            return self._refused(
                "This set-up link is not valid: it works once, in the browser that opened it, for an hour. "
                "Restart the service for a new one."
            )
        try:
            if self.env_file:
                credentials.check_writable(self.env_file)
            target = app_manifest.registration_url(self.github_url, organization.strip())
        except CredentialsError as error:
            return self._refused(str(error), status=409)
        except ValueError as error:
            return self._refused(f"{str(error)[:1].upper()}{str(error)[1:]}: go back and correct it.", status=400)
        public = self.public_url or f"{request.url.scheme}://{request.url.netloc}"
        answer = self._page(
            "page.html",
            target=f"{target}?state={self.link.new_state()}",
            manifest=json.dumps(app_manifest.manifest(name.strip()[:34] or DEFAULT_NAME, public)),
            permissions=PERMISSIONS,
            events=EVENTS,
            organization=organization.strip(),
            name=name.strip()[:34] or DEFAULT_NAME,
            public_url=public,
            unreachable=urlsplit(public).hostname in LOOPBACK and urlsplit(self.github_url).hostname not in LOOPBACK,
            env_file=self.env_file,
            github=urlsplit(self.github_url).netloc,
            loopback=urlsplit(self.github_url).hostname in LOOPBACK,
        )
        answer.set_cookie(
            COOKIE,
            session,
            max_age=int(LIFETIME),
            httponly=True,
            samesite="lax",
            secure=public.startswith("https:"),
            path="/setup",
        )
        return answer

    async def _callback(self, request: Request, code: str = "", state: str = "") -> Response:
        if not self._is_ours(request):
            return self._refused("Set-up is open on this machine, and at HOTFIX_PUBLIC_URL, only.")
        async with self._converting:
            if self._served is not None:
                return JSONResponse({"detail": "Not Found"}, 404)
            if not self.link.take_state(state):
                return self._refused(
                    "This registration did not begin here, or is more than an hour old: open the set-up page again."
                )
            try:
                if self.env_file:
                    credentials.check_writable(self.env_file)
                app = await asyncio.to_thread(app_manifest.convert, self.api_url, code)
                await self._configure(app)
            except (GitHubError, CredentialsError) as error:
                log.error("App could not be registered", reason=str(error))
                return self._refused(f"{error} Open the set-up page again.", status=502)
        return self._page("done.html", app=app, env_file=self.env_file)

    async def _configure(self, app: RegisteredApp) -> None:
        """Store the credentials, then build and start the service with them. Raises CredentialsError."""
        settings = credentials.lines(app)
        self.protect((app.private_key, app.webhook_secret, app.client_secret))
        if self.env_file:
            await asyncio.to_thread(credentials.write, self.env_file, settings)
        else:
            print(credentials.shown(settings), end="", flush=True)
        try:
            served = await asyncio.to_thread(self.build, settings)
            await self._running.enter_async_context(served.lifespan())
        except Exception as error:
            log.error("service could not start with the new credentials", reason=str(error))
            where = f"The credentials are in {self.env_file}" if self.env_file else "The credentials were printed"
            raise CredentialsError(f"{where}, but the service could not start: {error}. Restart it.") from None
        self._served = served
        log.info("App registered", app=app.slug, owner=app.owner, env_file=str(self.env_file or ""))

    def _is_ours(self, request: Request) -> bool:
        """Return whether the request's host is a loopback address or the public host.

        Other hosts are rejected, which prevents DNS rebinding.
        """
        try:
            host = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            return False
        return host in LOOPBACK or (bool(self.public_url) and host == urlsplit(self.public_url).hostname)

    async def _not_found(self, request: Request, _error: Exception) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return self._refused("The service is not set up yet: open the link that it printed at its start.", 404)
        return JSONResponse({"detail": "Not Found"}, 404)

    def _refused(self, reason: str, status: int = 403) -> Response:
        return self._page("refused.html", status=status, reason=reason)

    def _page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.github_url))
        return HTMLResponse(
            templates.get_template(template).render(style=STYLE, **values),
            status,
            {
                "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
                f"form-action 'self' {origin}; base-uri 'none'; frame-ancestors 'none'",
                # The URL contains the token, which must not be sent to other sites.
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )
