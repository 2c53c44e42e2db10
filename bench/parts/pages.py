"""Load times of the pages with 1,000 open incidents and 100,000 recorded deliveries, on SQLite."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
from sqlalchemy.engine import make_url

from app.storage import database, sessions, snapshots
from app.storage.snapshots import Snapshot
from bench import load, shop
from bench.deliveries import pushes
from bench.figures import Figure
from bench.processes import Running, free_port, service
from bench.run import Run
from tests.github.acme import POLICY
from tests.service.running import eventually

REPOS, INCIDENTS, DELIVERIES, EVALUATIONS = 20, 1_000, 100_000, 50
VISITS, WARM = 60, 5
PUSHES, PER_SECOND = 600, 50
FORM = "### Severity\n\nP0\n\n### Category\n\nAPI endpoint down\n\n### What is broken\n\nEverything."
COOKIE = "the-cookie-of-the-bench"


def measure(run: Run) -> Iterator[Figure]:
    """Measure as a logged-in user who can read everything; permissions are cached for a minute."""
    folder, port = run.folder("pages"), free_port()
    with shop.opened() as acme:
        names = [f"acme/shop-{at}" for at in range(REPOS)]
        for name in names:
            acme.github.create_repo(name, files={".github/hotfix.yml": POLICY}, owner=acme.dev)
        url = f"sqlite:///{folder}/hotfix.db"
        with service(acme.github, acme.app, folder, database_url=url, port=port, login=True):
            acme.app.webhook_url = f"http://127.0.0.1:{port}/webhooks/github"
            issue = acme.dev.report(acme.shop, "Checkout fails", FORM)
            pull = shop.hotfix(acme, "pages")
            eventually(lambda: len(_on_record(url)) == 2, "an incident and a verdict on record")
            acme.app.webhook_url = None
        run.say(f"{INCIDENTS:,} incidents, {DELIVERIES:,} deliveries")
        guid = _fill(url, names, acme.dev.token, acme.app.client_secret)
        with service(acme.github, acme.app, folder, database_url=url, port=port, login=True) as ours:
            paths = {
                "/": "/", "incident": f"/acme/shop/incidents/{issue.number}", "pull": f"/acme/shop/pull/{pull.number}",
                "figures": "/figures?since=all", "deliveries": "/deliveries",
                "deliveries, searched in vain": "/deliveries?q=acme/shop-1%20nothing",
                "delivery": f"/deliveries/{guid}",
            }  # fmt: skip
            with httpx.Client(base_url=ours.url, cookies={"hotfix_session": COOKIE}, timeout=30) as client:
                for name, path in paths.items():
                    before = ours.cpu
                    yield Figure(part="pages", name=f"{name}, p95", value=_p95(client, path), unit="ms", at_most=100)
                    cpu = (ours.cpu - before) / (VISITS + WARM) * 1000
                    yield Figure(part="pages", name=f"{name}, CPU", value=cpu, unit="ms")
            yield from _webhooks(run, ours, acme.app.webhook_secret)


def _webhooks(run: Run, ours: Running, secret: str) -> Iterator[Figure]:
    """Measure webhook latency without page views, and while a page is loaded five times per second."""
    for name, visits in (("nobody looks", False), ("5 pages a second", True)):
        run.say(f"webhooks while {name}")
        stop = threading.Event()
        visitor = threading.Thread(target=_visit, args=(ours.url, stop))
        if visits:
            visitor.start()
        try:
            sent = pushes(ours.webhooks, secret, PUSHES)
            done = load.run(ours.webhooks, sent, 4, per_second=PER_SECOND)
        finally:
            stop.set()
            if visits:
                visitor.join()
        for share, said in ((0.5, "p50"), (0.95, "p95")):
            value = done.percentile(share) * 1000
            yield Figure(part="pages", name=f"webhooks while {name}, {said}", value=value, unit="ms")


def _visit(url: str, stop: threading.Event) -> None:
    with httpx.Client(base_url=url, cookies={"hotfix_session": COOKIE}, timeout=30) as client:
        while not stop.wait(0.2):
            client.get("/", headers={"Accept": "text/html"}).raise_for_status()


def _p95(client: httpx.Client, path: str) -> float:
    taken = []
    for visit in range(VISITS + WARM):
        began = time.perf_counter()
        answer = client.get(path, headers={"Accept": "text/html"})
        answer.raise_for_status()
        if visit >= WARM:
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[round(0.95 * len(taken)) - 1]


def _on_record(url: str) -> list[tuple[Any, ...]]:
    engine = database.open_engine(make_url(url))
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(database.snapshots.select())]


def _fill(url: str, names: list[str], token: str, client_secret: str) -> str:
    """Copy the incident 1,000 times and the evaluation 50 times; return the GUID of a delivery."""
    chance, now = random.Random(1), time.time()
    engine = database.open_engine(make_url(url))
    with database.writing(engine) as connection:
        rows = connection.execute(database.snapshots.select()).all()
        incident = next(row for row in rows if row.kind == snapshots.INCIDENT)
        known = snapshots.known(connection, incident.repo, incident.number)
        assert known is not None
        for at in range(INCIDENTS):
            figures = {**known.figures, "declared_at": now - chance.uniform(0, 400) * 86_400, "within_sla": True}
            copied = Snapshot(
                name=names[at % REPOS], number=at + 1, kind=known.kind, open=True, due_at=now + at, at=now,
                card=known.card, figures=figures, page=known.page,
            )  # fmt: skip
            snapshots.record(connection, copied)
        first = connection.execute(database.evaluations.select()).first()
        assert first is not None
        more = [dict(first._mapping) | {"place": 1_000 + place} for place in range(EVALUATIONS)]
        connection.execute(database.evaluations.insert(), more)
        events = ("push", "pull_request", "check_run", "issue_comment", "deployment_status")
        found = [
            {"guid": str(uuid.UUID(int=chance.getrandbits(128))), "event": chance.choice(events), "action": "created",
             "repo": chance.choice(names), "received_at": now - at * 2}
            for at in range(DELIVERIES)
        ]  # fmt: skip
        connection.execute(database.deliveries.insert(), found)
        done = dict(connection.execute(database.jobs.select()).first()._mapping)  # type: ignore[union-attr]
        connection.execute(database.jobs.insert(), [
            done | {"key": f"evaluate:acme/shop#{at + 10_000}", "wanted": 1, "done": 1, "cause": one["guid"]}
            for at, one in enumerate(found[: DELIVERIES // 5])
        ])  # fmt: skip
        sessions.begin(connection, COOKIE, "dev", token, key=client_secret, now=now)
    engine.dispose()
    return str(found[0]["guid"])
