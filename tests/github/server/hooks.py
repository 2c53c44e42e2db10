"""Webhook deliveries: signed, each with its GUID, attempted once, listed for the receiving App."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.server.posting import Poster, Unanswered
from tests.github.server.state import JSON, App

if TYPE_CHECKING:
    from tests.github.server.world import World

TIMEOUT = 60.0
"""Response timeout in seconds. GitHub's is 10, which a service on a busy machine can exceed without being faulty."""
AT_ONCE = 32
KEPT = 20_000


def sign(secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(eq=False)
class Delivery:
    id: int
    guid: str
    app: App
    event: str
    action: str | None
    installation_id: int | None
    repo_id: int | None
    repo: str | None
    body: bytes
    headers: dict[str, str]
    delivered_at: datetime
    redelivery: bool = False
    attempted: bool = False
    status_code: int | None = None
    status: str = ""
    duration: float = 0.0
    answer: str = ""
    answer_headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Mishap:
    """A failure that affects the next deliveries."""

    kind: str
    """`lose` or `duplicate`."""
    count: int | None = None
    event: str | None = None
    rate: float = 1.0


class Hooks:
    def __init__(self, world: World) -> None:
        self.world = world
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self.mishaps: list[Mishap] = []
        self.held: list[Delivery] | None = None
        self.random = random.Random(7)
        self.validator: Any = None
        self._pending = 0
        self._idle: asyncio.Event | None = None
        self._poster = Poster()
        self._slots: asyncio.Semaphore | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def enqueue(
        self, app: App, event: str, payload: JSON, *, installation_id: int | None, repo_id: int | None,
        guid: str | None = None,
    ) -> Delivery:  # fmt: skip
        body = json.dumps(payload, separators=(",", ":")).encode()
        if self.validator and guid is None:
            self.validator.webhook(event, payload)
        delivery = self._record(
            app, event, payload.get("action"), body, guid or str(uuid.uuid4()), installation_id, repo_id,
            (payload.get("repository") or {}).get("full_name"),
        )  # fmt: skip
        self._send(delivery)
        if self._befalls("duplicate", event):
            self.again(delivery)
        return delivery

    def _record(
        self, app: App, event: str, action: str | None, body: bytes, guid: str, installation_id: int | None,
        repo_id: int | None, repo: str | None,
    ) -> Delivery:  # fmt: skip
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/simulated",
            "Accept": "*/*",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
            "X-GitHub-Hook-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        if app.webhook_secret:
            headers["X-Hub-Signature-256"] = sign(app.webhook_secret, body)
        now = self.world.clock.now()
        delivery = Delivery(
            self.world.new_id(), guid, app, event, action, installation_id, repo_id, repo, body, headers, now
        )
        self.deliveries.append(delivery)
        return delivery

    def again(self, old: Delivery) -> Delivery:
        """Redeliver a delivery with the same GUID."""
        new = self._record(
            old.app, old.event, old.action, old.body, old.guid, old.installation_id, old.repo_id, old.repo
        )
        new.redelivery = True
        self._send(new)
        return new

    def _befalls(self, kind: str, event: str) -> bool:
        for mishap in self.mishaps:
            if mishap.kind != kind or (mishap.event and mishap.event != event):
                continue
            if mishap.rate < 1 and self.random.random() >= mishap.rate:
                continue
            if mishap.count is not None:
                mishap.count -= 1
                if mishap.count <= 0:
                    self.mishaps.remove(mishap)
            return True
        return False

    def _send(self, delivery: Delivery) -> None:
        if delivery.app.webhook_url is None:
            return
        if not delivery.redelivery and self._befalls("lose", delivery.event):
            delivery.attempted = True
            delivery.status_code, delivery.status = 502, "failed to connect to host"
            return
        if self.held is not None:
            self.held.append(delivery)
            return
        self._pending += 1
        self._idle_event().clear()
        task = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def release(self, order: str) -> None:
        held, self.held = self.held or [], None
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            self.random.shuffle(held)
        for delivery in held:
            self._send(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        if self._slots is None:
            self._slots = asyncio.Semaphore(AT_ONCE)
        assert delivery.app.webhook_url is not None
        try:
            async with self._slots:
                delivery.delivered_at = self.world.clock.now()
                began = time.monotonic()
                try:
                    async with asyncio.timeout(TIMEOUT):
                        answer = await self._poster.post(delivery.app.webhook_url, delivery.headers, delivery.body)
                    delivery.status_code = answer.status
                    delivery.status = "OK" if answer.is_success else f"Invalid HTTP Response: {answer.status}"
                    delivery.answer = answer.body.decode(errors="replace")[:2000]
                    delivery.answer_headers = answer.headers
                except TimeoutError:
                    delivery.status_code, delivery.status = 504, "timed out"
                except Unanswered as error:
                    delivery.status_code, delivery.status = 502, "failed to connect to host"
                    delivery.answer = repr(error)
                delivery.attempted = True
                delivery.duration = time.monotonic() - began
        finally:
            self._pending -= 1
            if self._pending == 0:
                self._idle_event().set()

    def _idle_event(self) -> asyncio.Event:
        if self._idle is None:
            self._idle = asyncio.Event()
            self._idle.set()
        return self._idle

    async def settle(self, timeout: float) -> bool:
        try:
            async with asyncio.timeout(timeout):
                await self._idle_event().wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._poster.close()
