"""Assemble the service. `hotfix serve` passes `create_app` to uvicorn."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.engine import Connection

from app import logs, process_memory
from app.app_identity import AppIdentity
from app.doctor.examination import log_findings
from app.incident_metrics import IncidentMetrics
from app.job_context import JobContext
from app.production_watch import Watches
from app.queue import job_table, takeover
from app.queue.group_commit import GroupWriter
from app.queue.handler_result import CacheInvalidation
from app.queue.intake import Intake
from app.queue.locks import Locks
from app.queue.retry import SET_ASIDE_FOR
from app.queue.service_instance import ServiceInstance, announce, new_name
from app.queue.worker import Worker
from app.settings import Settings, SettingsError, SetupSettings, load, without_credentials
from app.storage.database import StoreError, claim_file, migrate, open_engine
from app.tasks import sweeps
from app.tasks.job_handlers import job_handlers
from app.web.asgi_answer import send_content, send_json
from app.web.webhooks import WEBHOOKS, Webhooks, delivery_guid
from hotfix.cli.console.printing import say
from hotfix.github import app_requirements
from hotfix.github.transport.errors import GitHubError, NotPermitted, WrongAddress, WrongKey
from hotfix.github.transport.github_app import GitHubApp

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(part="service")

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
PAGE_POSTS = ("/logout", "/deliveries/")
"""Path prefixes to which the forms on the pages are submitted."""
HURRY = 1.5
"""Seconds to wait for GitHub to identify the App at startup; the service starts without the answer if it is late."""


class Service:
    """The components of the service, started and stopped together. Raises SettingsError if the settings cannot work."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        try:
            self._file = claim_file(settings.database_url)
            self.engine = open_engine(settings.database_url)
            migrate(self.engine)
        except (StoreError, OSError) as error:
            raise SettingsError((f"HOTFIX_DATABASE_URL: {error}",)) from None
        try:
            pem = settings.private_key.get_secret_value()
            self.github = GitHubApp(settings.app_id, pem, settings.github_api_url, web_url=settings.given_github_url)
        except WrongKey as error:
            raise SettingsError((f"HOTFIX_PRIVATE_KEY: {error}",)) from None
        self.context = JobContext(
            github=self.github,
            engine=self.engine,
            lock=Locks(self.engine),
            me=AppIdentity(settings.app_id),
            watches=Watches(hosts=settings.watch_hosts),
            notify=settings.notify,
        )
        self.incident_metrics = IncidentMetrics(self.context.read)
        self._introduce()
        self.name = new_name()
        self.intake: Intake | None = None
        self.writer: GroupWriter | None = None
        self.stopping = asyncio.Event()
        self.replica: ServiceInstance | None = None
        secrets = tuple(secret.get_secret_value().encode() for secret in settings.webhook_secret)
        self.webhooks = Webhooks(
            secrets,
            intake=lambda: self.intake,
            invalidate=self.invalidate,
            narrowed=self.context.narrowed,
            me=lambda: self.context.me,
        )

    def _introduce(self) -> None:
        """Read the App from GitHub, and warn about permissions and events that it lacks.

        Raises SettingsError if the key or the address is certainly wrong. If GitHub does not answer, the service
        starts anyway.
        """
        problems: list[str] = []

        def ask() -> None:
            try:
                info = self.github.verify()
            except (NotPermitted, WrongAddress) as error:
                name = "HOTFIX_GITHUB_API_URL" if isinstance(error, WrongAddress) else "HOTFIX_PRIVATE_KEY"
                problems.append(f"{name}: {error}")
                log.error("App cannot be used", reason=str(error))
            except GitHubError as error:
                log.warning("App could not be read from GitHub", reason=str(error))
            else:
                self.context.me = AppIdentity(info.id, info.slug)
                permissions = app_requirements.missing_permissions(info.permissions)
                events = app_requirements.missing_events(info.events)
                if permissions or events:
                    log.warning(
                        "App lacks permissions or events: add them on its settings page, then accept them for each "
                        "installation",
                        permissions=permissions,
                        events=events,
                    )

        thread = threading.Thread(target=ask, name="hotfix-introduce", daemon=True)
        thread.start()
        thread.join(HURRY)
        if problems:
            raise SettingsError(tuple(problems))

    async def start(self) -> None:
        """Start the worker, then accept deliveries."""
        loop = asyncio.get_running_loop()
        self.writer = writer = GroupWriter(self.engine, loop)
        handlers = job_handlers(self.context)
        self.worker = worker = Worker(writer, handlers, self.name)
        if self.engine.dialect.name == "postgresql":
            self.replica = ServiceInstance(
                self.engine, self.name, loop, work=worker.look, invalidate=self.context.invalidate
            )
            await asyncio.to_thread(self.replica.start)
            worker.tell_others = lambda: self._notify({"work": True})

        def begin(connection: Connection) -> None:
            now = time.time()
            takeover.recover(connection, now=now, alone=self.replica is None, set_aside_for=SET_ASIDE_FOR)
            job_table.enqueue(connection, [(job, "start") for job in sweeps.STARTING], now=now, claim_for=None)

        await writer.submit(begin)
        worker.start()
        self.intake = Intake(writer, worker.handoff, lambda: worker.claim_for, kinds=frozenset(handlers))
        process_memory.release_startup_memory()
        log_findings(self.settings, self.github)
        log.info("ready", app=self.context.me.slug or self.context.me.app_id, replica=self.name)

    async def stop(self) -> None:
        """Stop accepting deliveries, let running jobs finish, and release the others."""
        self.intake = None
        await self.worker.stop()
        if self.replica is not None:
            self.replica.stop()
        if self.writer is not None:
            await asyncio.to_thread(self.writer.close)
        await asyncio.to_thread(self.github.close)
        self.engine.dispose()
        if self._file is not None:
            self._file.close()
        log.info("stopped")

    def invalidate(self, stale: CacheInvalidation) -> None:
        """Drop stale cache entries in this process and in the other replicas."""
        self.context.invalidate(stale)
        self._notify({"invalidate": [[stale.cache.value, stale.of]]})

    def _notify(self, message: dict[str, object]) -> None:
        if self.replica is None or self.writer is None:
            return
        self.writer.submit(lambda connection: announce(connection, self.name, message)).add_done_callback(_log_failure)

    @property
    def unready(self) -> str | None:
        """The reason why deliveries cannot be accepted now; None if they can."""
        if self.intake is None or self.writer is None:
            return "starting or stopping"
        if self.writer.failing is not None:
            return "the database cannot be written"
        if self.replica is not None and not self.replica.alive:
            return "the database is unreachable"
        return None


