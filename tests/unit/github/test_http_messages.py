"""Requests as they are sent, and responses as they arrive: whole, in pieces, incomplete, malformed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from typing import Any

import pytest
from urllib3.exceptions import DecodeError, ProtocolError

from hotfix.github.transport import http_messages
from hotfix.github.transport.errors import GitHubError
from hotfix.github.transport.http_messages import LARGEST_HEAD, HttpResponse, ResponseParser, compose

OK = b"HTTP/1.1 200 OK\r\n"
HEADERS = {"Host": "github.test", "Authorization": "Bearer token"}


class Pieces:
    """A socket that receives these pieces; after the last, the connection ends."""

    def __init__(self, *pieces: bytes) -> None:
        self.left = list(pieces)

    def recv(self, size: int) -> bytes:
        return self.left.pop(0) if self.left else b""


def received(*pieces: bytes, parser: ResponseParser | None = None) -> HttpResponse:
    sock: Any = Pieces(*pieces)
    return (parser or ResponseParser()).read(sock)


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks,)) + b"0\r\n" + trailers + b"\r\n"


def split_once(data: bytes) -> Iterable[tuple[bytes, bytes]]:
    return ((data[:at], data[at:]) for at in range(1, len(data)))


def test_a_request_is_one_piece() -> None:
    assert compose("POST", "/graphql?a=b", HEADERS, b"{}") == (
        b"POST /graphql?a=b HTTP/1.1\r\nHost: github.test\r\nAuthorization: Bearer token\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(("method", "length"), [("GET", None), ("DELETE", None), ("POST", 0), ("PUT", 0), ("PATCH", 0)])
def test_a_request_without_a_body_has_a_length_where_one_is_due(method: str, length: int | None) -> None:
    """Servers may refuse a POST that says nothing about its body."""
    head = compose(method, "/", HEADERS, None)
    assert (b"\r\nContent-Length: 0\r\n" in head) == (length == 0)
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("bad", ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "a\tb", "\x7f", "é", "\u2028"])
def test_no_value_begins_another_header(bad: str) -> None:
    for target, headers in (("/" + bad, HEADERS), ("/", HEADERS | {"Authorization": bad}), ("/", HEADERS | {bad: "x"})):
        with pytest.raises(GitHubError, match="a character that no request may contain") as raised:
            compose("GET", target, headers, None)
        assert bad not in str(raised.value)


def test_a_space_ends_no_target() -> None:
    with pytest.raises(GitHubError):
        compose("GET", "/ HTTP/1.1", HEADERS, None)


def test_a_response_in_two_pieces_is_the_same_wherever_it_is_cut() -> None:
    body = gzip.compress(b'{"a": "\xc3\xbc"}', mtime=0)
    head = OK + b"Content-Type: application/json\r\nX-Empty:\r\ncontent-encoding: gzip\r\n"
    early = b"HTTP/1.1 103 Early Hints\r\nLink: <x>; rel=next\r\n\r\n"
    whole = (
        early + head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body[:9], body[9:], trailers=b"X-Empty: no\r\n")
    )
    for pieces in ((whole,), *split_once(whole), tuple(whole[i : i + 1] for i in range(len(whole)))):
        response = received(*pieces)
        assert (response.status, response.read(), response.keeps_connection) == (200, '{"a": "ü"}', True)
        assert response.headers == {
            "content-type": "application/json",
            "x-empty": "",
            "content-encoding": "gzip",
            "transfer-encoding": "chunked",
        }


def test_a_response_that_ends_anywhere_too_early_is_incomplete() -> None:
    for rest in (b"Content-Length: 2\r\n\r\n{}", b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"{}")):
        whole = OK + rest
        for first, _ in split_once(whole):
            with pytest.raises(ProtocolError):
                received(first)
        assert received(whole).read() == "{}"
    with pytest.raises(ProtocolError):
        received()


def test_responses_follow_one_another_on_a_connection() -> None:
    parser = ResponseParser()
    first = received(OK + b"A: 1\r\nContent-Length: 1\r\n\r\n1", parser=parser)
    none = received(b"HTTP/1.1 204 No Content\r\nB: 2\r\n\r\n", parser=parser)
    last = received(b"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n3", parser=parser)
    assert [(r.status, r.read(), r.keeps_connection) for r in (first, none, last)] == [
        (200, "1", True),
        (204, "", True),
        (404, "3", True),
    ]
    assert [set(r.headers) for r in (first, none, last)] == [{"a", "content-length"}, {"b"}, {"content-length"}]


@pytest.mark.parametrize(
    "head",
    [
        OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n",
        OK + b"Connection: upgrade, close\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n",
        OK + b"\r\n",
    ],
)
def test_some_responses_end_their_connection(head: bytes) -> None:
    """One without a length lasts until the connection ends."""
    response = received(head, b"{", b"}")
    assert (response.status, response.read(), response.keeps_connection) == (200, "{}", False)


@pytest.mark.parametrize("surplus", [OK + b"Content-Length: 4\r\n\r\nevil", b"evil", b"\0", OK])
def test_what_follows_a_response_unasked_is_dropped(surplus: bytes) -> None:
    """It would otherwise be taken for the response to the next request."""
    response = received(OK + b"Content-Length: 2\r\n\r\n{}" + surplus)
    assert (response.read(), dict(response.headers)) == ("{}", {"content-length": "2"})
    assert not response.keeps_connection


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        OK + b"Content-Length: -1\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        OK + b"No colon\r\n\r\n",
        OK + b"A: \0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
)
def test_a_malformed_response_is_none(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        received(data)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 \r\nCONTENT-LENGTH:2\r\n\r\n{}",
        OK + b"Via: 1.1 caf\xc3\xa9 \xff\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n{}",
        OK + b"Transfer-Encoding: Chunked\r\n\r\n2;name=value\r\n{}\r\n0\r\n\r\n",
        OK + b"Connection: Upgrade\r\nUpgrade: h2,h2c\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_an_unusual_response_is_accepted(data: bytes) -> None:
    response = received(data)
    assert (response.status, response.read(), response.keeps_connection) == (200, "{}", True)


@pytest.mark.parametrize(
    "line",
    [b"A: b\r\n", b"A: " + b"b" * LARGEST_HEAD, b"HTTP/1.1 100 Continue\r\n\r\n", b"A" * 1000],
    ids=["many", "long", "interim", "no line"],
)
def test_endless_headers_are_refused(line: bytes) -> None:
    """Whether they are many, long, or those of interim responses."""
    endless = Pieces(line if line.startswith(b"HTTP") else OK + line, *[line] * LARGEST_HEAD)
    sock: Any = endless
    with pytest.raises(ProtocolError, match="too large"):
        ResponseParser().read(sock)
    assert len(endless.left) * len(line) >= LARGEST_HEAD * (len(line) - 2), "it was read no further than the limit"


@pytest.mark.parametrize("line", [b"A: b\r\n", b"A" * 1000], ids=["many", "no line"])
@pytest.mark.parametrize("end", [b"0\r\n", b"2;"], ids=["trailers", "chunk extensions"])
def test_endless_lines_after_a_part_of_the_body_are_refused(end: bytes, line: bytes) -> None:
    """A line without an end takes time by the square of its length."""
    begun = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n" + end
    endless: Any = Pieces(begun, *[line] * LARGEST_HEAD)
    with pytest.raises(ProtocolError, match=r"too large|not valid"):
        ResponseParser().read(endless)
    assert len(endless.left) * len(line) >= LARGEST_HEAD * (len(line) - 2), "it was read no further than the limit"


@pytest.mark.parametrize("head", [OK, OK + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n"])
def test_an_endless_response_is_left(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte every few seconds would keep a thread for ever, as each read is in time."""
    monkeypatch.setattr(http_messages, "LONGEST", 0)
    endless: Any = Pieces(head, *[b"a"] * 9)
    with pytest.raises(TimeoutError):
        ResponseParser().read(endless)
    assert received(OK + b"Content-Length: 2\r\n\r\n{}").read() == "{}", "what is complete is not too late"


