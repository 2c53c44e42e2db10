"""Malformed requests: none may be answered with 5xx or leak memory."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bench.deliveries import headers
from bench.figures import Figure
from bench.load import prepared
from bench.processes import service
from bench.run import Run
from tests.github import GitHub
from tests.github.examples import all_payloads

CONNECTIONS = 16
HUGE = 26 * 1024 * 1024
PATIENCE = 30.0
JUNK: tuple[Any, ...] = (None, True, -1, 2**70, 1e308, "", "x" * 5000, "\0", "../..", [], [[]], {}, {"a": {"a": {}}})


def measure(run: Run) -> Iterator[Figure]:
    """Send the requests. The first quarter fills caches and pools; memory growth is measured after it."""
    folder, count = run.folder("hostile"), run.pick(20_000, 1_500)
    with GitHub(process=True) as github:
        app = github.create_app("hotfix")
        with service(github, app, folder) as ours:
            made = _Hostile(ours.webhooks, app.webhook_secret)
            run.say(f"{count:,} hostile requests")
            statuses = asyncio.run(_send_all(ours.url, made, count // 4))
            before = ours.resident
            statuses += asyncio.run(_send_all(ours.url, made, count - count // 4))
            after = ours.resident
            failed = sum(many for status, many in statuses.items() if status >= 500)
            silent = statuses[0] - made.cut
            yield Figure(part="hostile", name="requests", value=sum(statuses.values()), unit="requests")
            yield Figure(part="hostile", name="answered 5xx", value=failed, unit="answers", at_most=0)
            yield Figure(part="hostile", name="whole and not answered", value=silent, unit="missing", at_most=0)
            alive = ours.process.poll() is None and ours.metric("process_start_time_seconds") > 0
            yield Figure(part="hostile", name="services that ended", value=0 if alive else 1, unit="lost", at_most=0)
            for status, many in sorted(statuses.items()):
                name = f"answered {status}" if status else "cut off by the sender"
                yield Figure(part="hostile", name=name, value=many, unit="requests")
            yield Figure(part="hostile", name="resident after a quarter", value=before, unit="MB")
            yield Figure(part="hostile", name="resident at the end", value=after, unit="MB")


class _Hostile:
    """Generates the same requests in each run. `cut`: number of generated requests that end prematurely."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret
        self.rng = random.Random(7)
        self.examples = all_payloads()
        self.at = 0
        self.cut = 0
        self.makers = (
            [self.example] * 30 + [self.fuzzed] * 15 + [self.wrong_shape] * 15 + [self.junk_inside] * 20
            + [self.wrong_signature] * 8 + [self.deep] * 4 + [self.strange_headers] * 6 + [self.truncated] * 2
        )  # fmt: skip

    def next(self) -> bytes:
        self.at += 1
        if self.at % 2000 == 0:
            return self.signed("push", bytes(HUGE))
        return self.rng.choice(self.makers)()

    def signed(self, event: str, body: bytes) -> bytes:
        return prepared(self.url, body, headers(self.secret, event, body))

    def example(self) -> bytes:
        one = self.examples[self.at % len(self.examples)]
        return self.signed(one.event, json.dumps(one.payload).encode())

    def fuzzed(self) -> bytes:
        one = self.rng.choice(self.examples)
        body = bytearray(json.dumps(one.payload).encode())
        for _ in range(self.rng.randrange(1, 20)):
            body[self.rng.randrange(len(body))] = self.rng.randrange(256)
        return self.signed(one.event, bytes(body))

    def wrong_shape(self) -> bytes:
        event = self.rng.choice(self.examples).event
        return self.signed(event, json.dumps(self.rng.choice(JUNK)).encode())

    def junk_inside(self) -> bytes:
        """Return an example with some fields replaced."""
        one = self.rng.choice(self.examples)
        payload = json.loads(json.dumps(one.payload))
        for _ in range(self.rng.randrange(1, 6)):
            place = payload
            while True:
                key = self.rng.choice(list(place))
                if isinstance(place[key], dict) and place[key] and self.rng.random() < 0.7:
                    place = place[key]
                    continue
                place[key] = copy.deepcopy(self.rng.choice(JUNK))
                break
        return self.signed(one.event, json.dumps(payload).encode())

    def wrong_signature(self) -> bytes:
        one = self.rng.choice(self.examples)
        body = json.dumps(one.payload).encode()
        sent = headers(self.secret, one.event, body)
        given = self.rng.choice(["sha256=" + "0" * 64, "", "sha1=abc", "x" * 5000, sent["X-Hub-Signature-256"][:-1]])
        return prepared(self.url, body, sent | {"X-Hub-Signature-256": given})

    def deep(self) -> bytes:
        depth = self.rng.choice([200, 5_000, 200_000])
        body = self.rng.choice([b"[" * depth, b'{"a":' * depth, b'{"action":' + b"[" * depth + b"]" * depth + b"}"])
        return self.signed("pull_request", body)

    def strange_headers(self) -> bytes:
        one = self.rng.choice(self.examples)
        body = json.dumps(one.payload).encode()
        sent = headers(self.secret, one.event, body)
        strange = self.rng.choice(
            [{"X-GitHub-Delivery": ""}, {"X-GitHub-Delivery": "'; DROP TABLE jobs; --"}, {"X-GitHub-Event": "../x"},
             {"X-GitHub-Event": ""}, {"Content-Type": "application/x-www-form-urlencoded"},
             {"Content-Encoding": "gzip"}]
        )  # fmt: skip
        return prepared(self.url, body, sent | strange)

    def truncated(self) -> bytes:
        """Return a request shorter than its Content-Length, after which the connection ends."""
        self.cut += 1
        whole = self.example()
        return whole[: -self.rng.randrange(10, 500)]


async def _send_all(url: str, made: _Hostile, count: int) -> Counter[int]:
    parts = urlsplit(url)
    left, statuses = count, Counter[int]()

    async def sender() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            cut = made.cut
            request = made.next()
            statuses[await _one(parts.hostname or "", parts.port or 0, request, ended=made.cut > cut)] += 1

    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return statuses


async def _one(host: str, port: int, request: bytes, *, ended: bool) -> int:
    """Return the status, or 0 if there is none. One connection per request: the server closes many of them anyway."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        if ended:
            await writer.drain()
            return 0
        async with asyncio.timeout(PATIENCE):
            line = await reader.readline()
        return int(line.split()[1]) if line else 0
    except (ConnectionError, TimeoutError, ValueError, IndexError):
        return 0
    finally:
        writer.close()
