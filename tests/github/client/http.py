"""A small HTTP client: one keep-alive connection per thread, no TLS, no settings from the environment.

Tests send thousands of requests; the standard library's client takes longer for each than the simulator for its answer.
"""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httptools

from tests.github.server.posting import CHUNK, Reply

TIMEOUT = 180.0
"""Seconds without a byte of the response."""
Body = Any


class Refused(AssertionError):
    """An error response of the simulated GitHub to the Python client."""

    def __init__(self, method: str, path: str, status: int, data: Any) -> None:
        super().__init__(f"{method} {path}: {status} {json.dumps(data)[:2000]}")
        self.status = status
        self.data = data


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    data: Any

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Connection:
    """A connection to the simulator, for one request at a time."""

    def __init__(self, netloc: str) -> None:
        host, _, port = netloc.partition(":")
        self._host = netloc
        self._socket = socket.create_connection((host, int(port or 80)), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Send a request and return the response. Raises ConnectionError if it is incomplete."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        reply = Reply()
        parser = httptools.HttpResponseParser(reply)
        while not reply.complete:
            data = self._socket.recv(CHUNK)
            if not data:
                raise ConnectionError("the connection ended before the response")
            parser.feed_data(data)
        reply.status = parser.get_status_code()
        return reply

    def close(self) -> None:
        self._socket.close()


class Http:
    def __init__(self, url: str) -> None:
        self._netloc = urlsplit(url).netloc
        self._local = threading.local()
        self._all: list[Connection] = []

    def send(
        self, method: str, path: str, token: str | None = None, body: Body = None, headers: dict[str, str] | None = None
    ) -> Answer:
        sent = {"Accept": "application/vnd.github+json", **(headers or {})}
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        raw = b""
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        path = quote(path, safe="/%?&=:+,;@~!$'()*[]#")
        try:
            reply = self._exchange(method, path, sent, raw)
        except ConnectionError:
            if method != "GET" and not path.startswith("/_sim/"):
                raise
            reply = self._exchange(method, path, sent, raw)
        is_json = "json" in reply.headers.get("content-type", "")
        shown: Any = json.loads(reply.body) if reply.body and is_json else reply.body.decode(errors="replace")
        return Answer(reply.status, reply.headers, shown)

    def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = Connection(self._netloc)
            self._all.append(connection)
        self._local.connection = None
        try:
            reply = connection.exchange(method, path, headers, body)
        except BaseException:
            connection.close()
            raise
        self._local.connection = connection
        return reply

    def close(self) -> None:
        for connection in self._all:
            connection.close()
