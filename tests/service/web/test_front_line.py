"""The service's answers to operators during setup, and to wrong or hostile requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from app.app_identity import AppIdentity
from app.settings import SettingsError, load
from app.web import body as bodies
from app.web import protocol
from app.web.asgi_answer import send_json
from app.web.body import Body, BodyReader, Refusal, Signatures
from app.web.webhooks import Webhooks
from hotfix.github import app_requirements
from hotfix.github.transport.errors import TransientError, WrongAddress
from hotfix.github.transport.github_app import GitHubApp
from tests.service.running import PATIENCE, Service, eventually, head, post
from tests.service.web.test_settings import pem

SECRET = b"secret"


def test_probes_answer_head(service: Service) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert head(f"{service.url}{path}").status_code == 200


def test_a_ping_answers_that_the_set_up_works(service: Service) -> None:
    answer = service.deliver("ping", {"zen": "x", "hook": {"events": list(app_requirements.EVENTS)}}, str(uuid.uuid4()))
    assert answer.status_code == 200
    assert "set-up works" in answer.json()["message"]
    few = service.deliver("ping", {"zen": "x", "hook": {"events": ["push"]}}, str(uuid.uuid4()))
    assert "pull_request" in few.json()["message"]


def test_a_wrong_path_is_logged_with_the_delivery(service: Service) -> None:
    guid = str(uuid.uuid4())
    headers = service.headers("push", guid, b"{}")
    assert post(f"{service.url}/webhook", content=b"{}", headers=headers).status_code == 404
    (line,) = eventually(lambda: [each for each in _warnings(service) if each.get("delivery") == guid], "the warning")
    assert line["path"] == "/webhook"


def _warnings(service: Service) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in service.output.splitlines() if line.startswith("{"))
    return [line for line in lines if line["level"] == "warning"]


def test_a_slow_large_body_makes_room_for_a_signed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGE_ARRIVING", 2)
    monkeypatch.setattr(bodies, "PATIENCE", PATIENCE)
    content = b"x" * (bodies.LARGE + 1)
    signature = b"sha256=" + hmac.digest(SECRET, content, hashlib.sha256).hex().encode()
    reader, stalled = BodyReader(), asyncio.Semaphore(0)

    async def read(finishes: bool) -> str:
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                stalled.release()
                await asyncio.Event().wait()
            sent = True
            return {"type": "http.request", "body": content, "more_body": not finishes}

        signatures = Signatures((SECRET,), signature)
        with Body() as body:
            try:
                await reader.read(body, {}, receive, signatures)
                signatures.verify()
            except Refusal as refusal:
                return str(refusal.status)
            return "taken"

    async def scenario() -> None:
        slow = [asyncio.create_task(read(False)) for _ in range(3)]
        for _ in slow:
            await stalled.acquire()
        assert await read(True) == "taken"
        assert await slow[0] == "503", "the oldest made room"
        for task in slow[1:]:
            task.cancel()

    asyncio.run(scenario())


def test_a_misspelt_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"APP_ID": "1", "PRIVATE_KEY": pem(), "WEBHOOK_SECRET": "x"}.items():
        monkeypatch.setenv(f"HOTFIX_{name}", value)
    load()
    monkeypatch.setenv("HOTFIX_ENVIRONMENT", "staging")
    load()
    monkeypatch.setenv("HOTFIX_DATABSE_URL", "sqlite:///x.db")
    with pytest.raises(SettingsError, match="did you mean HOTFIX_DATABASE_URL"):
        load()


def test_an_unreachable_host_is_named_with_its_cause() -> None:
    app = GitHubApp(1, pem(), "http://127.0.0.1:9/api/v3")
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9.*refused"):
        app.verify()
    app.close()


def test_an_address_without_githubs_api_is_not_the_keys_fault(service: Service) -> None:
    """Any web server can be at a wrong address; this one is the service itself."""
    for url in (service.url, f"{service.url}/healthz?"):
        app = GitHubApp(1, pem(), url)
        with pytest.raises(WrongAddress, match="GitHub Enterprise Server"):
            app.verify()
        app.close()


@pytest.mark.parametrize(
    ("repositories", "count"),
    [({"repositories": [{"full_name": "octo/a"}, {"full_name": "octo/b"}]}, 2), ({}, None)],
)
def test_an_installation_is_logged_in_one_line(
    service: Service, repositories: dict[str, Any], count: int | None
) -> None:
    guid = str(uuid.uuid4())
    payload = {"action": "created", "installation": {"id": 99, "account": {"login": "octo"}}, **repositories}
    assert service.deliver("installation", payload, guid).status_code in (200, 202)
    (line,) = eventually(lambda: [each for each in service.lines("installation") if each["delivery"] == guid], "a line")
    assert (line["account"], line["repositories"], line["action"]) == ("octo", count, "created")


@asynccontextmanager
async def _connected(application: Any) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Yield a connection to a uvicorn server that uses our protocol."""
    config = uvicorn.Config(application, port=0, http=protocol.Protocol, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not running.done(), "the server did not start"
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.servers[0].sockets[0].getsockname()[1])
        yield reader, writer
        writer.close()
    finally:
        server.should_exit = True
        await running


