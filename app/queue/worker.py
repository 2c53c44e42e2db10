"""Run the queue's jobs in a bounded number of threads: each once it is stored, and one at a time per key.

The worker keeps no durable state: enqueued jobs and their owners are in the `jobs` table. After a crash, the next start
or another replica takes over the rows. The table is polled every few seconds to find jobs that no event announced.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from app import metrics
from app.queue import job_table
from app.queue.group_commit import GroupWriter
from app.queue.job_result import JobResult
from app.queue.job_table import LOWEST, ClaimedJob, EnqueuedJob
from app.queue.jobs import LOW, SWEPT, AnswerComment, EvaluateGroup, EvaluatePull, Job, JobKind
from app.queue.retry import ANSWERED_WITHIN, FINAL_AFTER, next_attempt
from app.storage.database import StoreError, WriteFailed, short
from hotfix.github.transport.errors import GitHubError, NotPermitted, TransientError

log = structlog.get_logger(part="job")

THREADS = 8
AHEAD = 16
"""Maximum number of jobs requested by events that are claimed in advance; any free replica takes further ones."""
SWEPT_AT_ONCE = 4
"""Maximum number of threads used by sweeps, so that some stay free for jobs requested by events."""
LOW_AT_ONCE = 2
"""Maximum number of threads used by jobs of low priority."""
POLL = 5.0
"""Maximum number of seconds between two polls of the table."""
DRAIN = 5.0
"""Seconds to wait for running jobs when the service stops."""

JobHandler = Callable[[ClaimedJob[Job]], JobResult]
"""A function that runs a job in a thread. Jobs that raise are retried, unless the error is final: see `_is_final`."""


def _is_final(claimed: ClaimedJob[Job], error: GitHubError) -> bool:
    """Return whether a retry would be useless.

    A missing permission is final at once for evaluations, whose check run reports it; other refusals are final once
    GitHub has repeated them. Recurring jobs are always retried.
    """
    if claimed.job.recurs:
        return False
    if isinstance(error, NotPermitted) and isinstance(claimed.job, EvaluatePull | EvaluateGroup):
        return True
    if isinstance(error, NotPermitted) and isinstance(claimed.job, AnswerComment):
        return claimed.attempts >= ANSWERED_WITHIN  # no other event would trigger an answer to the comment
    return claimed.attempts >= FINAL_AFTER and claimed.refused


class Worker:
    """Claims and runs the jobs of one replica."""

    def __init__(self, writer: GroupWriter, handlers: Mapping[JobKind, JobHandler], replica: str) -> None:
        self._writer = writer
        self._handlers = handlers
        self.replica = replica
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hotfix-job")
        self._ready: dict[str, ClaimedJob[Job]] = {}
        self._order: list[tuple[int, int, str]] = []
        self._count = itertools.count()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._priorities: dict[str, int] = {}
        """The priorities of the running jobs, by key."""
        self._suspect: str | None = None
        """The running job, at most one, that may have crashed an earlier process."""
        self._nudge = asyncio.Event()
        self._look_at = 0.0  # monotonic
        self._more = False
        self._draining = False
        self._clock = time.time() - time.monotonic()
        self._pump: asyncio.Task[None] | None = None
        self.tell_others: Callable[[], None] = lambda: None
        """A callback for jobs that exceed the capacity of this replica."""

    def start(self) -> None:
        """Start looking for jobs."""
        self._pump = asyncio.create_task(self._keep_looking(), name="hotfix-pump")

    @property
    def claim_for(self) -> str | None:
        """The name of this replica while it has capacity for jobs requested by events; otherwise None."""
        room = not self._draining and self._count_ready(0, SWEPT) < AHEAD
        return self.replica if room else None

    def _count_ready(self, least: int, below: int = LOWEST) -> int:
        return sum(least <= claimed.priority < below for claimed in self._ready.values())

    def _count_running(self, least: int, below: int = LOWEST) -> int:
        return sum(least <= priority < below for priority in self._priorities.values())

    def handoff(self, rows: Sequence[EnqueuedJob]) -> None:
        """Take over the jobs that were just committed."""
        now, left_to_others = time.time(), False
        for row in rows:
            if row.owner == self.replica:
                self._take(row.claimed)
                if row.due_at > now:  # the job is running, and its next run was delayed
                    self._look_by(row.due_at)
            elif row.owner is None and row.due_at > now:
                self._look_by(row.due_at)
            elif row.owner is None and row.claimed.priority >= SWEPT:
                if (self._room_for_low() if row.claimed.priority >= LOW else self._room_for_swept()) > 0:
                    self._look_by(0.0)
            elif row.owner is None:
                self._more = left_to_others = True
        if left_to_others:
            self.tell_others()
        self._fill()

    def look(self) -> None:
        """Look into the table soon: it may contain jobs that were not handed off to this replica."""
        self._look_by(0.0)

    def _take(self, claimed: ClaimedJob[Job]) -> None:
        if claimed.key in self._running:
            return  # the new generation is found when the run ends
        known = self._ready.get(claimed.key)
        if known is None or claimed.priority < known.priority:
            heapq.heappush(self._order, (claimed.priority, next(self._count), claimed.key))
        self._ready[claimed.key] = claimed

    def _room_for_low(self) -> int:
        return 0 if self._draining else LOW_AT_ONCE - self._count_running(LOW) - self._count_ready(LOW)

    def _room_for_swept(self) -> int:
        taken = self._count_running(SWEPT, LOW) + self._count_ready(SWEPT, LOW)
        return 0 if self._draining else 2 * SWEPT_AT_ONCE - taken

    def _may_run(self, claimed: ClaimedJob[Job]) -> bool:
        if claimed.crashes and self._suspect is not None:
            return False
        if claimed.priority >= LOW:
            return self._count_running(LOW) < LOW_AT_ONCE
        return claimed.priority < SWEPT or self._count_running(SWEPT, LOW) < SWEPT_AT_ONCE

    def _fill(self) -> None:
        kept: list[tuple[int, int, str]] = []
        while self._order and len(self._running) < THREADS and not self._draining:
            entry = heapq.heappop(self._order)
            claimed = self._ready.get(entry[2])
            if claimed is None:
                continue  # started by an entry of higher priority
            if not self._may_run(claimed):
                kept.append(entry)
                continue
            del self._ready[claimed.key]
            self._priorities[claimed.key] = claimed.priority
            if claimed.crashes:
                self._suspect = claimed.key
            self._running[claimed.key] = asyncio.create_task(self._run(claimed), name=claimed.key)
        for entry in kept:
            heapq.heappush(self._order, entry)
        metrics.jobs_running.set(len(self._running))
        if self._more and not self._order and len(self._running) < THREADS:
            self.look()

    async def _run(self, claimed: ClaimedJob[Job]) -> None:
        again: ClaimedJob[Job] | None = None
        try:
            if claimed.crashes:
                await self._writer.submit(lambda c: job_table.started(c, claimed.key, self.replica))
            again = await self._once(claimed)
        except StoreError as error:
            # The row is still owned and open; the next look into the table finds it.
            log.error("job result could not be recorded", job=claimed.key, reason=str(error))
        finally:
            del self._running[claimed.key], self._priorities[claimed.key]
            if self._suspect == claimed.key:
                self._suspect = None
            if again is not None:
                self._take(again)
            elif claimed.priority >= LOW or (claimed.priority >= SWEPT and not self._count_ready(SWEPT, LOW)):
                self._look_by(0.0)
            self._fill()

    async def _once(self, claimed: ClaimedJob[Job]) -> ClaimedJob[Job] | None:
        kind = claimed.job.kind
        try:
            handler = self._handlers[kind]
            result = await asyncio.get_running_loop().run_in_executor(self._pool, handler, claimed)
        except TransientError as error:
            await self._postpone(claimed, error.reason, error.retry_at.timestamp() if error.retry_at else None)
            return None
        except GitHubError as error:
            if not _is_final(claimed, error):
                await self._postpone(claimed, str(error), None, refused=True)
                return None
            log.warning("job dropped", job=claimed.key, delivery=claimed.cause, reason=str(error))
            metrics.jobs.labels(kind.value, "dropped").inc()
            result = JobResult(jobs=claimed.job.if_dropped)
        except sa.exc.OperationalError as error:  # the database is unreachable; the writer logs it as well
            await self._postpone(claimed, short(error), None)
            return None
        except Exception as error:
            log.error("job failed", job=claimed.key, delivery=claimed.cause, attempts=claimed.attempts, exc_info=True)
            metrics.jobs.labels(kind.value, "error").inc()
            await self._postpone(claimed, f"{type(error).__name__}: {short(error)}", None)
            return None
        try:
            if result.retry:
                await self._postpone(claimed, result.retry, result.retry_at, result)
                return None
            again = await self._finish(claimed, result)
        except WriteFailed as error:  # the job's result cannot be written, but its row can
            metrics.jobs.labels(kind.value, "error").inc()
            await self._postpone(claimed, str(error), None)
            return None
        metrics.jobs.labels(kind.value, "done").inc()
        return again

    async def _finish(self, claimed: ClaimedJob[Job], result: JobResult) -> ClaimedJob[Job] | None:
        claim_for = self.claim_for

        def operation(connection: Connection) -> tuple[ClaimedJob[Job] | None, list[EnqueuedJob]]:
            now = time.time()
            # Record the end first: a job that enqueues itself for later is not open until then.
            again = job_table.finish(connection, claimed, self.replica, now=now)
            rows = self._write(connection, claimed, result, now, claim_for)
            itself = (row.claimed for row in rows if row.claimed.key == claimed.key)
            return (next(itself, again) if again is not None else None), rows

        again, rows = await self._writer.submit(operation)
        self.handoff(rows)
        return again

    def _write(
        self, connection: Connection, claimed: ClaimedJob[Job], result: JobResult, now: float, claim_for: str | None
    ) -> list[EnqueuedJob]:
        if result.record is not None:
            result.record(connection)
        jobs = list(result.jobs)
        if result.wakes_protections:
            jobs += job_table.open_jobs(connection, JobKind.PROTECTION, result.wakes_protections)
        wanted = [(job, claimed.cause) for job in jobs if job.kind in self._handlers]
        return job_table.enqueue(connection, wanted, now=now, claim_for=claim_for)

    async def _postpone(
        self,
        claimed: ClaimedJob[Job],
        reason: str,
        retry_at: float | None,
        result: JobResult | None = None,
        *,
        refused: bool = False,
    ) -> None:
        now, claim_for = time.time(), self.claim_for
        until = next_attempt(now, claimed.attempts, retry_at)
        metrics.jobs.labels(claimed.job.kind.value, "retry").inc()
        log.info(
            "job postponed", job=claimed.key, delivery=claimed.cause, reason=reason, attempts=claimed.attempts + 1,
            retry_in_s=round(until - now, 1),
        )  # fmt: skip

        def operation(connection: Connection) -> list[EnqueuedJob]:
            job_table.postpone(connection, claimed, self.replica, until=until, error=reason, refused=refused)
            return self._write(connection, claimed, result or JobResult(), now, claim_for)

        rows = await self._writer.submit(operation)
        self._look_by(until)
        self.handoff(rows)

    def _look_by(self, when: float) -> None:
        at = time.monotonic() + when - time.time()
        if at < self._look_at:
            self._look_at = at
            self._nudge.set()

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self._claim_due()
            except StoreError as error:
                log.error("queue could not be read", reason=str(error))
            while (rest := self._look_at - time.monotonic()) > 0:
                self._nudge.clear()
                # At most POLL at a time: the system clock may change meanwhile.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._nudge.wait(), min(rest, POLL))

    async def _claim_due(self) -> None:
        self._look_at = time.monotonic() + POLL
        urgent = THREADS + AHEAD - self._count_running(0, SWEPT) - self._count_ready(0, SWEPT)
        swept, low = self._room_for_swept(), self._room_for_low()
        jumped = self._clock_jumped()

        held = len(self._running) + len(self._ready)

        def operation(connection: Connection) -> tuple[list[ClaimedJob[Job]], job_table.Overview]:
            if jumped:
                job_table.shift(connection, jumped)
            return job_table.look(
                connection, self.replica, now=time.time(), urgent=urgent, swept=swept, low=low, held=held
            )

        claimed, queue = await self._writer.submit(operation)
        metrics.jobs_open.set(queue.open)
        metrics.jobs_set_aside.set(queue.set_aside)
        # Due jobs that were not claimed exceeded the capacity: look again when a run ends.
        self._more = queue.next_due is not None and queue.next_due <= time.time()
        for when in (queue.next_due, queue.next_swept_due, queue.next_low_due):
            if when is not None and when > time.time():
                self._look_by(when)
        for each in claimed:
            if each.key not in self._ready:
                self._take(each)
        self._fill()

    def _clock_jumped(self) -> float:
        """Return by how many seconds the clock was set back since the last call, as a negative number; 0 if it wasn't.

        Without a correction, jobs would be delayed by as long.
        """
        clock = time.time() - time.monotonic()
        jumped, self._clock = clock - self._clock, clock
        return jumped if jumped < -POLL else 0.0

    async def stop(self) -> None:
        """Wait for running jobs for up to DRAIN seconds, then release all others."""
        self._draining = True
        if self._pump is not None:
            self._pump.cancel()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=DRAIN)
        self._pool.shutdown(wait=False, cancel_futures=True)
        # If the database is unreachable, the jobs are released by the next start or another replica.
        with contextlib.suppress(StoreError):
            await self._writer.submit(lambda connection: job_table.release(connection, self.replica))
