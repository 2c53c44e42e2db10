"""HTTP/1.1 messages: requests composed in one piece, responses parsed in C.

The standard library sends headers and body separately, and reads headers with the parser of e-mail.
"""

from __future__ import annotations

import socket
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from urllib3.exceptions import DecodeError, ProtocolError

from hotfix.github.transport.errors import GitHubError

CHUNK = 1 << 16
LARGEST_HEAD = 1 << 16
"""Maximum size in bytes of a response's headers and the interim responses before it, and of what follows a part of its
body, such as trailers. Accurate to one read."""
LONGEST = 300
"""Maximum time in seconds in which a response arrives, however often a part of it does."""
_GZIP = 16 + zlib.MAX_WBITS


def compose(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """Return a request. Raises GitHubError if it contains a character that could start another header or request."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None or method not in ("GET", "DELETE"):
        lines.append(f"Content-Length: {len(body or b'')}")
    head = "".join(lines)
    if " " in target or not head.isascii() or not head.isprintable():
        raise GitHubError("The token, or the API address, contains a character that no request may contain.")
    return "\r\n".join((*lines, "", "")).encode() + (body or b"")


class MalformedResponse(ProtocolError):
    """What was received is not an HTTP response, or one with endless headers."""


@dataclass(slots=True)
class HttpResponse:
    """A response, with the interface that PyGithub expects."""

    status: int = 0
    """0 until the headers are read."""
    headers: dict[str, str] = field(default_factory=dict)
    """By lower-case name. Of a repeated one, the last."""
    body: list[bytes] = field(default_factory=list)
    """The parts of the body, as they were received."""
    keeps_connection: bool = False
    has_length: bool = True
    """False if the body lasts until the connection ends."""

    def getheaders(self) -> Iterable[tuple[str, str]]:
        """Return the headers as (name, value) pairs."""
        return self.headers.items()

    def read(self) -> str:
        """Return the body. Raises DecodeError if it cannot be decompressed, ValueError if it is not UTF-8."""
        body = b"".join(self.body)
        encoding = self.headers.get("content-encoding", "identity").lower()
        if not body or encoding == "identity":
            return body.decode()
        if encoding != "gzip":
            raise DecodeError(f"The body has an encoding that was not requested: {encoding}.")
        return _decompressed(body).decode()


def _decompressed(data: bytes) -> bytes:
    """Decompress all members of a gzip file: a server may send several. Raises DecodeError."""
    text = b""
    while data:
        member = zlib.decompressobj(_GZIP)
        try:
            text += member.decompress(data)
        except zlib.error as error:
            raise DecodeError("The compressed body is damaged.", error) from None
        if not member.eof:
            raise DecodeError("The compressed body is incomplete.")
        data = member.unused_data
    return text


class ResponseParser:
    """Reads the responses of one connection. httptools calls the `on_` methods."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._response = HttpResponse()
        self._complete = False
        self.received = 0
        """The size in bytes of what was received of the current response."""

    def read(self, sock: socket.socket) -> HttpResponse:
        """Return the response to a request other than HEAD, whose response has no body whatever its headers say.

        Raises OSError, and ProtocolError if the response is incomplete or malformed.
        """
        until, parts, head = monotonic() + LONGEST, 0, 0
        response, self._complete, self.received = self._response, False, 0
        while not self._complete:
            data = sock.recv(CHUNK)
            if not data:
                if response.has_length:
                    raise ProtocolError("The connection ended before the response.")
                break
            self.received += len(data)
            head += len(data)
            try:
                self._parser.feed_data(data)
            except (HttpParserError, HttpParserUpgrade) as error:
                if not self._complete:
                    raise MalformedResponse("The response is not valid HTTP.", error) from None
                response.keeps_connection = False  # something follows that was not requested
            if len(response.body) > parts:
                parts, head = len(response.body), 0
            if head > LARGEST_HEAD:
                raise MalformedResponse("The headers are too large.")
            if not self._complete and monotonic() >= until:
                raise TimeoutError("The response takes too long.")
        self._response = HttpResponse()  # for the next request; an idle connection holds no body
        return response

    def on_message_begin(self) -> None:
        """Refuse a response that was not requested."""
        if self._complete:
            raise ProtocolError("Nothing was requested.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Record a header; those after the body are ignored."""
        if not self._response.status:
            self._response.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Record the status. An interim one, such as 103 Early Hints, is ignored with its headers."""
        response, status = self._response, self._parser.get_status_code()
        if status < 200:
            response.headers.clear()
            return
        response.status = status
        response.keeps_connection = self._parser.should_keep_alive()
        response.has_length = bool(response.headers.keys() & {"content-length", "transfer-encoding"})

    def on_body(self, data: bytes) -> None:
        """Record a part of the body; that of an interim response is ignored."""
        if self._response.status:
            self._response.body.append(data)

    def on_message_complete(self) -> None:
        """Record the end, unless it was an interim response."""
        self._complete = bool(self._response.status)
