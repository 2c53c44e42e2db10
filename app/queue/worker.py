"""Runs the durable queue's jobs: told of each at once after its commit, one run a key, a bounded number of threads.

Nothing here must survive: what is wanted and by whom it is run stands in the `jobs` table. A crash leaves rows that
the next start, or another replica, takes over. The table is looked at every few seconds only for what nobody told.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from app import metrics
from app.job_context import Done
from app.queue import job_table
from app.queue.group_commit import Writer
from app.queue.job_table import Claimed
from app.queue.jobs import RECURRING, Kind
from app.storage.database import StoreError, short
from hotfix.github.transport.errors import GitHubError, TransientError

log = structlog.get_logger(part="job")

THREADS = 8
AHEAD = 16
"""Jobs claimed beyond those that run; more are left to whoever is free first."""
POLL = 5.0
FIRST_RETRY = 1.0
LAST_RETRY = 60.0
JITTER = 3.0
EVENTS_WAIT = 5.0
"""Seconds at most that an event waits behind a failure: while GitHub is down, events alone must not make a storm."""
BELIEVED_AFTER = 5
"""Attempts after which GitHub's no is believed, half a minute later: it announces things before it shows them, and
says anything while it has trouble."""
DRAIN = 5.0

Perform = Callable[[Claimed], Done]
"""Runs one job in a thread. Raises TransientError (retried); NotPermitted, NotFound, Refused (dropped)."""


def back_off(attempts: int, rng: Callable[[], float] = random.random) -> float:
    """Seconds until the next attempt after `attempts` failed ones, with jitter so that many do not come at once."""
    return float(min(LAST_RETRY, FIRST_RETRY * 2 ** min(attempts, 10)) * (0.75 + 0.5 * rng()))


def _for_good(job: Claimed, reason: str) -> bool:
    """Is it of no use to try again? Not before GitHub said the same twice running; what always comes again, never."""
    said_before = job.attempts >= BELIEVED_AFTER and job.error == reason[: job_table.LONGEST_ERROR]
    return said_before and job.kind not in RECURRING


class Worker:
    """The jobs of one replica: those it has claimed, those that run, and when to look for more."""

    def __init__(self, writer: Writer, perform: Mapping[Kind, Perform], replica: str) -> None:
        self._writer = writer
        self._perform = perform
        self.replica = replica
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hotfix-job")
        self._ready: dict[str, Claimed] = {}
        self._order: list[tuple[int, int, str]] = []
        self._count = itertools.count()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._nudge = asyncio.Event()
        self._look_at = 0.0  # monotonic
        self._more = False
        self._draining = False
        self._clock = time.time() - time.monotonic()
        self._pump: asyncio.Task[None] | None = None
        self.tell_others: Callable[[], None] = lambda: None
        """Called when there is work that this replica has no room for."""

    def start(self) -> None:
        """Begin to look for work."""
        self._pump = asyncio.create_task(self._keep_looking(), name="hotfix-pump")

    @property
    def claim_for(self) -> str | None:
        """Ourselves while there is room."""
        room = not self._draining and len(self._ready) < AHEAD
        return self.replica if room else None

    def handoff(self, rows: Sequence[tuple[Claimed, str | None, float]]) -> None:
        """Jobs that were just committed."""
        now, left_to_others = time.time(), False
        for job, owner, due_at in rows:
            if owner == self.replica:
                self._take(job)
            elif owner is None and due_at > now:
                self._look_by(due_at)
            elif owner is None:
                self._more = left_to_others = True
        if left_to_others:
            self.tell_others()
        self._fill()

    def look(self) -> None:
        """There may be work that nobody told us of."""
        self._look_by(0.0)

    def _take(self, job: Claimed) -> None:
        if job.key in self._running:
            return  # its run finds the new generation when it ends
        if job.key not in self._ready:
            heapq.heappush(self._order, (job.priority, next(self._count), job.key))
        self._ready[job.key] = job

    def _fill(self) -> None:
        while self._order and len(self._running) < THREADS and not self._draining:
            _, _, key = heapq.heappop(self._order)
            job = self._ready.pop(key)
            self._running[key] = asyncio.create_task(self._run(job), name=key)
        metrics.jobs_running.set(len(self._running))
        if self._more and not self._order and len(self._running) < THREADS:
            self.look()

    async def _run(self, job: Claimed) -> None:
        again: Claimed | None = None
        try:
            again = await self._once(job)
        except StoreError as error:
            # Still owned and still wanted in the table: found again there.
            log.error("a job's end could not be recorded", job=job.key, reason=str(error))
        finally:
            del self._running[job.key]
            if again is not None:
                self._take(again)
            self._fill()

    async def _once(self, job: Claimed) -> Claimed | None:
        try:
            done = await asyncio.get_running_loop().run_in_executor(self._pool, self._perform[job.kind], job)
        except TransientError as error:
            await self._postpone(job, error.reason, error.retry_at.timestamp() if error.retry_at else None)
            return None
        except GitHubError as error:
            if not _for_good(job, str(error)):
                await self._postpone(job, str(error), None)
                return None
            log.warning("job dropped", job=job.key, delivery=job.cause, reason=str(error))
            metrics.jobs.labels(job.kind.value, "dropped").inc()
            done = Done()
        except sa.exc.OperationalError as error:  # the database is away, as the writer says too
            await self._postpone(job, short(error), None)
            return None
        except Exception as error:
            log.error("job failed", job=job.key, delivery=job.cause, attempts=job.attempts, exc_info=True)
            metrics.jobs.labels(job.kind.value, "error").inc()
            await self._postpone(job, f"{type(error).__name__}: {short(error)}", None)
            return None
        else:
            metrics.jobs.labels(job.kind.value, "done").inc()
        return await self._finish(job, done)

    async def _finish(self, job: Claimed, done: Done) -> Claimed | None:
        claim_for = self.claim_for

        def operation(connection: Connection) -> tuple[Claimed | None, list[tuple[Claimed, str | None, float]]]:
            now = time.time()
            if done.record is not None:
                done.record(connection)
            # The end first: a job that wants itself again later is done until then.
            again = job_table.finish(connection, job, self.replica, now=now)
            rows = job_table.enqueue(connection, [(j, job.cause) for j in done.jobs], now=now, claim_for=claim_for)
            return again, rows

        again, rows = await self._writer.submit(operation)
        self.handoff(rows)
        return again

    async def _postpone(self, job: Claimed, reason: str, retry_at: float | None) -> None:
        now, pause = time.time(), back_off(job.attempts)
        until, held_until = now + pause, now + min(pause, EVENTS_WAIT)
        if retry_at is not None:
            # As late as GitHub said, and not all at the same moment.
            until = held_until = max(retry_at, now) + min(pause, JITTER)
        metrics.jobs.labels(job.kind.value, "retry").inc()
        log.info(
            "job postponed", job=job.key, delivery=job.cause, reason=reason, attempts=job.attempts + 1,
            retry_in_s=round(until - time.time(), 1),
        )  # fmt: skip

        def operation(connection: Connection) -> None:
            job_table.postpone(connection, job, self.replica, until=until, held_until=held_until, error=reason)

        await self._writer.submit(operation)
        self._look_by(until)

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
                log.error("the queue could not be read", reason=str(error))
            while (rest := self._look_at - time.monotonic()) > 0:
                self._nudge.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._nudge.wait(), rest)

    async def _claim_due(self) -> None:
        self._look_at = time.monotonic() + POLL
        limit = max(0, THREADS + AHEAD - len(self._running) - len(self._ready))
        jumped = self._clock_jumped()

        def operation(connection: Connection) -> tuple[list[Claimed], float | None, int]:
            now = time.time()
            if jumped:
                job_table.shift(connection, jumped)
            claimed = job_table.claim(connection, self.replica, now=now, limit=limit) if limit else []
            claimed += job_table.owned(connection, self.replica)
            return claimed, job_table.next_due(connection), job_table.waiting(connection)

        claimed, due, waiting = await self._writer.submit(operation)
        metrics.jobs_waiting.set(waiting)
        # What is due and was not claimed had no room: the end of a run looks again.
        self._more = due is not None and due <= time.time()
        if due is not None and not self._more:
            self._look_by(due)
        for job in claimed:
            if job.key not in self._ready:
                self._take(job)
        self._fill()

    def _clock_jumped(self) -> float:
        """Seconds by which the clock was set back since last asked: what is due would else wait as long."""
        clock = time.time() - time.monotonic()
        jumped, self._clock = clock - self._clock, clock
        return jumped if jumped < -POLL else 0.0

    async def stop(self) -> None:
        """Let what runs end, up to DRAIN seconds; give the rest back."""
        self._draining = True
        if self._pump is not None:
            self._pump.cancel()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=DRAIN)
        self._pool.shutdown(wait=False, cancel_futures=True)
        # Where the database is away, the jobs are found by whoever starts next.
        with contextlib.suppress(StoreError):
            await self._writer.submit(lambda connection: job_table.release(connection, self.replica))
