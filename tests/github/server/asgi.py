"""The server: REST, GraphQL, git and the simulator's control routes on one port."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import partial
from typing import Any

from tests.github.server import controls, rest, workflows
from tests.github.server.auth import allow, identify
from tests.github.server.faults import Fault, Faults, Limits, as_readers_see
from tests.github.server.pages import conversation, oauth, site
from tests.github.server.repository.transport import PATH as GIT_PATH
from tests.github.server.repository.transport import GitTransport, spool
from tests.github.server.rewording import reword_request
from tests.github.server.routing import ROUTER, Actor, Answer, Problem, Request, Route, parse_query
from tests.github.server.world import World

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
KEPT_CALLS = 200_000
KEPT_BODIES = 2_000
"""Number of newest calls whose request bodies are kept, which bounds memory during a burst."""
JSON_TYPE = "application/json; charset=utf-8"
NO_BUDGET = "API rate limit exceeded for installation ID {}."

rest.load()
oauth.load()
conversation.load()


@dataclass(slots=True)
class Call:
    """One recorded call."""

    method: str
    path: str
    query: str
    operation: str
    actor: str
    start: float
    end: float = 0.0
    status: int = 0
    request: Any = None


@dataclass
class Seen:
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))


class Cut(Exception):
    """Raised to cut the connection without a response, or after half of it."""

    def __init__(self, half: Answer | None = None) -> None:
        self.half = half


class Server:
    def __init__(self, world: World, validator: Any = None) -> None:
        self.world = world
        self.faults = Faults()
        self.limits = world.limits = Limits(world)
        self.seen = Seen()
        self.validator = validator
        world.on_event.append(partial(workflows.on_event, world))
        self.git = GitTransport(world)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        method = scope["method"]
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        try:
            if GIT_PATH.fullmatch(path):
                answer = await self._git(scope, method, path, headers, receive)
            else:
                raw = await _body(receive)
                if path.startswith("/_sim/"):
                    answer = await controls.run(self, path.removeprefix("/_sim/"), json.loads(raw or b"{}"))
                elif (
                    shown := site.visit(self.world, method, path, scope["query_string"], raw, headers.get("accept", ""))
                ) is not None:
                    answer = shown
                else:
                    answer = await self._api(scope, method, _below(path), headers, raw)
        except Cut as cut:
            await _cut(receive, send, cut.half)
            return
        answer.headers.setdefault("date", format_datetime(self.world.clock.now(), usegmt=True))
        await _send(send, method, answer)

    async def _git(
        self, scope: dict[str, Any], method: str, path: str, headers: dict[str, str], receive: Receive
    ) -> Answer:
        if self.faults.outage is True:
            raise Cut
        with spool() as body:
            more = True
            while more:
                message = await receive()
                body.write(message.get("body", b""))
                more = message.get("more_body", False)
            body.flush()
            return await self.git.answer(method, path, scope["query_string"].decode(), headers, body)

    async def _api(self, scope: dict[str, Any], method: str, path: str, headers: dict[str, str], raw: bytes) -> Answer:
        call = Call(method, path, scope["query_string"].decode(), "", "", time.monotonic())
        calls = self.seen.calls
        calls.append(call)
        if len(calls) > KEPT_BODIES:
            calls[-KEPT_BODIES - 1].request = None
        try:
            answer = await self._answer(call, scope["query_string"], headers, raw)
        except Cut:
            call.end = time.monotonic()
            raise
        call.status, call.end = answer.status, time.monotonic()
        return answer

    async def _answer(self, call: Call, query: bytes, headers: dict[str, str], raw: bytes) -> Answer:
        found = ROUTER.find(call.method, call.path)
        call.operation = f"{call.method} {found[0].template}" if found else f"{call.method} {call.path}"
        refusal: Problem | None = None
        try:
            actor = identify(self.world, headers)
        except Problem as problem:
            actor, refusal = Actor("anonymous"), problem
        call.actor = actor.label
        if self.faults.outage is True:
            raise Cut
        if self.faults.latency:
            await asyncio.sleep(self.faults.latency)
        if self.faults.outage:
            return _shown(Problem(int(self.faults.outage), "Service Unavailable"))
        fault = self.faults.strike(call.method, call.path, actor, call.operation)
        if fault is not None:
            await fault.pause()
            if fault.cut == "before":
                raise Cut
            if fault.status is not None:
                return Answer(*fault.answer())
        # Tests read as a site admin, without a rate limit.
        by_tests = actor.kind == "user" and actor.account is not None and actor.account.site_admin
        limited = actor.kind in ("installation", "user", "actions") and call.path != "/rate_limit" and not by_tests
        allowed, shown = self.limits.spend(actor.label) if limited else (True, {})
        if refusal is not None:
            answer = _shown(refusal)
        elif not allowed:
            answer = _shown(Problem(403, NO_BUDGET.format(actor.label.partition(":")[2])))
        elif found is None:
            answer = _shown(Problem(404, "Not Found"))
        else:
            answer = self._handle(call, found, query, headers, raw, actor)
        answer.headers |= shown
        _conditional(call.method, headers, answer)
        if fault is not None and fault.cut:
            raise Cut(answer if fault.cut == "middle" else None)
        return answer

    def _handle(
        self, call: Call, found: tuple[Route, dict[str, str]], query: bytes, headers: dict[str, str], raw: bytes,
        actor: Actor,
    ) -> Answer:  # fmt: skip
        route, params = found
        request = Request(self.world, call.method, call.path, parse_query(query), headers, raw, actor, params)
        request.route = route
        try:
            if raw:
                request.body = call.request = json.loads(raw)
            if self.validator and route.template != "/graphql":
                self.validator.request(route, request.body if raw else None, request.query)
            if self.world.rewords and actor.kind in ("installation", "actions"):
                request.body = reword_request(call.path, request.body)
            is_read = call.method == "GET" or route.template == "/graphql"
            with as_readers_see(self.world, is_read):
                allow(actor, route, request.repo if "repo" in params and "owner" in params else None)
                result = route.handler(request)
            answer = result if isinstance(result, Answer) else Answer(route.status, result)
        except json.JSONDecodeError:
            answer = _shown(Problem(400, "Problems parsing JSON"))
        except Problem as problem:
            answer = _shown(problem)
        if self.validator and not isinstance(answer.body, bytes) and route.template != "/graphql":
            self.validator.response(route, answer.status, answer.body)
        return answer


def _below(path: str) -> str:
    """Return the path below the API root, for either root."""
    for root in ("/api/v3", "/api"):
        if path.startswith(root + "/"):
            return path.removeprefix(root)
    return path


def _shown(problem: Problem) -> Answer:
    return Answer(problem.status, problem.body, dict(problem.headers))


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _conditional(method: str, headers: dict[str, str], answer: Answer) -> None:
    """Set the ETag, and turn the response into a 304 if the client's copy is current."""
    if answer.body is not None and not isinstance(answer.body, bytes):
        answer.body = json.dumps(answer.body, separators=(",", ":")).encode()
        answer.headers.setdefault("content-type", JSON_TYPE)
    if method != "GET" or answer.status != 200:
        return
    tag = f'W/"{hashlib.sha1(answer.body or b"", usedforsecurity=False).hexdigest()}"'
    answer.headers["etag"] = tag
    if headers.get("if-none-match") == tag:
        answer.status, answer.body = 304, None


async def _send(send: Send, method: str, answer: Answer) -> None:
    body = answer.body
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body, separators=(",", ":")).encode()
        answer.headers.setdefault("content-type", JSON_TYPE)
    body = body or b""
    shown = {**answer.headers, "server": "github.com", "x-github-media-type": "github.v3; format=json"}
    if answer.status not in (204, 304):
        shown["content-length"] = str(len(body))
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in shown.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


async def _cut(receive: Receive, send: Send, half: Answer | None) -> None:
    """Close the transport, after half of a response if one is given."""
    transport = receive.__self__.transport  # type: ignore[attr-defined]
    if half is not None:
        body = half.body or b"{}"
        headers = [(b"content-type", JSON_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": half.status, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(0.01)
        transport.close()
    else:
        transport.abort()
    await asyncio.sleep(0.01)  # let the server notice the disconnect before it expects the rest of a response


__all__ = ["Call", "Fault", "Seen", "Server"]
