"""`POST /webhooks/github`: verify, parse, ask the handlers, record, acknowledge. An ASGI application of its own.

Nothing is parsed before its signature holds, nothing is acknowledged before it is committed, and whatever is sent gets
an answer: 401 bad signature, 400 malformed, 408 too slow, 413 too large, 503 where the database cannot take it (GitHub
lists that delivery as failed, and a sweep asks for it again).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic_core import from_json
from starlette.types import Receive, Scope, Send

from app import metrics
from app.queue.intake import Delivery, Intake
from app.queue.jobs import CacheInvalidation
from app.storage.database import StoreError
from app.web import handlers
from app.web.handlers import HANDLERS, AppIdentity
from app.web.payload import Malformed

log = structlog.get_logger(part="delivery")

LARGEST = 25 * 1024 * 1024
"""Bytes of a body: GitHub's own limit."""
LARGE = 1024 * 1024
LARGE_AT_ONCE = 4
"""Bodies over LARGE that are in memory together: nobody knows before its end whether a body is GitHub's."""
PATIENCE = 10.0
"""Seconds for a body to arrive: GitHub gives up by then."""
GUID = re.compile(r"[A-Za-z0-9_-]{1,100}")
NAME = re.compile(r"[a-z0-9_]{1,60}")


class Refusal(Exception):
    """Answered with a status and one sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.message = why


class Disconnected(Exception):
    """The sender went away: there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The endpoint. What it needs of the service comes and goes with the service, so it is asked for each time."""

    secrets: tuple[bytes, ...]
    intake: Callable[[], Intake | None]
    """None before the start is complete and after the stop began."""
    forget: Callable[[CacheInvalidation], None]
    """Drops what a committed delivery says is no longer so."""
    me: Callable[[], AppIdentity]
    large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LARGE_AT_ONCE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        line: dict[str, Any] = {}
        try:
            status, answer = await self._answer(scope, receive, line)
        except Refusal as refusal:
            status, answer = refusal.status, {"error": refusal.message}
            line["why"] = refusal.message
        except Disconnected:
            status, answer = 0, {}
        event = line.get("webhook", "")
        outcome = _outcome(status, answer)
        metrics.deliveries.labels(event if event in HANDLERS else "other", outcome).inc()
        if status:
            await _send(send, status, answer)
        duration = round((time.perf_counter() - began) * 1000, 1)
        log.info("delivery", status=status, outcome=outcome, duration_ms=duration, **line)

    async def _answer(self, scope: Scope, receive: Receive, line: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        headers = {name.lower(): value for name, value in reversed(scope["headers"])}
        async with contextlib.AsyncExitStack() as stack:
            body = await _body(headers, receive, lambda: stack.enter_async_context(self.large))
            ready = time.perf_counter()
            self._verify(headers.get(b"x-hub-signature-256"), body)
            delivery = self._read(headers, body, line)
            del body
        if delivery.wanted.nothing:
            return 200, {"delivery": delivery.guid, "wanted": False}
        intake = self.intake()
        if intake is None:
            raise Refusal(503, "the service is starting or stopping: deliver again")
        # Before the jobs can begin; where the delivery is not taken after all, something is read once more than needed.
        for forget in delivery.wanted.forget:
            self.forget(forget)
        try:
            fresh = await intake.take(delivery)
        except StoreError:
            raise Refusal(503, "the delivery could not be recorded: deliver again") from None
        metrics.ack_seconds.observe(time.perf_counter() - ready)
        return (202, {"delivery": delivery.guid}) if fresh else (200, {"delivery": delivery.guid, "duplicate": True})

    def _read(self, headers: dict[bytes, bytes], body: bytes | bytearray, line: dict[str, Any]) -> Delivery:
        """What a body that is GitHub's calls for; `line` gets what the log is to say of it."""
        guid = headers.get(b"x-github-delivery", b"").decode("latin-1")
        event = headers.get(b"x-github-event", b"").decode("latin-1")
        if not GUID.fullmatch(guid):
            raise Refusal(400, "the header X-GitHub-Delivery is missing or is no delivery's GUID")
        if not NAME.fullmatch(event):
            raise Refusal(400, "the header X-GitHub-Event is missing or names no event")
        line |= {"delivery": guid, "webhook": event}
        data = _parse(body)
        action = data.get("action")
        action = action if isinstance(action, str) and NAME.fullmatch(action) else ""
        line["action"] = action
        try:
            wanted = handlers.handle(event, action, data, self.me())
        except Malformed as error:
            raise Refusal(400, f"not a {event} payload: {error}") from None
        if wanted.repo:
            line["repo"] = wanted.repo
        line |= {name: value for name, value in wanted.about.items() if value}
        return Delivery(guid=guid, event=event, action=action, wanted=wanted)

    def _verify(self, given: bytes | None, body: bytes | bytearray) -> None:
        if given is None:
            raise Refusal(401, "the header X-Hub-Signature-256 is missing")
        # Each secret is tried, whichever holds: the time tells nothing.
        held = [
            hmac.compare_digest(b"sha256=" + hmac.digest(secret, body, hashlib.sha256).hex().encode(), given)
            for secret in self.secrets
        ]
        if not any(held):
            raise Refusal(401, "the signature does not match the body and the webhook secret")


def _outcome(status: int, answer: dict[str, Any]) -> str:
    match status:
        case 202:
            return "taken"
        case 200:
            return "duplicate" if answer.get("duplicate") else "unwanted"
        case 503:
            return "failed"
        case 0:
            return "cut off"
    return "refused"


def _parse(body: bytes | bytearray) -> dict[str, Any]:
    try:
        data = from_json(bytes(body), cache_strings="keys")
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON (the App's webhook must send application/json)") from None
    if not isinstance(data, dict):
        raise Refusal(400, "the body is not a JSON object")
    return data


async def _body(
    headers: dict[bytes, bytes], receive: Receive, hold_large: Callable[[], Awaitable[None]]
) -> bytes | bytearray:
    """The whole body. One that is too large is read to its end and dropped, so that the sender hears the answer.
    `hold_large` waits until there is room for a large one."""
    announced = headers.get(b"content-length", b"")
    too_large = announced.isdigit() and int(announced[:20]) > LARGEST
    if too_large and b"expect" in headers:
        raise Refusal(413, "the body is over 25 MB")
    body: bytes | bytearray = b""
    size, held = 0, False
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Disconnected
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size > 4 * LARGEST:
                    break
                if size > LARGEST or too_large:
                    too_large, body = True, b""
                elif not body:
                    body = chunk
                else:
                    if isinstance(body, bytes):
                        body = bytearray(body)
                    body += chunk
                if size > LARGE and not held and not too_large:
                    await hold_large()
                    held = True
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise Refusal(408, f"the body took longer than {PATIENCE:.0f} s") from None
    if too_large:
        raise Refusal(413, "the body is over 25 MB")
    return body


async def _send(send: Send, status: int, answer: dict[str, Any]) -> None:
    content = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    if status in (408, 413, 503):
        headers.append((b"connection", b"close"))
    if status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
