"""This process among others on one PostgreSQL: its name, its sign of life, and what it hears.

A replica holds an advisory lock on its name for as long as it lives; whoever can take that lock knows it for dead and
gives its jobs free. Caches are dropped, and free work announced, by NOTIFY. On SQLite there is only one process.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine

from app.queue import job_table
from app.queue.jobs import Cache, CacheInvalidation
from app.queue.locks import number_of

log = structlog.get_logger(part="replica")

CHANNEL = "hotfix"
CHECK = 3.0
"""Seconds between two looks for dead replicas."""


def new_name() -> str:
    """A name that no other process has or had: a lock is held on it."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"


class Replica:
    """Runs in a thread of its own, on a connection of its own. Only where the database is PostgreSQL."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        loop: asyncio.AbstractEventLoop,
        *,
        work: Callable[[], None],
        forget: Callable[[CacheInvalidation], None],
    ) -> None:
        """`work`: told (in the loop's thread) that there may be work; `forget`: that a cache is stale."""
        self.name = name
        self._engine = engine
        self._loop = loop
        self._work = work
        self._forget = forget
        self._stop = threading.Event()
        self._alive = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hotfix-replica", daemon=True)

    def start(self) -> None:
        """Returns when the lock is held. Raises StoreError's causes by never becoming alive: see `alive`."""
        self._thread.start()
        self._alive.wait(10.0)

    @property
    def alive(self) -> bool:
        """Is our lock held? Without it others may take our jobs."""
        return self._alive.is_set()

    def stop(self) -> None:
        """The lock goes with the process; the thread may still be listening for a moment."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(sa.select(sa.func.pg_advisory_lock(number_of(self.name))))
                    self._alive.set()
                    connection.exec_driver_sql(f"LISTEN {CHANNEL}")
                    self._live(connection)
            except sa.exc.SQLAlchemyError as error:
                log.warning("the database is away", reason=str(error.__cause__ or error).partition("\n")[0])
            except Exception:
                log.error("the replica's connection failed", exc_info=True)
            finally:
                self._alive.clear()
            self._stop.wait(0.5)

    def _live(self, connection: Connection) -> None:
        raw = connection.connection.driver_connection
        if raw is None:
            return
        checked = 0.0
        while not self._stop.is_set():
            for notice in raw.notifies(timeout=CHECK, stop_after=1):
                self._heard(notice.payload)
            if time.monotonic() - checked >= CHECK:
                checked = time.monotonic()
                self._bury(connection)

    def _bury(self, connection: Connection) -> None:
        """Give free what dead replicas own."""
        freed = 0
        for owner in job_table.owners(connection) - {self.name}:
            number = number_of(owner)
            if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number))):
                try:
                    jobs = job_table.release(connection, owner)
                finally:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))
                freed += jobs
                log.warning("took over from a dead replica", replica=owner, jobs=jobs)
        if freed:
            self._announce(connection, {"work": True})
            self._loop.call_soon_threadsafe(self._work)

    def _heard(self, payload: str) -> None:
        try:
            message = json.loads(payload)
        except ValueError:
            return
        if message.get("from") == self.name:
            return
        if message.get("work"):
            self._loop.call_soon_threadsafe(self._work)
        for cache, of in message.get("forget", ()):
            self._forget(CacheInvalidation(Cache(cache), of))

    def _announce(self, connection: Connection, message: dict[str, object]) -> None:
        announce(connection, self.name, message)


def announce(connection: Connection, replica: str, message: dict[str, object]) -> None:
    """Tell the other replicas; a message longer than PostgreSQL takes is cut into work alone."""
    text = json.dumps({"from": replica, **message}, separators=(",", ":"))
    if len(text) > 7900:
        text = json.dumps({"from": replica, "work": True})
    connection.execute(sa.select(sa.func.pg_notify(CHANNEL, text)))
