"""A small HTTP/1.1 load generator: prepared requests over keep-alive connections, with the latency of each.

It uses asyncio streams because a general HTTP client costs more CPU per request than the service under test,
and would dominate the measurement.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answered:
    """One request: its status (0 if the connection failed) and the seconds from sending to the complete response."""

    status: int
    seconds: float


@dataclass(frozen=True)
class Load:
    """The results of a run of requests."""

    answers: tuple[Answered, ...]
    seconds: float
    began: float
    """When the first connection was opened, in monotonic seconds."""

    @property
    def per_second(self) -> float:
        """Responses per second."""
        return len(self.answers) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the seconds within which that share of the requests was answered."""
        return percentile([a.seconds for a in self.answers], share)

    def statuses(self) -> dict[int, int]:
        """Return the number of responses for each status."""
        counted: dict[int, int] = {}
        for answer in self.answers:
            counted[answer.status] = counted.get(answer.status, 0) + 1
        return counted


def percentile(values: Iterable[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` is from 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def prepared(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the bytes of one POST request."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if length:
        await reader.readexactly(length)
    return int(head[9:12])


async def _send(
    requests: Iterator[bytes], host: str, port: int, answers: list[Answered], due: float, gap: float
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for request in requests:
            began = time.perf_counter()
            if gap:
                await asyncio.sleep(max(0.0, due - began))
                # Measured from when it was due: the sender also experiences the wait for the previous response.
                began, due = due, due + gap
            writer.write(request)
            try:
                status = await _answer(reader)
            except (asyncio.IncompleteReadError, ConnectionError):
                answers.append(Answered(0, time.perf_counter() - began))
                return
            answers.append(Answered(status, time.perf_counter() - began))
    finally:
        writer.close()


def run(url: str, requests: Iterable[bytes], connections: int, *, per_second: float = 0.0) -> Load:
    """Send all requests over `connections`, as fast as they are answered or at a steady total rate."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    answers: list[Answered] = []
    shared = iter(requests)
    gap = connections / per_second if per_second else 0.0

    async def all_of_them() -> tuple[float, float]:
        began, at = time.perf_counter(), time.monotonic()
        # Stagger the connections, so that a steady rate doesn't come in bursts.
        starts = [began + i * gap / connections for i in range(connections)]
        await asyncio.gather(*(_send(shared, host, port, answers, start, gap) for start in starts))
        return time.perf_counter() - began, at

    seconds, at = asyncio.run(all_of_them())
    return Load(tuple(answers), seconds, at)