def test_a_large_body_is_not_a_large_head() -> None:
    body = b"x" * (3 * LARGEST_HEAD)
    assert received(OK + b"Content-Length: %d\r\n\r\n" % len(body), body).read() == body.decode()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"gzip", gzip.compress(b"{}", mtime=0)[:-9]),
        (b"gzip", b"{}"),
        (b"gzip", gzip.compress(b"{}", mtime=0) + b"{}"),
        (b"gzip", gzip.compress(b"", mtime=0) + gzip.compress(b"{}", mtime=0)[:-9]),
        (b"deflate", zlib.compress(b"{}")),
        (b"br", b"\x0b\x00\x80{}\x03"),
    ],
    ids=["cut", "plain", "more", "second cut", "deflate", "br"],
)
def test_a_body_that_cannot_be_unpacked_is_none(encoding: bytes, body: bytes) -> None:
    response = received(OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (encoding, len(body)), body)
    with pytest.raises(DecodeError):
        response.read()


@pytest.mark.parametrize("parts", [(b"[1,", b"2]"), (b"", b"[1,2]"), (b"[1,2]", b"")])
def test_a_body_in_several_compressed_parts_is_whole(parts: tuple[bytes, ...]) -> None:
    """An empty first part would otherwise be an empty answer, a success without content."""
    body = b"".join(gzip.compress(part, mtime=0) for part in parts)
    assert received(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body), body).read() == "[1,2]"


@pytest.mark.parametrize("status", [b"099", b"199"])
def test_the_body_of_an_interim_response_is_ignored(status: bytes) -> None:
    interim = b"HTTP/1.1 %b Odd\r\nContent-Length: 2\r\n\r\n[]" % status
    assert received(interim + OK + b"Content-Length: 2\r\n\r\n{}").read() == "{}"


def test_a_body_that_is_not_text_is_none() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        received(OK + b"Content-Length: 1\r\n\r\n\xff").read()


@pytest.mark.parametrize("encoding", [b"GZIP", b"gzip"])
def test_an_empty_body_is_not_unpacked(encoding: bytes) -> None:
    assert received(b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: %b\r\n\r\n" % encoding).read() == ""


def test_an_idle_parser_holds_no_body() -> None:
    """64 idle connections would otherwise hold the largest responses that each has received."""
    parser = ResponseParser()
    response = received(OK + b"Content-Length: 2\r\n\r\n{}", parser=parser)
    assert parser._response is not response
