"""Many hotfixes opened at once, at 0 ms per call: verdicts per second, with the simulated GitHub on the same cores."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bench import load, shop
from bench.figures import Figure
from bench.load import prepared
from bench.processes import ROOT, Running, service
from bench.run import Run
from bench.shop import Shop
from tests.github import Delivery

CONNECTIONS = 64
PATIENCE = 600.0


def measure(run: Run) -> Iterator[Figure]:
    count = run.pick(1_000, 20)
    rate, cpu, calls = opened_at_once(run, run.folder("opened"), count)
    yield Figure(part="opened", name="pull requests", value=count, unit="pulls")
    yield Figure(part="opened", name="calls, each", value=calls, unit="calls", at_most=4)
    if not run.short:
        yield Figure(part="opened", name="verdicts", value=rate, unit="verdicts/s", at_least=50)
        yield Figure(part="opened", name="CPU of the service", value=cpu, unit="ms a verdict")


def opened_at_once(run: Run, folder: Path, count: int, root: Path = ROOT) -> tuple[float, float, float]:
    """Return verdicts per second, and CPU ms and API calls per verdict, for the service in `root`."""
    with shop.opened() as acme, service(acme.github, acme.app, folder, root=root) as running:
        warm = shop.hotfix(acme, "warm")
        shop.verdict(acme, running.webhooks, shop.push(acme, warm, 0))
        run.say(f"{count:,} hotfixes are opened")
        requests = [prepared(running.webhooks, one.body, one.headers) for one in _opened(acme, count)]
        acme.github.forget()
        before, cpu, began = len(running.logged("verdict")), running.cpu, time.time()
        load.run(running.webhooks, requests, CONNECTIONS)
        ended = _evaluated(running, before, count)
        calls = len(acme.github.calls_of("installation", "app"))
        return count / (ended - began), (running.cpu - cpu) / count * 1000, calls / count


def _opened(acme: Shop, count: int) -> Iterator[Delivery]:
    """Open hotfixes; yield the webhooks of each."""
    for number in range(count):
        acme.github.forget()
        shop.hotfix(acme, f"opened-{number}")
        yield next(one for one in acme.github.deliveries if one.event == "pull_request" and b'"opened"' in one.body)


def _evaluated(running: Running, before: int, count: int) -> float:
    """Wait for the verdict of each, and return the time of the last one in the service's log."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        time.sleep(0.5)
        found = {line["pull"]: line["at"] for line in running.logged("verdict")[before:]}
        if len(found) >= count:
            return max(datetime.fromisoformat(at).timestamp() for at in found.values())
    raise SystemExit(f"{len(found)} of {count} pull requests have a verdict after {PATIENCE:.0f} s")
