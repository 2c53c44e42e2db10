"""Write to the database in one thread; operations submitted during a transaction share the next one.

All writes of the process go through this thread, so SQLite's write lock is never contended, and a burst of deliveries
costs one `fsync` per batch instead of one per delivery.
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

from app.storage.database import StoreError, WriteFailed, short, transaction

log = structlog.get_logger(part="writer")

T = TypeVar("T")
Operation = Callable[[Connection], Any]
"""Must be repeatable: a failed transaction is retried, as a whole or one operation at a time."""

PATIENCE = 7.0
"""Seconds to retry while the database is locked or unreachable; GitHub waits 10 seconds for a response."""
PAUSE = 0.1
"""Seconds between two retries."""


class GroupWriter:
    """The writer thread and its queue of operations."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        """The thread's connection, kept open: to borrow one for each transaction would take a tenth of its time."""
        self._loop = loop
        self._submitted: list[tuple[Operation, asyncio.Future[Any]]] = []
        """Operations that the loop's next iteration releases to the thread."""
        self._waiting: list[tuple[Operation, asyncio.Future[Any]]] = []
        self._condition = threading.Condition()
        self._closing = False
        self.failing: str | None = None
        """The error of the last transaction; None if it succeeded."""
        self._thread = threading.Thread(target=self._run, name="hotfix-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Run `operation` in the next transaction. The future is done when the transaction is committed.

        Call this in the event loop's thread. The future raises StoreError if the database cannot be written.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        with self._condition:
            if self._closing:
                future.set_exception(StoreError("the service is stopping"))
                return future
            self._submitted.append((operation, future))
        # The loop first handles what has already arrived, such as the other webhook of the same push, which then shares
        # the transaction; a writer that starts at once would also compete with it for the interpreter's lock.
        self._loop.call_soon(self._release)
        return future

    def _release(self) -> None:
        """Let the writer take what was submitted."""
        with self._condition:
            self._waiting += self._submitted
            self._submitted = []
            self._condition.notify()

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
                    if self._closing and not self._submitted:
                        self._disconnect()
                        return
                    self._condition.wait()
                batch, self._waiting = self._waiting, []
            results = self._commit([operation for operation, _ in batch])
            answers = [(future, result) for (_, future), result in zip(batch, results, strict=True)]
            self._loop.call_soon_threadsafe(_answer, answers)

    def _commit(self, operations: list[Operation]) -> list[Any]:
        """Return the results in order; the result of a failed operation is the exception."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                results = self._write(operations)
                self.failing = None
                return results
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                self.failing = short(error)
                if time.monotonic() > deadline or self._closing:
                    log.error("database write failed", reason=self.failing, operations=len(operations))
                    return [StoreError(self.failing)] * len(operations)
                time.sleep(PAUSE)
            except Exception as error:
                if len(operations) == 1:
                    log.error("write failed", exc_info=True)
                    return [WriteFailed(short(error))]
                return [result for operation in operations for result in self._commit([operation])]

    def _write(self, operations: list[Operation]) -> list[Any]:
        """Run the operations in a transaction and return their results."""
        connection = self._connection = self._connection or self._engine.connect()
        try:
            with transaction(connection):
                return [operation(connection) for operation in operations]
        except Exception:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        """Close the connection, which may be broken; the next transaction opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _answer(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in answers:
        if future.done():  # cancelled by the caller; the operation was written anyway
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)
