"""Connections to GitHub that are reused, end, stall, or carry what was not requested."""

from __future__ import annotations

import gzip
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from urllib3.util import wait_for_read

from hotfix.github.transport import connection
from hotfix.github.transport.errors import GitHubError, TransientError
from hotfix.github.transport.exchange import GitHubAnswer, Transport
from tests.waiting import eventually

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CLOSE = b""
"""In place of an answer, or after it: the connection is closed without announcement."""
HOLD = b"hold"
"""In place of an answer: nothing is sent until the client closes the connection."""
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


class RawServer:
    """A server that sends the next of these answers, byte for byte, for each request."""

    def __init__(self, *answers: tuple[bytes, ...]) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[int, bytes]] = []
        """The number of the connection, and the request, as far as it was read."""
        self.reads_all = True
        """Whether it reads all of a request before it answers."""
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        data = b""
        with sock, suppress(ConnectionError):
            while received := sock.recv(1 << 16):
                data += received
                head, separator, body = data.partition(b"\r\n\r\n")
                length = LENGTH.search(head)
                if self.reads_all and (not separator or (length and len(body) < int(length[1]))):
                    continue
                self.requests.append((number, data))
                data = b""
                for part in self.answers.pop(0):
                    if part == CLOSE:
                        return
                    if part == HOLD:
                        sock.recv(1)
                    sock.sendall(part)

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    monkeypatch.delenv("http_proxy", raising=False)
    server = RawServer()
    yield server
    server.close()


@pytest.fixture
def transport(server: RawServer) -> Iterator[Transport]:
    transport = Transport(f"http://127.0.0.1:{server.port}")
    yield transport
    transport.close()


def get(transport: Transport) -> GitHubAnswer:
    return transport.exchange("token", "GET", "/user", {})


def query(transport: Transport) -> GitHubAnswer:
    return transport.exchange("token", "POST", "/graphql", {}, body={"query": "{}"})


def write(transport: Transport, body: Any = "x") -> GitHubAnswer:
    return transport.exchange("token", "POST", "/user/repos", {}, body=body)


def idle_socket(transport: Transport) -> Any:
    return transport._idle[-1].requester._connection._socket


def connections(server: RawServer) -> list[int]:
    return [number for number, _ in server.requests]


def test_requests_one_after_another_share_a_connection(server: RawServer, transport: Transport) -> None:
    """A separate connection for each would add a TLS handshake: two more round trips to GitHub."""
    server.answers = [(EMPTY,)] * 4
    assert {get(transport).status, get(transport).status, query(transport).status, write(transport).status} == {200}
    assert connections(server) == [1] * 4


