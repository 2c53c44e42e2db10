"""Commit in groups: one thread writes, and what arrives while it commits shares the next transaction.

Every write of the process goes through here, so SQLite's write lock is never contended and a burst costs one
`fsync` per batch instead of one per delivery.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine

from app.storage.database import StoreError, WriteFailed, short

log = structlog.get_logger(part="writer")

T = TypeVar("T")
Operation = Callable[[Connection], Any]
"""Must be safe to run again: a transaction that fails is retried, then operation by operation."""

PATIENCE = 7.0
"""Seconds to go on trying while the database is locked or unreachable; GitHub waits 10 for its answer."""
PAUSE = 0.1


class GroupWriter:
    """The one thread that writes."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine.execution_options(writes=True)
        self._loop = loop
        self._waiting: list[tuple[Operation, asyncio.Future[Any]]] = []
        self._condition = threading.Condition()
        self._closing = False
        self.failing: str | None = None
        """Why the last transaction failed; None if it succeeded."""
        self._thread = threading.Thread(target=self._run, name="hotfix-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Run `operation` in the next transaction; the future is done when that is committed.
        Call it in the event loop's thread. Raises StoreError (by the future) if the database cannot be written."""
        future: asyncio.Future[T] = self._loop.create_future()
        with self._condition:
            if self._closing:
                future.set_exception(StoreError("the service is stopping"))
                return future
            self._waiting.append((operation, future))
            self._condition.notify()
        return future

    def close(self) -> None:
        """Commit what is queued, then stop."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._waiting:
                    if self._closing:
                        return
                    self._condition.wait()
                batch, self._waiting = self._waiting, []
            results = self._commit([operation for operation, _ in batch])
            answers = [(future, result) for (_, future), result in zip(batch, results, strict=True)]
            self._loop.call_soon_threadsafe(_answer, answers)

    def _commit(self, operations: list[Operation]) -> list[Any]:
        """Return the results in order; an exception stands for an operation that failed."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.begin() as connection:
                    results = [operation(connection) for operation in operations]
                self.failing = None
                return results
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                self.failing = short(error)
                if time.monotonic() > deadline or self._closing:
                    log.error("the database cannot be written", reason=self.failing, operations=len(operations))
                    return [StoreError(self.failing)] * len(operations)
                time.sleep(PAUSE)
            except Exception as error:
                if len(operations) == 1:
                    log.error("a write failed", exc_info=True)
                    return [WriteFailed(short(error))]
                return [result for operation in operations for result in self._commit([operation])]


def _answer(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in answers:
        if future.done():  # the caller has gone; its operation is still written
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)
