"""A burst: thousands of deliveries about a few pull requests, out of order and repeated, while their branches move."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from bench import load, shop
from bench.figures import Figure
from bench.load import prepared
from bench.processes import Running, service
from bench.run import Run
from bench.shop import Shop
from tests.github import Delivery, Pull

CONNECTIONS = 64
PATIENCE = 300.0
OPEN = "SELECT count(*) FROM jobs WHERE kind = 'evaluate' AND wanted > done"


def measure(run: Run) -> Iterator[Figure]:
    """Measure at 50 ms per call. Half of the deliveries are about a replaced head; one in twenty is sent twice."""
    folder = run.folder("burst")
    count, open_pulls = run.pick(10_000, 400), run.pick(20, 4)
    with shop.opened() as acme:
        pulls = [shop.hotfix(acme, f"burst-{i}") for i in range(open_pulls)]
        with service(acme.github, acme.app, folder) as ours:
            for turn, pull in enumerate(pulls):
                shop.verdict(acme, ours.webhooks, shop.push(acme, pull, turn))
            reported = [_told(acme, pull, turn) for turn, pull in enumerate(pulls)]
            acme.github.forget()
            acme.github.latency = 0.05
            requests, guids = _requests(ours.webhooks, reported, count)
            run.say(f"{len(requests):,} deliveries over {CONNECTIONS} connections")
            cpu = ours.cpu
            done = load.run(ours.webhooks, requests, CONNECTIONS)
            taken_in = time.perf_counter()
            _settled(folder / _database(folder))
            behind = time.perf_counter() - taken_in
            yield from _figures(run, acme, ours, done, guids, pulls, folder)
            if not run.short:
                yield Figure(part="burst", name="verdicts complete after the last answer", value=behind, unit="s")
                yield Figure(part="burst", name="CPU of the service", value=ours.cpu - cpu, unit="s")


def _told(acme: Shop, pull: Pull, turn: int) -> tuple[Delivery, Delivery]:
    """Return the webhooks of two pushes to the same branch, the older first."""
    both = [shop.push(acme, pull, 1000 + turn + half)[-1] for half in (0, 500)]
    return both[0], both[1]


def _requests(url: str, reported: list[tuple[Delivery, Delivery]], count: int) -> tuple[list[bytes], set[str]]:
    rng = random.Random(7)
    made, guids = [], set()
    for i in range(count):
        # From the middle on, deliveries are about the newer head, with an occasional late one about the older.
        older, newer = reported[i % len(reported)]
        one = newer if i >= count / 2 and rng.random() > 0.1 else older
        guid = f"{rng.getrandbits(128):032x}"
        guids.add(guid)
        made.append(prepared(url, one.body, one.headers | {"X-GitHub-Delivery": guid}))
    for again in rng.sample(range(count), count // 20):
        made.insert(rng.randrange(again + 1, len(made) + 1), made[again])
    return made, guids


def _database(folder: Path) -> str:
    return next(path.name for path in folder.glob("hotfix-*.db"))


def _ask(path: Path, query: str) -> int:
    connection = sqlite3.connect(path, timeout=10)
    try:
        count: int = connection.execute(query).fetchone()[0]
    finally:
        connection.close()
    return count


def _settled(path: Path) -> None:
    until = time.monotonic() + PATIENCE
    while _ask(path, OPEN):
        if time.monotonic() > until:
            raise SystemExit(f"{_ask(path, OPEN)} evaluations are still wanted {PATIENCE:.0f} s after the burst")
        time.sleep(0.05)


def _figures(
    run: Run, acme: Shop, ours: Running, done: load.Load, guids: set[str], pulls: list[Pull], folder: Path
) -> Iterator[Figure]:
    statuses = done.statuses()
    good = statuses.get(202, 0) + statuses.get(200, 0)
    yield Figure(part="burst", name="deliveries", value=len(done.answers), unit="deliveries")
    yield Figure(
        part="burst", name="not answered 202 or 200", value=len(done.answers) - good, unit="missing", at_most=0
    )
    if not run.short:
        slowest = max(answer.seconds for answer in done.answers)
        yield Figure(part="burst", name="slowest answer", value=slowest, unit="s", at_most=10)
        yield Figure(part="burst", name="all of them", value=done.per_second, unit="acks/s")
    connection = sqlite3.connect(folder / _database(folder))
    kept = {row[0] for row in connection.execute("SELECT guid FROM deliveries")}
    connection.close()
    yield Figure(part="burst", name="answered and not on record", value=len(guids - kept), unit="lost", at_most=0)
    heads = {pull.number: pull.head_sha for pull in pulls}
    checks = {number: acme.shop.checks(sha, "hotfix") for number, sha in heads.items()}
    ended = sum(1 for found in checks.values() if found and found[0]["status"] == "completed")
    yield Figure(part="burst", name="pull requests", value=len(pulls), unit="pulls")
    yield Figure(
        part="burst", name="without a final verdict on their head", value=len(pulls) - ended, unit="missing", at_most=0
    )
    twice = sum(max(0, len(found) - 1) for found in checks.values())
    yield Figure(part="burst", name="check runs beyond one per head", value=twice, unit="twice", at_most=0)
    calls = acme.github.calls_of("installation", "app")
    evaluated = len(ours.logged("verdict")) - len(pulls)
    yield Figure(part="burst", name="evaluations", value=evaluated, unit="evaluations")
    yield Figure(part="burst", name="API calls", value=len(calls), unit="calls")