def test_a_compressed_answer_is_unpacked(server: RawServer, transport: Transport) -> None:
    body = gzip.compress(b'{"packed": true}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    server.answers = [(head + body,)]
    assert get(transport).data == {"packed": True}
    assert b"\r\nAccept-Encoding: gzip\r\n" in server.requests[0][1]


@pytest.mark.parametrize("read", [get, query])
def test_a_read_is_repeated_once_if_its_connection_was_closed(
    server: RawServer, transport: Transport, read: Any
) -> None:
    server.answers = [(EMPTY,), (CLOSE,), (EMPTY,)]
    assert get(transport).status == read(transport).status == 200
    assert connections(server) == [1, 1, 2]


def test_a_read_is_not_repeated_twice(server: RawServer, transport: Transport) -> None:
    server.answers = [(EMPTY,), (CLOSE,), (CLOSE,)]
    get(transport)
    with pytest.raises(TransientError, match="cut the connection"):
        get(transport)
    assert connections(server) == [1, 1, 2]


def test_a_read_is_repeated_over_a_new_connection(server: RawServer, transport: Transport) -> None:
    """Another idle one may be closed as well: a server that stops closes all of them."""
    server.answers = [(EMPTY,), (EMPTY,), (CLOSE,), (EMPTY,)]
    idle = [transport._lend(), transport._lend()]
    for each in idle:
        each.requester.send("GET", "/user")
        transport._give_back(each)
    assert get(transport).status == 200
    assert connections(server) == [1, 2, 2, 3]


def test_a_write_is_not_repeated(server: RawServer, transport: Transport) -> None:
    """GitHub may have processed it."""
    server.answers = [(EMPTY,), (CLOSE,)]
    get(transport)
    with pytest.raises(TransientError, match="cut the connection"):
        write(transport)
    assert connections(server) == [1, 1]


@pytest.mark.parametrize(
    ("begun", "what"),
    [
        (b"HTTP/1.1 200", "cut the connection"),
        (EMPTY[:-1], "cut the connection"),
        (b"garbage", "sent what is not a valid response"),
        (EMPTY.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"), "sent what is not a valid response"),
    ],
)
def test_a_response_that_began_is_not_requested_again(
    server: RawServer, transport: Transport, begun: bytes, what: str
) -> None:
    server.answers = [(EMPTY,), (begun, CLOSE)]
    get(transport)
    with pytest.raises(TransientError, match=what):
        get(transport)
    assert connections(server) == [1, 1]


@pytest.mark.parametrize("after", [CLOSE, b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
def test_a_write_uses_no_connection_that_was_closed(server: RawServer, transport: Transport, after: bytes) -> None:
    """Nor one over which something arrived meanwhile, which would be taken for the response."""
    server.answers = [(EMPTY, after), (EMPTY,)]
    get(transport)
    eventually(lambda: idle_socket(transport) is None or wait_for_read(idle_socket(transport), 0), "the server's close")
    assert write(transport).status == 200
    assert connections(server) == [1, 2]


@pytest.mark.parametrize("head", [b"Connection: close\r\nContent-Length: 2\r\n", b""])
def test_a_connection_that_ends_with_its_response_is_not_reused(
    server: RawServer, transport: Transport, head: bytes
) -> None:
    server.answers = [(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n{}", CLOSE), (EMPTY,)]
    assert get(transport).data == {}
    assert idle_socket(transport) is None
    assert write(transport).status == 200
    assert connections(server) == [1, 2]


def test_what_follows_a_response_is_no_answer(server: RawServer, transport: Transport) -> None:
    server.answers = [(EMPTY + b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}',), (EMPTY,)]
    assert get(transport).data == get(transport).data == {}


def test_a_response_before_the_end_of_the_request_counts(server: RawServer, transport: Transport) -> None:
    """A server that refuses a large body does not read it, and closes the connection."""
    server.reads_all = False
    server.answers = [(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", CLOSE)]
    assert write(transport, "x" * (32 << 20)).status == 413


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_says_nothing_is_left(server: RawServer, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over HTTPS, it does not even answer the handshake, which ends without an empty line."""
    monkeypatch.setattr(connection, "TIMEOUT", 0.5)
    server.answers = [(HOLD,)]
    transport = Transport(f"{scheme}://127.0.0.1:{server.port}")
    with pytest.raises(TransientError, match="did not answer in time"):
        get(transport)
    assert connections(server) == ([1] if scheme == "http" else [])
    transport.close()


def test_a_server_that_stalls_within_its_response_is_left(
    server: RawServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", 0.5)
    server.answers = [(EMPTY[:-1], HOLD)]
    with pytest.raises(TransientError, match="did not answer in time"):
        get(transport)
    assert not transport._idle


def test_a_server_without_tls_is_not_blamed_for_its_certificate(server: RawServer) -> None:
    server.reads_all = False
    server.answers = [(EMPTY,)]
    transport = Transport(f"https://127.0.0.1:{server.port}")
    with pytest.raises(TransientError, match="no encrypted connection"):
        get(transport)
    transport.close()


def test_a_token_that_would_begin_another_header_is_not_sent(server: RawServer, transport: Transport) -> None:
    with pytest.raises(GitHubError, match="no request may contain") as raised:
        transport.exchange("secret\r\nX-Forwarded-For: 1", "GET", "/user", {})
    assert "secret" not in repr(raised.value)
    assert server.connections == 0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_leads_to_another_host(server: RawServer, transport: Transport, status: int) -> None:
    """The token would be sent there."""
    other = RawServer()
    server.answers = [
        (b"HTTP/1.1 %d Moved\r\nLocation: http://localhost:%d/x\r\nContent-Length: 0\r\n\r\n" % (status, other.port),)
    ]
    if status == 301:
        with pytest.raises(GitHubError, match="redirected"):
            get(transport)
    else:
        assert get(transport).status == status
    assert other.connections == 0
    other.close()
