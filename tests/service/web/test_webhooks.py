"""Every request to the webhook endpoint gets an answer, and nothing is trusted before its signature is verified."""

from __future__ import annotations

import contextlib
import json
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psutil
import pytest

from tests.github.examples import all_payloads, payloads
from tests.service.conftest import House, concludes
from tests.service.running import PATIENCE, Service, eventually, get, post


def guid() -> str:
    return str(uuid.uuid4())


def test_a_wrong_missing_or_old_signature_is_401(service: Service) -> None:
    body = b'{"zen": "x"}'
    good = service.headers("ping", guid(), body)
    for signature in ("sha256=" + "0" * 64, "sha256=", "", "sha1=abc", "sha256=\xe9"):
        answer = post(
            service.webhook_url,
            content=body,
            headers={k.encode(): v.encode() for k, v in (good | {"X-Hub-Signature-256": signature}).items()},
        )
        assert answer.status_code == 401, signature
    del good["X-Hub-Signature-256"]
    assert post(service.webhook_url, content=body, headers=good).status_code == 401


def test_any_of_several_secrets_holds_while_rotating(house: House, own_service: Any) -> None:
    from tests.github import sign

    service = own_service(HOTFIX_WEBHOOK_SECRET="new-secret, old-secret")
    body = b'{"zen": "x"}'
    for secret, status in (("new-secret", 200), ("old-secret", 200), ("other", 401)):
        headers = service.headers("ping", guid(), body) | {"X-Hub-Signature-256": sign(secret, body)}
        assert post(service.webhook_url, content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"[]", b"null", b"42", b'"text"', b"\xff\xfe\x00", b'{"action": ', b"[" * 100_000,
        b'{"a":' * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b"payload=%7B%7D",
    ],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_a_body_that_is_not_a_json_object_is_400(service: Service, body: bytes) -> None:
    answer = service.deliver("pull_request", None, guid(), body=body)
    assert answer.status_code == 400
    assert "error" in answer.json()


@pytest.mark.parametrize("missing", ["X-GitHub-Event", "X-GitHub-Delivery"])
def test_missing_headers_are_400(service: Service, missing: str) -> None:
    body = b"{}"
    headers = {k: v for k, v in service.headers("ping", guid(), body).items() if k != missing}
    assert post(service.webhook_url, content=body, headers=headers).status_code == 400


def test_unknown_events_and_actions_are_answered_and_counted(house: House, service: Service) -> None:
    house.app.webhook_url = None  # GitHub's pending deliveries would be counted as well
    house.github.settle()
    before = service.metric("hotfix_deliveries_total", outcome="unhandled")
    assert service.deliver("solar_eclipse", {"action": "begun"}, guid()).status_code == 200
    assert service.deliver("pull_request", {"action": "admired"}, guid()).status_code == 200
    assert service.deliver("ping", {"zen": "x", "hook_id": 1}, guid()).status_code == 200
    assert service.metric("hotfix_deliveries_total", outcome="unhandled") == before + 3
    assert service.metric("hotfix_deliveries_total", event="solar_eclipse") == 0


def test_a_payload_of_the_wrong_shape_is_400_and_says_where(service: Service) -> None:
    answer = service.deliver(
        "pull_request", {"action": "opened", "number": 1, "repository": {"full_name": "../.."}}, guid()
    )
    assert answer.status_code == 400
    assert "repository.full_name" in answer.json()["error"]


def test_over_25_mb_is_413_announced_or_not(service: Service) -> None:
    size = 25 * 1024 * 1024 + 1
    body = b"x" * size
    assert service.deliver("push", None, guid(), body=body).status_code == 413

    def chunks() -> Any:
        for _ in range(26):
            yield b"x" * 1024 * 1024

    headers = service.headers("push", guid(), b"")
    assert post(service.webhook_url, content=chunks(), headers=headers).status_code == 413


def test_other_methods_and_paths_are_refused(service: Service) -> None:
    assert get(service.webhook_url).status_code == 405
    assert post(f"{service.url}/webhooks/gitlab").status_code == 404


def test_a_sender_that_stops_midway_does_no_harm(service: Service) -> None:
    host, _, port = service.url.removeprefix("http://").partition(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
    assert get(f"{service.url}/readyz").status_code == 200


def test_every_example_payload_is_answered_without_a_5xx(service: Service) -> None:
    with httpx.Client(timeout=PATIENCE) as client:
        for example in all_payloads():
            body = json.dumps(example.payload).encode()
            answer = client.post(
                service.webhook_url, content=body, headers=service.headers(example.event, guid(), body)
            )
            assert answer.status_code in (200, 202, 400), f"{example.event}.{example.action}: {answer.text}"


def test_every_example_of_githubs_has_the_shape_we_read(service: Service) -> None:
    """Examples that violate GitHub's own schema are excluded."""
    with httpx.Client(timeout=PATIENCE) as client:
        for example in payloads():
            body = json.dumps(example.payload).encode()
            answer = client.post(
                service.webhook_url, content=body, headers=service.headers(example.event, guid(), body)
            )
            assert answer.status_code in (200, 202), f"{example.event}.{example.action}: {answer.text}"


def test_one_guid_is_taken_once(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    house.github.settle()
    opened = next(d for d in house.github.deliveries if d.event == "pull_request" and d.repo == pull.repo.full_name)
    answer = post(service.webhook_url, content=opened.body, headers=dict(opened.headers))
    assert answer.status_code == 200
    assert answer.json() == {"delivery": opened.guid, "duplicate": True}


def test_nothing_of_what_is_sent_unsigned_is_kept(service: Service) -> None:
    marker = guid()
    headers = service.headers("ping", marker, b"{}") | {"X-Hub-Signature-256": "sha256=" + "1" * 64}
    post(service.webhook_url, content=b"{}", headers=headers)
    (line,) = eventually(lambda: [one for one in service.lines("delivery") if one["delivery"] == marker], "its line")
    assert service.rows("SELECT count(*) FROM deliveries WHERE guid = ?", marker) == [(0,)]
    assert (line["level"], line["status"]) == ("warning", 401)


def test_headers_without_end_are_cut_off(service: Service) -> None:
    host, _, port = service.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(b"POST /webhooks/github HTTP/1.1\r\n")
        with contextlib.suppress(ConnectionError):
            for number in range(100_000):
                connection.sendall(b"X-%d: %s\r\n" % (number, b"x" * 1000))
        with contextlib.suppress(ConnectionError):
            assert connection.recv(100).startswith(b"HTTP/1.1 431")
    assert get(f"{service.url}/readyz").status_code == 200


def test_many_large_bodies_at_once_do_not_fill_the_memory(service: Service) -> None:
    def send(_: int) -> int:
        try:
            return service.deliver("push", None, guid(), body=b"[" + b" " * (5 * 1024 * 1024)).status_code
        except httpx.TransportError:  # the connection was closed because the body took too long
            return 408

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(send, range(24))) <= {400, 408}
    assert psutil.Process(service.process.pid).memory_info().rss < 300 * 1024 * 1024
