"""Durable acknowledgements: throughput and tail latency, compared with three other designs."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench import load
from bench.deliveries import pushes
from bench.figures import Figure
from bench.processes import Running, free_port, service, serving
from bench.run import Run
from tests.github import GitHub

STEADY = 100
ALONGSIDE = {"noop": "no-op handler", "row": "SQLite row by hand", "workflow": "DBOS workflow a request"}


def measure(run: Run) -> Iterator[Figure]:
    """Send requests of 25 kB; evaluations run in the background, each ended by a 404 from GitHub after 50 ms."""
    folder = run.folder("acks")
    with GitHub(process=True) as github:
        app = github.create_app("hotfix")
        github.latency = 0.05
        with service(github, app, folder) as ours:
            sent = 0
            for figures, answered in _loads(run, ours, app.webhook_secret, ""):
                yield from figures
                sent += answered
            taken = ours.metric('hotfix_deliveries_total{event="pull_request",outcome="taken"}')
            yield Figure(part="acks", name="sent and not taken", value=sent - taken, unit="missing", at_most=0)
    for design, title in () if run.short else ALONGSIDE.items():
        port = free_port()
        command = [sys.executable, "-m", "bench.alongside", design, str(port), str(folder), "secret"]
        with serving(command, port, folder) as other:
            for figures, _ in _loads(run, other, "secret", title):
                yield from figures


def _loads(run: Run, server: Running, secret: str, alongside: str) -> Iterator[tuple[list[Figure], int]]:
    """Load a server at full speed, then at a steady rate; yield the figures and the number of requests sent."""
    prefix = f"{alongside}, " if alongside else ""
    load.run(server.webhooks, pushes(server.webhooks, secret, run.pick(300, 50)), 4)
    yield [], run.pick(300, 50)
    for connections in run.pick((1, 16, 64), (16,)):
        run.say(f"{alongside or 'hotfix'}: {connections} connections")
        count = run.pick(2000 if connections == 1 else 6000, 500)
        done = load.run(server.webhooks, pushes(server.webhooks, secret, count), connections)
        _all_taken(done, alongside or "hotfix")
        if run.short:
            yield [], count
            continue
        ours, here = not alongside, f"{prefix}{connections} connection{'s' if connections > 1 else ''}"
        goal = connections == 16 and ours
        yield [
            Figure(
                part="acks", name=here, value=done.per_second, unit="acks/s", alongside=not ours,
                at_least=1000 if goal else None,
            ),
            Figure(
                part="acks", name=f"{here}, p99", value=done.percentile(0.99) * 1000, unit="ms", alongside=not ours,
                at_most=50 if goal else None,
            ),
        ], count  # fmt: skip
    if run.short:
        return
    run.say(f"{alongside or 'hotfix'}: {STEADY} a second")
    count = STEADY * 20
    done = load.run(server.webhooks, pushes(server.webhooks, secret, count), 16, per_second=STEADY)
    _all_taken(done, alongside or "hotfix")
    yield [
        Figure(
            part="acks", name=f"{prefix}steady {STEADY}/s, {name}", value=done.percentile(share) * 1000, unit="ms",
            alongside=bool(alongside), at_most=25 if share == 0.99 and not alongside else None,
        )
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ], count  # fmt: skip


def _all_taken(done: load.Load, who: str) -> None:
    if set(done.statuses()) != {202}:
        raise SystemExit(f"{who} did not take every delivery: {done.statuses()}")
