"""Requests in shapes that GitHub never sends: none is read in two ways, trusted, or able to keep a connection."""

from __future__ import annotations

import contextlib
import json
import socket
from urllib.parse import quote

import pytest

from tests.github import sign
from tests.service.running import PATIENCE, Service, get, post

BODY = json.dumps({"zen": "Speak like a human.", "hook": {"events": ["*"]}}).encode()
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def status(service: Service, request: bytes) -> int:
    """Send these exact bytes and return the status of the answer; 0 if the connection is closed without one."""
    host, _, port = service.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(request)
        line = connection.makefile("rb").readline()
    return int(line.split()[1]) if line else 0


def webhook(service: Service, *headers: bytes, body: bytes = BODY, length: bool = True) -> bytes:
    """Return a signed ping with these additional headers."""
    usual = {**service.headers("ping", "a-guid", BODY), "Host": "x"}
    lines = [b"POST /webhooks/github HTTP/1.1", *(f"{name}: {value}".encode() for name, value in usual.items())]
    lines += [b"Content-Length: %d" % len(body)] if length else []
    return b"\r\n".join([*lines, *headers, b"", body])


@pytest.mark.parametrize(
    ("headers", "body", "length"),
    [
        ((b"Transfer-Encoding: chunked",), CHUNKED + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", True),
        ((b"Content-Length: 5",), BODY, True),
        ((b"Content-Length: +%d" % len(BODY),), BODY, False),
        ((b"Content-Length: -1",), BODY, False),
        ((b"Content-Length: 99999999999999999999999",), BODY, False),
        ((b"Transfer-Encoding: xchunked",), CHUNKED, False),
        ((b"Transfer-Encoding: chunked, identity",), CHUNKED, False),
        ((b"Transfer-Encoding : chunked",), CHUNKED, False),
        ((b"Transfer-Encoding: chunked",), b"f" * 18 + b"\r\n" + BODY, False),
        ((b"X-Folded: a", b" b"), BODY, True),
        ((b"X-Nul: a\0b",), BODY, True),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_body_whose_end_is_unclear_is_400(
    service: Service, headers: tuple[bytes, ...], body: bytes, length: bool
) -> None:
    """A proxy that finds another end of the body would let a second request through."""
    assert status(service, webhook(service, *headers, body=body, length=length)) == 400


def test_a_body_in_chunks_is_read(service: Service) -> None:
    sent = webhook(service, b"Transfer-Encoding: chunked", body=CHUNKED, length=False)
    assert status(service, sent) == 200


@pytest.mark.parametrize(
    "line",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 1_000_000,
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x",
    ],
    ids=["header", "address"],
)
def test_a_head_of_a_megabyte_is_refused(service: Service, line: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # the connection may be closed before everything is sent
        assert status(service, line + b"\r\n\r\n") in (0, 431)
    assert get(f"{service.url}/healthz").status_code == 200


def test_the_first_of_two_signatures_counts(service: Service) -> None:
    wrong = b"X-Hub-Signature-256: sha256=" + b"0" * 64
    good = webhook(service)
    assert status(service, webhook(service, wrong)) == 200
    assert status(service, good.replace(b"X-Hub-Signature-256", wrong + b"\r\nX-Hub-Signature-256")) == 401


def test_a_sha1_signature_is_not_enough(service: Service) -> None:
    headers = service.headers("ping", "a-guid", BODY) | {"X-Hub-Signature": "sha1=" + "0" * 40}
    del headers["X-Hub-Signature-256"]
    assert post(service.webhook_url, content=BODY, headers=headers).status_code == 401


def test_a_payload_in_a_form_says_what_to_set(service: Service) -> None:
    """GitHub sends a form if the App's webhook is set to `application/x-www-form-urlencoded`."""
    form = b"payload=" + quote(BODY.decode()).encode()
    headers = service.headers("ping", "a-guid", form) | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = post(service.webhook_url, content=form, headers=headers)
    assert answer.status_code == 400
    assert "application/json" in answer.json()["error"]
    assert headers["X-Hub-Signature-256"] == sign(service.settings["HOTFIX_WEBHOOK_SECRET"], form)


@pytest.mark.parametrize("path", ["/setup", "/setup/callback", "/setup/register"])
def test_set_up_is_over_once_there_are_credentials(service: Service, path: str) -> None:
    assert get(f"{service.url}{path}").status_code == 404
    assert post(f"{service.url}{path}", content=b"code=x").status_code in (403, 404)
