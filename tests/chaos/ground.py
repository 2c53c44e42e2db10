"""The environment of the faults: a simulated GitHub, the real service in separate processes, its database and clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.chaos.clock import Clock
from tests.chaos.people import People
from tests.github import Delivery, GitHub
from tests.postgres import Postgres, address_of
from tests.service.running import Service
from tests.service.running import settings as settings_of

PATIENCE = 150.0
"""Real seconds after which waiting for an idle service fails."""
RECURRING = ("redeliver", "open-hotfixes", "installations", "retention")


class NotQuiet(AssertionError):
    """The service did not become idle."""


class Ground:
    """The environment for one run of one fault. `say` reports progress."""

    def __init__(
        self, folder: Path, seed: int, *, postgres: Postgres | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self.folder = folder
        self.seed = seed
        self.say = say
        self.github = GitHub(process=True)
        self.github.faults.seed(seed)
        self.clock = Clock(folder)
        self.people = People(self.github, seed, self.pass_time)
        self.github.forget()  # there is no service yet that needs these events
        self.postgres = postgres
        """The server of the database; None with SQLite."""
        self._stack = ExitStack()
        self.database = f"sqlite:///{folder}/hotfix.db"
        if postgres:
            self.database = address_of(self._stack.enter_context(postgres.database()))
        self.services: list[Service] = []
        self._engine = sa.create_engine(self.database, poolclass=sa.NullPool)
        self.figures: dict[str, float] = {}
        """Values that a fault measured, by name with unit."""
        self.more: list[Callable[[], list[str]]] = []
        """Additional invariants; each function returns its violations."""
        self.passing: set[str] = set()
        """Heads of other pull requests, not among `people`'s, that may pass."""
        self.forgotten: set[str] = set()
        """Deliveries acknowledged by a database that has since been dropped."""

    # --- the service ---

    def serve(self, settings: dict[str, str] | None = None) -> Service:
        """Start another replica, wait until it is ready, and send GitHub's webhooks to it."""
        folder = self.folder / f"replica-{len(self.services)}"
        folder.mkdir()
        app = self.people.acme.app
        own = settings_of(self.github, app, self.database)
        service = Service(folder, own | self.clock.env | (settings or {}))
        self.services.append(service)
        service.start()
        app.webhook_url = service.webhook_url
        return service

    @property
    def service(self) -> Service:
        return self.services[0]

    def alive(self) -> tuple[Service, Service]:
        """Return the two running replicas, the older one first."""
        one, other = (service for service in self.services if service.process.poll() is None)
        return one, other

    def owned_by(self, service: Service) -> bool:
        """Return whether the replica owns unfinished jobs."""
        name = service.lines("ready")[-1]["replica"]
        return bool(self.rows("SELECT 1 FROM jobs WHERE owner = :name AND wanted > done", name=name))

    def at_end(self, act: Callable[[], object]) -> None:
        """Register a function to call when the run is over."""
        self._stack.callback(act)

    def lose_database(self) -> None:
        """Kill the service and restart it without its database."""
        self.service.kill()
        self.github.settle(PATIENCE)  # a response from before the kill may still have to be recorded
        self.forgotten |= {delivery.guid for delivery in self.github.deliveries if delivery.status == 202}
        self._engine.dispose()
        for file in self.folder.glob("hotfix.db*"):
            file.unlink()
        self.service.start()

    def close(self) -> None:
        for service in self.services:
            if service.process.poll() is None:
                service.stop()
        self._engine.dispose()
        self._stack.close()
        self.github.close()

    # --- stored state ---

    def rows(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), parameters)]

    def open_jobs(self) -> list[tuple[str, float]]:
        """Return the unfinished jobs, with when each is due by the service's clock; excludes recurring jobs."""
        return [(key, due_at) for key, kind, due_at in self._unfinished() if kind not in RECURRING]

    def _unfinished(self) -> list[tuple[Any, ...]]:
        due = "CASE WHEN owner IS NULL THEN due_at ELSE 0 END"  # a job that has an owner runs now
        return self.rows(f"SELECT key, kind, {due} FROM jobs WHERE wanted > done")

    def unheard(self) -> list[Delivery]:
        """Return the deliveries that GitHub sent and that are neither answered nor recorded."""
        missing = {delivery.guid: delivery for delivery in self.github.unheard}
        if missing:  # they may have been recorded by a process that was killed before it answered
            for (guid,) in self.rows("SELECT guid FROM deliveries"):
                missing.pop(guid, None)
        return list(missing.values())

    # --- time ---

    def pass_time(self, seconds: float) -> None:
        """Let time pass for both GitHub and the service."""
        if seconds > 0:
            self.clock.pass_(seconds)
            self.github.clock.advance(seconds)

    def tried(self) -> None:
        """Wait until the service has run every job that was due, successfully or not, recurring jobs included."""

        def no_more() -> bool:
            self.github.settle(PATIENCE)
            return not any(due_at <= self.clock.now() for _, _, due_at in self._unfinished())

        self.eventually(no_more, "every due job to be run")

    def retry(self, seconds: float, turns: int) -> None:
        """Let this time pass in so many turns; in each, the service runs what is due."""
        for _ in range(turns):
            self.tried()
            self.pass_time(seconds / turns)
        self.tried()

    def quiet(self, patience: float = PATIENCE) -> float:
        """Wait until every delivery is received and no job is unfinished; idle time is skipped.
        Return the elapsed seconds of the service's clock. Raises NotQuiet."""
        began, skipped = time.monotonic(), 0.0
        while True:
            newest = self.github.newest_delivery
            self.github.settle(30)
            missing, jobs = self.unheard(), self.open_jobs()
            if not missing and not jobs and self.github.newest_delivery == newest:
                break  # no job has caused another event meanwhile
            if time.monotonic() - began > patience:
                raise NotQuiet(f"{len(missing)} deliveries unheard, {len(jobs)} jobs open: {jobs[:5]}")
            awaited = [due_at for _, due_at in jobs] + ([self._next_look()] if missing else [])
            ahead = max(0.0, min(awaited, default=0.0) - self.clock.now())
            self.pass_time(ahead)
            skipped += ahead
            time.sleep(0.05)
        # GitHub's timestamps are whole seconds, and an override in the second of a push is refused.
        self.pass_time(1.1)
        for subject in self.people.subjects:
            subject.settled = True
        return time.monotonic() - began + skipped

    def _next_look(self) -> float:
        """Return when GitHub's list of deliveries is read next."""
        return float(self.rows("SELECT due_at FROM jobs WHERE kind = 'redeliver'")[0][0])

    def wait(self, seconds: float) -> None:
        """Wait for a fixed time."""
        time.sleep(seconds)

    def eventually(self, holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        until = time.monotonic() + patience
        while not holds():
            if time.monotonic() > until:
                raise NotQuiet(f"waited {patience:.0f} s for {what}")
            time.sleep(0.05)


@contextmanager
def ground(
    folder: Path, seed: int, *, postgres: Postgres | None = None, say: Callable[[str], None] = lambda _: None
) -> Iterator[Ground]:
    made = Ground(folder, seed, postgres=postgres, say=say)
    try:
        yield made
    finally:
        made.close()
