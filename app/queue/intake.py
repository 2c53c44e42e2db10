"""Store each webhook's delivery and jobs before it is acknowledged; concurrent ones share a transaction."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.queue import job_table
from app.queue.group_commit import GroupWriter
from app.queue.handler_result import Cache, HandlerResult
from app.queue.job_table import EnqueuedJob
from app.queue.jobs import EvaluatePull, Job, JobKind, ReconcileLife
from app.storage import pulls
from app.storage.database import deliveries, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """The stored part of a webhook: the work that it requires, without its payload."""

    guid: str
    event: str
    action: str
    result: HandlerResult
    received_at: float = field(default_factory=time.time)


Handoff = Callable[[Sequence[EnqueuedJob]], None]
"""A callback that receives the enqueued jobs after the commit, in the event loop's thread."""


@dataclass(slots=True)
class _Batch:
    deliveries: list[WebhookDelivery] = field(default_factory=list)
    done: asyncio.Future[set[str]] = field(init=False)


class Intake:
    """Records deliveries. Those that arrive while a batch waits for the writer share its transaction."""

    def __init__(
        self, writer: GroupWriter, handoff: Handoff, claim_for: Callable[[], str | None], *, kinds: Collection[JobKind]
    ) -> None:
        """Prepare to record deliveries.

        `claim_for` returns the name of this replica while it has capacity; None leaves the jobs to any replica.
        `kinds`: the kinds of jobs that have a handler; others are not enqueued.
        """
        self._kinds = kinds
        self._writer = writer
        self._handoff = handoff
        self._claim_for = claim_for
        self._open: _Batch | None = None
        self._lock = threading.Lock()

    async def take(self, delivery: WebhookDelivery) -> bool:
        """Record a delivery with its jobs. Return True once committed, False if its GUID is already on record.

        Raises StoreError if it could not be written: the delivery must not be acknowledged.
        """
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

    async def replay(self, delivery: WebhookDelivery) -> int:
        """Enqueue the jobs of a recorded delivery again, and return their number.

        Its heads and renames are not applied again: newer ones may be on record.
        """
        claim_for = self._claim_for()

        def operation(connection: Connection) -> list[EnqueuedJob]:
            jobs = (*delivery.result.jobs, *_looked_up(connection, delivery.result))
            wanted = [(job, delivery.guid) for job in jobs if job.kind in self._kinds]
            return job_table.enqueue(connection, wanted, now=time.time(), claim_for=claim_for)

        enqueued = await self._writer.submit(operation)
        self._handoff(enqueued)
        return len(enqueued)

    async def _write(self, batch: _Batch) -> set[str]:
        claim_for = self._claim_for()

        def operation(connection: Connection) -> tuple[set[str], list[EnqueuedJob]]:
            self._close(batch)
            return record(connection, batch.deliveries, claim_for, self._kinds)

        try:
            fresh, wanted = await self._writer.submit(operation)
        finally:
            self._close(batch)
        if wanted:
            self._handoff(wanted)
        return fresh

    def _close(self, batch: _Batch) -> None:
        """Close the batch. Until the writer begins its transaction, further deliveries can join it."""
        with self._lock:
            if self._open is batch:
                self._open = None


@functools.cache
def _insert(dialect: str) -> Any:
    statement = upsert(deliveries, dialect)
    return statement.on_conflict_do_nothing(index_elements=[deliveries.c.guid]).returning(deliveries.c.guid)


def record(
    connection: Connection, batch: Sequence[WebhookDelivery], claim_for: str | None, kinds: Collection[JobKind]
) -> tuple[set[str], list[EnqueuedJob]]:
    """Record deliveries with their jobs. Return the GUIDs that are new, and the enqueued jobs."""
    rows = [
        {"guid": d.guid, "event": d.event, "action": d.action, "repo": d.result.repo, "received_at": d.received_at}
        for d in sorted(batch, key=lambda d: d.guid)
    ]
    fresh = set(connection.execute(_insert(connection.dialect.name), rows).scalars())
    new = [delivery for delivery in batch if delivery.guid in fresh]
    wanted = [again for delivery in new for again in _renamed(connection, delivery)]
    pulls.record_heads(connection, [delivery.result.head for delivery in new if delivery.result.head is not None])
    for stale in (stale for delivery in new for stale in delivery.result.invalidations if stale.cache is Cache.REPO):
        pulls.forget_repo(connection, stale.of)
    for delivery in new:
        wanted += [(job, delivery.guid) for job in (*delivery.result.jobs, *_looked_up(connection, delivery.result))]
    wanted = [(job, cause) for job, cause in wanted if job.kind in kinds]
    return fresh, job_table.enqueue(connection, wanted, now=time.time(), claim_for=claim_for)


def _looked_up(connection: Connection, result: HandlerResult) -> list[Job]:
    """Return the jobs that an event requires but does not identify: they are looked up in the database."""
    found: list[Job] = []
    if result.checked is not None:
        repo, sha = result.checked.repo, result.checked.sha
        found += [
            EvaluatePull(repo=repo, number=number, installation=installation, sha=sha, likely=True)
            for number, installation in pulls.with_head(connection, result.checked)
        ]
    if result.wakes_protections:
        found += job_table.open_jobs(connection, JobKind.PROTECTION, result.repo)
    if result.wakes_lives and result.only_lives is None:
        found += job_table.open_jobs(connection, JobKind.LIFE, result.repo)
    elif result.wakes_lives and result.only_lives:
        keys = [ReconcileLife(repo=result.repo, number=number).key for number in sorted(result.only_lives)]
        found += job_table.open_among(connection, keys)
    return found


def _renamed(connection: Connection, delivery: WebhookDelivery) -> Sequence[tuple[Job, str]]:
    """Move the rows of a renamed repository to its new name, and return its open jobs, renamed."""
    old, new = delivery.result.renamed_from, delivery.result.repo
    if old is None or old == new:
        return []
    pulls.rename_repo(connection, old, new)
    moved = [(job.renamed(new), cause) for job, cause in job_table.take_out(connection, old)]
    if old.partition("/")[0] == new.partition("/")[0]:
        return moved
    # The new owner has another installation; the job looks it up.
    return [(replace(job, installation=0), cause) for job, cause in moved]


def known(connection: Connection, guids: Sequence[str]) -> set[str]:
    """Return those of the GUIDs that are on record."""
    return set(connection.scalars(sa.select(deliveries.c.guid).where(deliveries.c.guid.in_(guids))))


def last_taken(connection: Connection) -> tuple[str, float] | None:
    """Return the event and time of the newest delivery on record; None if there is none."""
    newest = sa.select(deliveries.c.event, deliveries.c.received_at).order_by(deliveries.c.received_at.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return (row.event, row.received_at) if row is not None else None


def delete_old(connection: Connection, *, before: float) -> int:
    """Delete deliveries older than `before`."""
    return connection.execute(deliveries.delete().where(deliveries.c.received_at < before)).rowcount
