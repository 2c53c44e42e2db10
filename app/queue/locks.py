"""Named locks, exclusive among the threads of a process and, on PostgreSQL, among all replicas."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Engine


def number_of(name: str) -> int:
    """Return the 64-bit key of PostgreSQL's advisory lock for a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


class Locks:
    """A factory of context managers: `locks(*names)` acquires the locks in order and holds them for the block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine if engine.dialect.name == "postgresql" else None
        self._held: dict[str, tuple[threading.Lock, int]] = {}
        self._guard = threading.Lock()

    @contextmanager
    def __call__(self, *names: str) -> Iterator[None]:
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(self._here(name))
            if self._engine is not None:
                stack.enter_context(_there(self._engine, names))
            yield

    @contextmanager
    def _here(self, name: str) -> Iterator[None]:
        with self._guard:
            lock, users = self._held.get(name, (threading.Lock(), 0))
            self._held[name] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                users = self._held[name][1] - 1
                if users:
                    self._held[name] = (lock, users)
                else:
                    del self._held[name]


@contextmanager
def _there(engine: Engine, names: tuple[str, ...]) -> Iterator[None]:
    """Hold advisory locks on these names in PostgreSQL, on one connection."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in names:
            connection.execute(sa.select(sa.func.pg_advisory_lock(number_of(name))))
        try:
            yield
        finally:
            try:
                connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
            except sa.exc.SQLAlchemyError:
                connection.invalidate()  # closing the connection releases the locks