async def _answers(application: Any, *sent: bytes) -> bytes:
    """Send bytes, then return everything the server sends until it closes the connection."""
    async with _connected(application) as (reader, writer):
        for part in sent:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), PATIENCE)


def _webhooks() -> Webhooks:
    return Webhooks(
        (SECRET,), intake=lambda: None, invalidate=lambda _: None, narrowed=lambda result: result,
        me=lambda: AppIdentity(1),
    )  # fmt: skip


async def _never(scope: Any, receive: Any, send: Any) -> None:
    """Read the whole body without answering."""
    while (await receive()).get("more_body"):
        pass


def test_a_slow_body_on_another_path_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test only shortens the time limit for bodies."""
    monkeypatch.setattr(protocol, "BODY_PATIENCE", 0.3)
    sent = b"POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"
    assert asyncio.run(_answers(_never, sent)) == b"", "the connection is closed without an answer"


@pytest.mark.parametrize("body", [b"", b'{"half": '], ids=["no body", "half a body"])
def test_a_webhook_whose_body_never_comes_gets_408(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.3)
    head = b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    answer = asyncio.run(_answers(_webhooks(), head, body))
    status, _, rest = answer.partition(b"\r\n")
    assert status == b"HTTP/1.1 408 Request Timeout"
    assert b"connection: close" in rest.lower()
    assert b"the body took longer" in rest


@pytest.mark.parametrize(
    "sent",
    [(), (b"POST /webhooks/github HTT",), (b"POST /webhooks/github HTTP/1.1\r\n", b"Host: x\r\nX-Slow: ")],
    ids=["nothing", "half a request line", "half a header"],
)
def test_headers_that_never_end_are_cut_off(monkeypatch: pytest.MonkeyPatch, sent: tuple[bytes, ...]) -> None:
    """The application is never called, and the sender can't keep the connection open."""
    monkeypatch.setattr(protocol, "PATIENCE", 0.3)
    heard: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope)

    assert asyncio.run(_answers(application, *sent)) == b"", "the connection is closed without an answer"
    assert heard == []


def test_slow_headers_after_an_answer_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a keep-alive connection, the same time limit applies to each request's headers."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send_json(send, 200, {"path": scope["path"]})

    async def scenario() -> bytes:
        async with _connected(application) as (reader, writer):
            writer.write(b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.wait_for(reader.readuntil(b'"/first"}'), PATIENCE)
            monkeypatch.setattr(protocol, "PATIENCE", 0.3)
            writer.write(b"GET /second HTTP/1.1\r\nHost:")
            return await asyncio.wait_for(reader.read(), PATIENCE)

    assert asyncio.run(scenario()) == b"", "the connection is closed without a second answer"


def test_what_the_app_lacks_is_named() -> None:
    granted = app_requirements.token_permissions() | {"merge_queues": "read", "checks": "read"}
    assert app_requirements.missing_permissions(granted) == ["checks: write"]
    assert app_requirements.missing_events(set(app_requirements.EVENTS) - {"status"}) == ["status"]
