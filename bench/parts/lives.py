"""The cost of live incidents: verdicts alongside 200 of them, and 1,000 idle ones."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from bench import load, shop
from bench.figures import Figure
from bench.load import percentile, prepared
from bench.processes import Running, service
from bench.run import Run
from bench.shop import Seen, Shop
from tests.github import Call, Pull

BODY = "### Severity\n\nP1\n\n### Category\n\nAPI endpoint down\n\n### What is broken\n\nOrder {} fails.\n"
ORDINARY = 9
"""Number of ordinary issues created first; the hotfixes fix #7, which must not be an incident."""
PATIENCE = 900.0


def measure(run: Run) -> Iterator[Figure]:
    """Measure verdicts before and after declaring 200 incidents in the same repository, then 1,000 idle incidents."""
    folder = run.folder("lives")
    with shop.opened() as acme:
        pulls = [shop.hotfix(acme, f"lives-{i}") for i in range(2)]
        for number in range(ORDINARY):
            acme.dev.report(acme.shop, f"Order {number} is slow", "It is slow.", labels=())
        with service(acme.github, acme.app, folder) as ours:
            acme.github.latency = 0.05
            for turn in (0, 1):
                for pull in pulls:
                    shop.verdict(acme, ours.webhooks, shop.push(acme, pull, turn))
            rounds = run.pick(4, 1)
            before = [_verdicts(run, acme, ours, pulls, 10 + 100 * i) for i in range(rounds)]
            _declare(run, acme, ours, folder, run.pick(200, 10))
            after = [_verdicts(run, acme, ours, pulls, 1000 + 100 * i) for i in range(rounds)]
            yield from _beside(run, before, after)
            _declare(run, acme, ours, folder, run.pick(800, 10))
            yield from _left_alone(run, acme, ours, run.pick(1000, 20))


def _declare(run: Run, acme: Shop, ours: Running, folder: Path, count: int) -> None:
    """Open incidents, deliver their webhooks, and wait until their jobs have no work left."""
    run.say(f"{count} incidents are declared")
    acme.github.latency = 0
    acme.github.forget()
    for number in range(count):
        acme.dev.report(acme.shop, f"Order {number} fails", BODY.format(number))
    sent = [one for one in acme.github.deliveries if one.event == "issues"]
    load.run(ours.webhooks, [prepared(ours.webhooks, one.body, one.headers) for one in sent], 4)
    until = time.monotonic() + PATIENCE
    while _due(folder):
        if time.monotonic() > until:
            raise SystemExit(f"the lives of {count} incidents did not come to rest")
        time.sleep(0.5)
    acme.github.latency = 0.05


def _due(folder: Path) -> int:
    database = sqlite3.connect(next(folder.glob("hotfix-*.db")), timeout=10)
    try:
        open_ = "SELECT count(*) FROM jobs WHERE wanted > done AND (due_at <= ? OR owner IS NOT NULL)"
        found: int = database.execute(open_, (time.time() + 1,)).fetchone()[0]
        return found
    finally:
        database.close()


def _verdicts(run: Run, acme: Shop, ours: Running, pulls: list[Pull], turn: int) -> tuple[list[Seen], float]:
    """Return several sequential verdicts, and the service's CPU seconds per verdict."""
    cpu, count = ours.cpu, run.pick(15, 3)
    seen = [
        shop.verdict(acme, ours.webhooks, shop.push(acme, pulls[at % len(pulls)], turn + at)) for at in range(count)
    ]
    return seen, (ours.cpu - cpu) / count


def _beside(
    run: Run, before: list[tuple[list[Seen], float]], after: list[tuple[list[Seen], float]]
) -> Iterator[Figure]:
    seen = [one for some, _ in after for one in some]
    yield Figure(part="lives", name="next to live incidents, a verdict: calls", value=max(s.calls for s in seen),
                 unit="calls", at_most=4)  # fmt: skip
    yield Figure(part="lives", name="next to live incidents, a verdict: round trips",
                 value=max(s.trips for s in seen), unit="round trips", at_most=2)  # fmt: skip
    if run.short:
        return
    (plain, cpu), (live, live_cpu) = _middle(before), _middle(after)
    for name, value in (("webhook to check run at 50 ms a call, p50", live / plain), ("CPU", live_cpu / cpu)):
        yield Figure(part="lives", name=f"with 200 live incidents to none, {name}", value=value, unit="times",
                     at_most=1.05)  # fmt: skip


def _middle(turns: list[tuple[list[Seen], float]]) -> tuple[float, float]:
    seconds = percentile([one.seconds for some, _ in turns for one in some], 0.5)
    return seconds, statistics.median(cpu for _, cpu in turns)


def _left_alone(run: Run, acme: Shop, ours: Running, count: int) -> Iterator[Figure]:
    """Measure idle incidents. Sweeps for hotfixes continue, but are unrelated to incidents."""
    watch = run.pick(60.0, 5.0)
    run.say(f"{count:,} open incidents, for {watch:.0f} s")
    acme.github.forget()
    cpu = ours.cpu
    time.sleep(watch)
    share = (ours.cpu - cpu) / watch * 100
    reads = sum(_reads_a_life(call) for call in acme.github.calls_of("installation"))
    if not run.short:
        yield Figure(part="lives", name="1,000 open incidents: CPU", value=share, unit="% of a core", at_most=5)
    yield Figure(part="lives", name="open incidents: reads per incident and hour", unit="calls", at_most=1,
                 value=reads / count * 3600 / watch)  # fmt: skip


def _reads_a_life(call: Call) -> bool:
    query = call.request.get("query", "") if isinstance(call.request, dict) else ""
    return str(query).lstrip().startswith("query Life")
