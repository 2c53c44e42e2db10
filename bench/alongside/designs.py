"""A no-op handler, one that inserts a row directly, and one that enqueues a workflow, all on uvicorn."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

Take = Callable[[str, bytes], Awaitable[None]]


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        body += chunk
        if not message.get("more_body"):
            return body


async def _say(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def _server(take: Take, secret: bytes | None, start: Callable[[], None] = lambda: None) -> ASGIApp:
    """Return an app that reads the body, verifies and parses it if there is a secret, and answers 202 after `take`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/readyz":
            await _say(send, 200)
            return
        body = await _body(receive)
        given = dict(scope["headers"])
        if secret is not None:
            if not _held(secret, body, given.get(b"x-hub-signature-256", b"")):
                await _say(send, 401)
                return
            json.loads(body)
        await take(given.get(b"x-github-delivery", b"").decode(), body)
        await _say(send, 202)

    return app


def _held(secret: bytes, body: bytes, given: bytes) -> bool:
    return hmac.compare_digest(b"sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode(), given)


def noop(_folder: Path, _secret: bytes) -> ASGIApp:
    """Return the uvicorn baseline: nothing is verified, parsed or stored."""

    async def take(_guid: str, _body: bytes) -> None:
        return

    return _server(take, None)


def row(folder: Path, secret: bytes) -> ASGIApp:
    """Return an app with one INSERT and COMMIT per request, as durable as the service (WAL, synchronous=FULL)."""
    connection = sqlite3.connect(folder / "row.db", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE deliveries (guid TEXT PRIMARY KEY, body BLOB NOT NULL)")

    async def take(guid: str, body: bytes) -> None:
        connection.execute("INSERT OR IGNORE INTO deliveries VALUES (?, ?)", (guid, body))

    return _server(take, secret)


def workflow(folder: Path, secret: bytes) -> ASGIApp:
    """Return an app that enqueues one no-op DBOS workflow per request, with the delivery's GUID as ID."""
    from dbos import DBOS, SetWorkflowID

    path = folder / "workflow.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    DBOS(
        config={
            "name": "alongside",
            "system_database_url": f"sqlite:///{path}",
            "application_version": "1",
            "log_level": "ERROR",
        }
    )

    @DBOS.workflow()
    async def evaluate(_guid: str) -> None:
        return

    def start() -> None:
        DBOS.launch()
        DBOS.register_queue("deliveries", polling_interval_sec=0.1, worker_concurrency=8)

    async def take(guid: str, _body: bytes) -> None:
        with SetWorkflowID(guid):
            await DBOS.enqueue_workflow_async("deliveries", evaluate, guid)

    return _server(take, secret, start)


Design = Callable[[Path, bytes], Any]
DESIGNS: Mapping[str, Design] = {"noop": noop, "row": row, "workflow": workflow}
