"""Sends webhooks over plain HTTP on keep-alive connections. A general HTTP client would take a third of the
simulator's CPU."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

CHUNK = 1 << 16
IDLE = 1.0
"""Seconds after which an idle connection is not used again: servers close theirs after a few seconds, and a request
that is sent at that moment would be lost."""


class Unanswered(Exception):
    """No server is listening, or the response is incomplete."""


@dataclass
class Reply:
    """A response. httptools calls the methods while parsing."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    complete: bool = False
    ends_with_connection: bool = False
    """Whether the response has no length: the body ends when the connection is closed."""

    version: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def keeps_connection(self) -> bool:
        """Return whether the server reads another request. The parser itself has forgotten it at the end."""
        closes = self.headers.get("connection", "").lower() == "close"
        return self.version == "1.1" and not closes and not self.ends_with_connection

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.ends_with_connection = not self.headers.keys() & {"content-length", "transfer-encoding"}

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.complete = True


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Poster:
    """Sends POST requests over a pool of connections."""

    def __init__(self) -> None:
        self._idle: dict[str, list[tuple[float, Streams]]] = {}
        """The connections to each server, each with the time since which it is idle."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send one request and return the complete response. Raises Unanswered."""
        parts = urlsplit(url)
        lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        try:
            reader, writer = await self._streams(parts.netloc, parts.hostname or "", parts.port or 80)
            try:
                writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
                reply = Reply()
                parser = httptools.HttpResponseParser(reply)
                while not reply.complete:
                    data = await reader.read(CHUNK)
                    if not data and reply.ends_with_connection:
                        break
                    if not data:
                        raise Unanswered("the connection ended before the answer")
                    parser.feed_data(data)
            except BaseException:
                writer.transport.abort()
                raise
        except (OSError, httptools.HttpParserError) as error:
            raise Unanswered(repr(error)) from error
        reply.status, reply.version = parser.get_status_code(), parser.get_http_version()
        if reply.keeps_connection:
            self._idle.setdefault(parts.netloc, []).append((time.monotonic(), (reader, writer)))
        else:
            writer.close()
        return reply

    async def _streams(self, key: str, host: str, port: int) -> Streams:
        """Take an idle connection, or open one."""
        idle = self._idle.get(key, [])
        while idle:
            since, (reader, writer) = idle.pop()
            if time.monotonic() - since < IDLE and not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(host, port)

    def close(self) -> None:
        """Close the idle connections."""
        for idle in self._idle.values():
            for _, (_, writer) in idle:
                writer.close()
