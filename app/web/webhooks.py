"""Serve `POST /webhooks/github`: verify, parse, handle, record, acknowledge.

A body is parsed only after its signature is verified, and a delivery is acknowledged only after it is committed.
Errors: 401 invalid signature, 400 malformed, 408 too slow, 413 too large, 503 if the delivery cannot be recorded
(GitHub lists it as failed, and a sweep requests its redelivery).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import structlog
from pydantic_core import from_json

from app import metrics
from app.app_identity import AppIdentity
from app.queue.bot_pace import BotPace
from app.queue.handler_result import CacheInvalidation, HandlerResult
from app.queue.intake import Intake, WebhookDelivery
from app.storage.database import StoreError
from app.web import handlers
from app.web.asgi_answer import send_json
from app.web.body import Body, BodyReader, Disconnected, Refusal, Signatures
from app.web.handlers import HANDLERS
from app.web.payload import MalformedPayload, Payload
from hotfix.github import app_requirements

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

log = structlog.get_logger(part="delivery")

WEBHOOKS = "/webhooks/github"
LARGE_AT_ONCE = 4
"""Maximum number of signed bodies over 1 MB that are in memory at the same time."""
ANSWERS = frozenset({"issue_comment", "issues", "pull_request", "pull_request_review", "sub_issues"})
"""Events by which a bot can answer the App's own changes. Checks, pushes, tags and deployments come from bots by
nature, many at once, and what they make stale is evaluated at once."""
GUID = re.compile(r"[A-Za-z0-9_-]{1,100}")
NAME = re.compile(r"[a-z0-9_]{1,60}")


@dataclass(slots=True)
class LatestWebhook:
    """The newest webhook with a valid signature that this process received."""

    event: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The webhook endpoint. Its dependencies change as the service starts and stops, so each request looks them up."""

    secrets: tuple[bytes, ...]
    intake: Callable[[], Intake | None]
    """Returns the intake; None until the service has started and once it is stopping."""
    invalidate: Callable[[CacheInvalidation], None]
    """Drops the cached data that a delivery made stale."""
    narrowed: Callable[[HandlerResult], HandlerResult]
    """Removes jobs that the policy makes unnecessary."""
    me: Callable[[], AppIdentity]
    latest: LatestWebhook = field(default_factory=LatestWebhook)
    pace: BotPace = field(default_factory=BotPace)
    bodies: BodyReader = field(default_factory=BodyReader)
    large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LARGE_AT_ONCE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        headers = {name.lower(): value for name, value in reversed(scope["headers"])}
        line: dict[str, Any] = {"delivery": delivery_guid(headers)}
        write = log.info
        try:
            status, answer = await self._answer(headers, receive, line)
        except Refusal as refusal:
            status, answer = refusal.status, {"error": refusal.message}
            line["why"] = refusal.message
            write = log.warning
        except Disconnected:
            status, answer = 0, {}
        event = line.get("webhook", "")
        outcome = _outcome(status, answer)
        metrics.deliveries.labels(event if event in HANDLERS else "other", outcome).inc()
        if status:
            await _send(send, status, answer)
        duration = round((time.perf_counter() - began) * 1000, 1)
        write("delivery", status=status, outcome=outcome, duration_ms=duration, **line)

    async def _answer(
        self, headers: dict[bytes, bytes], receive: Receive, line: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        signatures = Signatures(self.secrets, headers.get(b"x-hub-signature-256"))
        with Body() as body:
            await self.bodies.read(body, headers, receive, signatures)
            ready = time.perf_counter()
            signatures.verify()
            if body.large:
                async with self.large:
                    delivery, payload = self._read(headers, body.content(), line)
            else:
                delivery, payload = self._read(headers, body.content(), line)
        self.latest.event, self.latest.at = delivery.event, time.time()
        if delivery.event == "ping":
            return 200, {"delivery": delivery.guid, "message": _ping(payload)}
        del payload
        if delivery.result.nothing:
            return 200, {"delivery": delivery.guid, "handled": False}
        intake = self.intake()
        if intake is None:
            raise Refusal(503, "the service is starting or stopping: deliver again")
        delivery = replace(delivery, result=self.narrowed(delivery.result))
        # Invalidate before the jobs can start. If the delivery is then not recorded, the cost is one unnecessary read.
        for stale in delivery.result.invalidations:
            self.invalidate(stale)
        try:
            fresh = await intake.take(delivery)
        except StoreError:
            raise Refusal(503, "the delivery could not be recorded: deliver again") from None
        metrics.ack_seconds.observe(time.perf_counter() - ready)
        return (202, {"delivery": delivery.guid}) if fresh else (200, {"delivery": delivery.guid, "duplicate": True})

    def _read(self, headers: dict[bytes, bytes], body: bytes, line: dict[str, Any]) -> tuple[WebhookDelivery, Payload]:
        """Return the delivery with its handler's result, and its payload. Adds the fields to log to `line`."""
        guid = delivery_guid(headers)
        event = headers.get(b"x-github-event", b"").decode("latin-1")
        if not guid:
            raise Refusal(400, "the header X-GitHub-Delivery is missing or is not the GUID of a delivery")
        if not NAME.fullmatch(event):
            raise Refusal(400, "the header X-GitHub-Event is missing or does not name an event")
        line["webhook"] = event
        payload = _parse(body)
        action = payload.text_or("", "action")
        action = action if NAME.fullmatch(action) else ""
        line["action"] = action
        try:
            result = handlers.handle(event, action, payload, self.me())
            if event in ANSWERS:
                result = replace(result, jobs=self.pace.paced(result.jobs, by_bot=payload.by_bot))
            if event == "installation":
                _log_installation(guid, action, payload)
        except MalformedPayload as error:
            raise Refusal(400, f"not a {event} payload: {error}") from None
        if result.repo:
            line["repo"] = result.repo
        line |= {name: value for name, value in result.log_fields.items() if value}
        return WebhookDelivery(guid=guid, event=event, action=action, result=result), payload


def delivery_guid(headers: dict[bytes, bytes]) -> str:
    """Return the delivery's GUID; empty if the header is missing or malformed."""
    guid = headers.get(b"x-github-delivery", b"").decode("latin-1")
    return guid if GUID.fullmatch(guid) else ""


def _ping(payload: Payload) -> str:
    """Log GitHub's ping of the webhook and return the message, which GitHub shows under recent deliveries."""
    subscribed = payload.texts("hook", "events")
    listed = payload.has("hook", "events") and "*" not in subscribed
    missing = app_requirements.missing_events(subscribed) if listed else []
    log.info("ping", missing_events=missing)
    if missing:
        return f"The webhook works, but the App is not subscribed to {', '.join(missing)}: add these events."
    return "The set-up works: the webhook arrives and its signature matches."


def _log_installation(guid: str, action: str, payload: Payload) -> None:
    log.info(
        "installation",
        action=action,
        installation=payload.installation,
        account=payload.text_or("", "installation", "account", "login"),
        repositories=len(payload.parts("repositories")) if payload.has("repositories") else None,
        delivery=guid,
    )


def _outcome(status: int, answer: dict[str, Any]) -> str:
    match status:
        case 202:
            return "taken"
        case 200:
            return "duplicate" if answer.get("duplicate") else "unhandled"
        case 503:
            return "failed"
        case 0:
            return "cut off"
    return "refused"


def _parse(body: bytes) -> Payload:
    try:
        return Payload(from_json(body, cache_strings="keys"))
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON (the App's webhook must send application/json)") from None
    except MalformedPayload:
        raise Refusal(400, "the body is not a JSON object") from None


async def _send(send: Send, status: int, answer: dict[str, Any]) -> None:
    headers = []
    if status in (408, 413, 503):
        headers.append((b"connection", b"close"))
    if status == 503:
        headers.append((b"retry-after", b"5"))
    await send_json(send, status, answer, headers)
