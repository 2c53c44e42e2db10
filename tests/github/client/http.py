"""A small HTTP client: one keep-alive connection per thread, no TLS, no settings from the environment."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

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


class Http:
    def __init__(self, url: str) -> None:
        self._netloc = urlsplit(url).netloc
        self._local = threading.local()
        self._all: list[http.client.HTTPConnection] = []

    def send(
        self, method: str, path: str, token: str | None = None, body: Body = None, headers: dict[str, str] | None = None
    ) -> Answer:
        sent = {"Accept": "application/vnd.github+json", **(headers or {})}
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        raw = None
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        path = quote(path, safe="/%?&=:+,;@~!$'()*[]#")
        for last in (False, True):
            connection = self._connection()
            try:
                connection.request(method, path, raw, sent)
                answer = connection.getresponse()
                data = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
                connection.close()
                if last or (method != "GET" and not path.startswith("/_sim/")):
                    raise
        kind = answer.headers.get("content-type", "")
        shown: Any = json.loads(data) if data and "json" in kind else data.decode(errors="replace")
        return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, shown)

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = http.client.HTTPConnection(self._netloc, timeout=180)
            self._all.append(found)
        return found

    def close(self) -> None:
        for connection in self._all:
            connection.close()
