"""Replicas on one PostgreSQL: verdicts per second by replica count, and the takeover time after one is killed."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from bench import load, shop
from bench.figures import Figure
from bench.load import prepared
from bench.processes import Running, cpu_of, service
from bench.run import Run
from bench.shop import Shop
from tests.github import Delivery, Pull
from tests.postgres import Postgres, address_of, postgres

PULLS = 96
ROUNDS = 3
PATIENCE = 240.0


def measure(run: Run) -> Iterator[Figure]:
    """Push once to each of many open hotfixes, with webhooks distributed round-robin to the replicas.

    Measured at 50 ms per call, and at 500 ms, where the replicas rather than the machine's few cores are the limit.
    """
    folder = run.folder("replicas")
    with postgres() as server, shop.opened() as acme:
        run.say(f"{PULLS} open hotfixes")
        pulls = [shop.hotfix(acme, f"many-{i}") for i in range(PULLS)]
        rates: dict[tuple[int, int], float] = {}
        turn = 0
        for count in (1, 2, 4):
            name = f"{count} replica{'s' if count > 1 else ''}"
            with server.database() as url, ExitStack() as stack:
                replicas = _replicas(stack, acme, folder, url, count)
                for latency, rounds in ((50, ROUNDS), (500, 1)):
                    run.say(f"{name}, {latency} ms a call")
                    took = []
                    for again in range(rounds + (latency == 50)):
                        turn += 1
                        sent = _pushes(acme, pulls, turn, latency)
                        before = _cpu(acme, replicas)
                        took.append(_turn(acme, replicas, sent))
                        used = [now - then for now, then in zip(_cpu(acme, replicas), before, strict=True)]
                        if latency == 50 and not again:
                            took.clear()  # the first turn warms the caches
                    rates[count, latency] = PULLS / statistics.median(took)
                    yield _figure(f"{name}, {latency} ms a call", rates[count, latency], "verdicts/s")
                for whose, seconds in zip(("the service", "the simulated GitHub"), used, strict=True):
                    yield _figure(f"{name}, CPU of {whose}", seconds / PULLS * 1000, "ms a verdict")
        for latency in (50, 500):
            yield _figure(f"2 replicas to one, {latency} ms a call", rates[2, latency] / rates[1, latency], "times")
            times = rates[4, latency] / rates[1, latency]
            yield Figure(
                part="replicas", name=f"4 replicas to one, {latency} ms a call", value=times, unit="times", at_least=3
            )
        yield from _killed(run, acme, folder, server, pulls)


def _figure(name: str, value: float, unit: str) -> Figure:
    return Figure(part="replicas", name=name, value=value, unit=unit)


def _replicas(stack: ExitStack, acme: Shop, folder: Path, url: URL, count: int) -> list[Running]:
    database = address_of(url)
    started = [stack.enter_context(service(acme.github, acme.app, folder, database_url=database)) for _ in range(count)]
    time.sleep(3)  # let the initial sweep finish
    return started


def _pushes(acme: Shop, pulls: list[Pull], turn: int, latency: int = 50) -> list[Delivery]:
    acme.github.latency = 0.0
    sent = [shop.push(acme, pull, turn)[-1] for pull in pulls]
    acme.github.forget()
    acme.github.latency = latency / 1000
    return sent


def _cpu(acme: Shop, replicas: list[Running]) -> tuple[float, float]:
    """Return CPU seconds so far: of all replicas, and of GitHub."""
    return sum(replica.cpu for replica in replicas), cpu_of(acme.github.pid)


def _turn(acme: Shop, replicas: list[Running], sent: list[Delivery]) -> float:
    """Return the seconds from the first webhook to the last check run."""
    began = time.monotonic()
    _deliver(replicas, sent)
    return _all_written(acme, {one.payload["after"] for one in sent}) - began


def _deliver(replicas: list[Running], sent: list[Delivery]) -> None:
    def to(replica: Running, some: list[Delivery]) -> None:
        load.run(replica.webhooks, [prepared(replica.webhooks, one.body, one.headers) for one in some], 4)

    count = len(replicas)
    threads = [threading.Thread(target=to, args=(one, sent[i::count])) for i, one in enumerate(replicas)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _all_written(acme: Shop, heads: set[str]) -> float:
    """Return when the last of these heads got its check run, in monotonic seconds."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        time.sleep(0.3)
        written: dict[str, float] = {}
        for call in acme.github.calls_of("installation"):
            if call.method == "POST" and call.path.endswith("/check-runs") and call.status == 201:
                written.setdefault(call.request["head_sha"], call.end)
        if heads <= written.keys():
            return max(written[head] for head in heads)
    raise SystemExit(f"{len(heads - written.keys())} of {len(heads)} verdicts did not come")


def _killed(run: Run, acme: Shop, folder: Path, server: Postgres, pulls: list[Pull]) -> Iterator[Figure]:
    """Send all webhooks to one of two replicas, and kill it once it has answered the last one."""
    run.say("one of two replicas killed")
    with server.database() as url, ExitStack() as stack:
        first, second = _replicas(stack, acme, folder, url, 2)
        _turn(acme, [first, second], _pushes(acme, pulls, 1000))
        sent = _pushes(acme, pulls, 1001)
        _deliver([first], sent)
        first.process.kill()
        killed = time.monotonic()
        owned = _owned(url)
        last = _all_written(acme, {one.payload["after"] for one in sent})
        yield Figure(part="replicas", name="jobs that the killed one had begun or claimed", value=owned, unit="jobs")
        freed = second.logged("jobs of a dead replica taken over")
        yield Figure(
            part="replicas", name="taken over by the other", value=sum(line["jobs"] for line in freed), unit="jobs"
        )
        yield Figure(
            part="replicas", name="from the kill to the last verdict", value=last - killed, unit="s", at_most=10
        )
        heads = {pull.head_sha for pull in pulls}
        checks = [acme.shop.checks(sha, "hotfix") for sha in heads]
        yield Figure(
            part="replicas", name="heads without a verdict", value=sum(not c for c in checks), unit="lost", at_most=0
        )
        yield Figure(
            part="replicas", name="check runs beyond one per head", value=sum(max(0, len(c) - 1) for c in checks),
            unit="twice", at_most=0,
        )  # fmt: skip


def _owned(url: URL) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        count = connection.scalar(sa.text("SELECT count(*) FROM jobs WHERE owner IS NOT NULL AND wanted > done"))
    engine.dispose()
    return int(count or 0)