def _log_failure(future: asyncio.Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        log.warning("other replicas could not be notified", reason=str(error))


class App:
    """The ASGI application. It answers webhooks and probes; all other requests go to the site."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._site: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path, method = scope["path"], scope["method"]
        if method == "POST" and path == WEBHOOKS:
            await self.service.webhooks(scope, receive, send)
        elif method in ("GET", "HEAD") and path in PROBES:
            await self._probe(path, scope, send)
        else:
            if method == "POST" and not path.startswith(PAGE_POSTS):
                log.warning(
                    f"POST to an unknown path: check that the App's webhook URL ends in {WEBHOOKS}",
                    path=path[:200],
                    delivery=delivery_guid(dict(scope["headers"])),
                )
            if self._site is None:
                self._site = await asyncio.to_thread(_site, self.service)
            await self._site(scope, receive, send)

    async def _probe(self, path: str, scope: Scope, send: Send) -> None:
        if path == "/metrics":
            if not self._may_read_metrics(dict(scope["headers"])):
                refusal = b"The metrics need the token of the pages.\n"
                await send_content(send, 401, refusal, "text/plain; charset=utf-8", [(b"www-authenticate", b"Bearer")])
                return
            await asyncio.to_thread(self.service.incident_metrics.update)
            await send_content(send, 200, generate_latest(), CONTENT_TYPE_LATEST)
            return
        why = self.service.unready if path == "/readyz" else None
        await send_json(send, 503 if why else 200, {"status": why or "ok"})

    def _may_read_metrics(self, headers: dict[bytes, bytes]) -> bool:
        token = self.service.settings.pages_token.get_secret_value()
        if not token:
            return True
        from app.web.pages.page_access import is_bearer

        return is_bearer(headers.get(b"authorization", b"").decode("latin-1"), token)

    def stop_streams(self) -> None:
        """End the event streams of open pages: the server waits for all responses to finish before it stops."""
        self.service.stopping.set()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run the service for the duration of the block."""
        await self.service.start()
        try:
            yield
        finally:
            await self.service.stop()

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop the service with the server (the ASGI lifespan protocol)."""
        await receive()
        async with AsyncExitStack() as running:
            try:
                await running.enter_async_context(self.lifespan())
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _site(service: Service) -> ASGIApp:
    """Return the application for everything but webhooks and probes. It is imported on first use for a fast start."""
    from app.web.site import site

    return site(service)


def build(settings: Settings) -> App:
    """Return the application for these settings. Raises SettingsError."""
    return App(Service(settings))


def create_app(*, print_credentials: bool = False) -> ASGIApp:
    """Return the application for uvicorn: the service, or the set-up if there are no credentials.

    If settings are invalid, print each problem on a line and exit with status 2. `print_credentials`: whether set-up
    prints the new App's credentials instead of writing them to `.env`.
    """
    # Evaluations use the CPU in threads. With the default of 5 ms, each of them would delay webhooks noticeably.
    sys.setswitchinterval(0.001)
    process_memory.bound_arenas()
    try:
        if (missing := without_credentials()) is not None:
            return set_up(missing, print_credentials)
        settings = load()
        logs.configure(settings.secrets)
        return build(settings)
    except SettingsError as error:
        for problem in error.problems:
            say(f"hotfix: {problem}")
        raise SystemExit(2) from None


def create_printing_app() -> ASGIApp:
    """Return the application for `hotfix serve --print`."""
    return create_app(print_credentials=True)


def set_up(settings: SetupSettings, print_credentials: bool) -> ASGIApp:
    """Return the application that registers the GitHub App in the browser, then becomes the service."""
    # Imported here because only set-up needs templates and forms.
    from app.web.setup.application import SetupApp

    logs.configure(())
    return SetupApp(
        github_url=settings.github_url,
        api_url=settings.github_api_url,
        public_url=settings.public_url,
        env_file=None if print_credentials else Path(".env").resolve(),
        build=lambda credentials: build(load(credentials)),
        protect=logs.configure,
    )
