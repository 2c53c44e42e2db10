"""Deliveries into the database: concurrent ones are committed together, and each is acknowledged after its commit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app.queue import job_table, jobs
from app.queue.group_commit import Writer
from app.queue.job_table import Claimed
from app.queue.jobs import Cache, HandlerResult, Job
from app.storage import pulls
from app.storage.database import deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is kept of a webhook: not its payload, but what it calls for."""

    guid: str
    event: str
    action: str
    wanted: HandlerResult
    received_at: float = field(default_factory=time.time)


Handoff = Callable[[Sequence[tuple[Claimed, str | None, float]]], None]
"""Told in the event loop's thread, after the commit, of every job that was wanted: its owner and when it is due."""


@dataclass(slots=True)
class _Batch:
    deliveries: list[Delivery] = field(default_factory=list)
    done: asyncio.Future[set[str]] = field(init=False)


class Intake:
    """Takes deliveries in: who calls `take` while a batch waits for the writer shares its transaction."""

    def __init__(self, writer: Writer, handoff: Handoff, claim_for: Callable[[], str | None]) -> None:
        """`claim_for`: this replica, while it has room for more work; None leaves it to whoever is free."""
        self._writer = writer
        self._handoff = handoff
        self._claim_for = claim_for
        self._open: _Batch | None = None
        self._lock = threading.Lock()

    async def take(self, delivery: Delivery) -> bool:
        """Record it with the jobs it calls for. True when committed, False when this GUID was taken before.
        Raises StoreError when it could not be written: then nothing may be acknowledged."""
        with self._lock:
            batch = self._open
            opened = batch is None
            if batch is None:
                batch = self._open = _Batch()
            repeated = any(other.guid == delivery.guid for other in batch.deliveries)
            if not repeated:
                batch.deliveries.append(delivery)
        if opened:
            batch.done = asyncio.ensure_future(self._write(batch))
        fresh = await asyncio.shield(batch.done)
        return not repeated and delivery.guid in fresh

    async def _write(self, batch: _Batch) -> set[str]:
        claim_for = self._claim_for()

        def operation(connection: Connection) -> tuple[set[str], list[tuple[Claimed, str | None, float]]]:
            self._close(batch)
            return _record(connection, batch.deliveries, claim_for)

        try:
            fresh, wanted = await self._writer.submit(operation)
        finally:
            self._close(batch)
        if wanted:
            self._handoff(wanted)
        return fresh

    def _close(self, batch: _Batch) -> None:
        """A batch takes newcomers until the writer's thread begins its transaction."""
        with self._lock:
            if self._open is batch:
                self._open = None


def _insert(dialect: str) -> Any:
    insert = postgresql.insert(deliveries) if dialect == "postgresql" else sqlite.insert(deliveries)
    return insert.on_conflict_do_nothing(index_elements=[deliveries.c.guid]).returning(deliveries.c.guid)


_STATEMENTS = {dialect: _insert(dialect) for dialect in ("postgresql", "sqlite")}


def _record(
    connection: Connection, batch: Sequence[Delivery], claim_for: str | None
) -> tuple[set[str], list[tuple[Claimed, str | None, float]]]:
    rows = [
        {"guid": d.guid, "event": d.event, "action": d.action, "repo": d.wanted.repo, "received_at": d.received_at}
        for d in sorted(batch, key=lambda d: d.guid)
    ]
    fresh = set(connection.execute(_STATEMENTS[connection.dialect.name], rows).scalars())
    new = [delivery for delivery in batch if delivery.guid in fresh]
    wanted = [again for delivery in new for again in _renamed(connection, delivery)]
    pulls.saw(connection, [delivery.wanted.head for delivery in new if delivery.wanted.head is not None])
    for forget in (forget for delivery in new for forget in delivery.wanted.forget if forget.cache is Cache.REPO):
        pulls.forget_repo(connection, forget.of)
    wanted += [(job, delivery.guid) for delivery in new for job in delivery.wanted.jobs]
    for delivery in new:
        if delivery.wanted.checked is not None:
            wanted += [(job, delivery.guid) for job in pulls.with_head(connection, delivery.wanted.checked)]
    return fresh, job_table.enqueue(connection, wanted, now=time.time(), claim_for=claim_for)


def _renamed(connection: Connection, delivery: Delivery) -> list[tuple[Job, str]]:
    """Take what is known and wanted of a repository along to its new name."""
    old, new = delivery.wanted.renamed_from, delivery.wanted.repo
    if old is None or old == new:
        return []
    pulls.rename_repo(connection, old, new)
    return [(jobs.under(job, old, new), cause) for job, cause in job_table.take_out(connection, old)]


def known(connection: Connection, guids: Sequence[str]) -> set[str]:
    """Which of these were taken before."""
    return set(connection.scalars(sa.select(deliveries.c.guid).where(deliveries.c.guid.in_(guids))))


def forget(connection: Connection, *, before: float) -> int:
    """Drop deliveries older than `before`."""
    return connection.execute(deliveries.delete().where(deliveries.c.received_at < before)).rowcount
