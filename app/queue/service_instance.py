"""Coordinate replicas through PostgreSQL: names, liveness, notifications and the jobs of dead replicas.

A replica holds an advisory lock on its name while it is running. If another replica can acquire that lock, the first is
dead and its jobs are released. NOTIFY announces stale caches and available jobs. With SQLite there is only one process.
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

from app.queue import takeover
from app.queue.handler_result import Cache, CacheInvalidation
from app.queue.locks import number_of
from app.queue.retry import SET_ASIDE_FOR

log = structlog.get_logger(part="replica")

CHANNEL = "hotfix"
CHECK = 3.0
"""Seconds between two checks for dead replicas."""


def new_name() -> str:
    """Return a name that is unique among all processes, past and present: it is used as a lock."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"


class ServiceInstance:
    """This process as a replica, with its own thread and connection. Used only with PostgreSQL."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        loop: asyncio.AbstractEventLoop,
        *,
        work: Callable[[], None],
        invalidate: Callable[[CacheInvalidation], None],
    ) -> None:
        """Prepare a replica.

        `work` is called in the loop's thread if jobs may be available, `invalidate` if a cache entry is stale.
        """
        self.name = name
        self._engine = engine
        self._loop = loop
        self._work = work
        self._invalidate = invalidate
        self._stop = threading.Event()
        self._alive = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hotfix-replica", daemon=True)

    def start(self) -> None:
        """Start the thread. Return once the lock is held, or after ten seconds: see `alive`."""
        self._thread.start()
        self._alive.wait(10.0)

    @property
    def alive(self) -> bool:
        """Whether the lock is held. Without it, other replicas may take over this replica's jobs."""
        return self._alive.is_set()

    def stop(self) -> None:
        """Stop listening. The lock is released when the connection closes."""
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
                log.warning("database is unreachable", reason=str(error.__cause__ or error).partition("\n")[0])
            except Exception:
                log.error("connection of the replica failed", exc_info=True)
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
                self._on_notify(notice.payload)
            if time.monotonic() - checked >= CHECK:
                checked = time.monotonic()
                self._release_dead_replicas(connection)

    def _release_dead_replicas(self, connection: Connection) -> None:
        """Release the jobs of dead replicas."""
        freed = 0
        for owner in takeover.owners(connection) - {self.name}:
            number = number_of(owner)
            if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number))):
                try:
                    jobs = takeover.release_dead(connection, owner, now=time.time(), set_aside_for=SET_ASIDE_FOR)
                finally:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))
                freed += jobs
                log.warning("jobs of a dead replica taken over", replica=owner, jobs=jobs)
        if freed:
            self._announce(connection, {"work": True})
            self._loop.call_soon_threadsafe(self._work)

    def _on_notify(self, payload: str) -> None:
        try:
            message = json.loads(payload)
        except ValueError:
            return
        if message.get("from") == self.name:
            return
        if message.get("work"):
            self._loop.call_soon_threadsafe(self._work)
        for cache, of in message.get("invalidate", ()):
            self._invalidate(CacheInvalidation(Cache(cache), of))

    def _announce(self, connection: Connection, message: dict[str, object]) -> None:
        announce(connection, self.name, message)


def announce(connection: Connection, replica: str, message: dict[str, object]) -> None:
    """Notify the other replicas. A message that is too long for PostgreSQL is replaced by one that announces work."""
    text = json.dumps({"from": replica, **message}, separators=(",", ":"))
    if len(text) > 7900:
        text = json.dumps({"from": replica, "work": True})
    connection.execute(sa.select(sa.func.pg_notify(CHANNEL, text)))
