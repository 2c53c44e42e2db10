"""The service's tables, in SQLite or PostgreSQL.

The database is the source of truth for acknowledged deliveries and their jobs. GitHub is the source of truth for
everything else, so `pulls` holds only the data that speeds up sweeps and binds overrides to a head. Times are seconds
since the epoch, UTC.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

LONGEST_KEY = 1000
"""Maximum length of a key in bytes: PostgreSQL indexes up to 2,700, and all names that GitHub allows fit."""

metadata = sa.MetaData()

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("guid", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Index("deliveries_received_at", "received_at"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    # The subject, such as `evaluate:acme/shop#42`. One row, so that any number of deliveries share one evaluation.
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("args", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    # Generations: each delivery increments `wanted`; a run sets `done` to the value of `wanted` when it began.
    sa.Column("wanted", sa.BigInteger, nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("held_until", sa.Double, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Number of crashes of processes that owned the job, and whether its run has started: see `release_dead`.
    sa.Column("crashes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("started", sa.Boolean, nullable=False, server_default=sa.false()),
    # Whether GitHub refused the last attempt; a refusal is final only if it is repeated.
    sa.Column("refused", sa.Boolean, nullable=False, server_default=sa.false()),
    # The replica that owns the job; null if any replica may claim it.
    sa.Column("owner", sa.Text, nullable=True),
    # The last delivery that requested the job, and the time of the first request not served yet.
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("wanted_at", sa.Double, nullable=False),
    sa.Column("error", sa.Text, nullable=True),
)
# Partial indexes on open jobs. `_create` sets the condition for the dialect in use, to import only that dialect.
_jobs_open = (
    sa.Index("jobs_open", jobs.c.priority, jobs.c.due_at),
    sa.Index("jobs_open_kind", jobs.c.kind),
)

pulls = sa.Table(
    "pulls",
    metadata,
    sa.Column("repo", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("installation", sa.BigInteger, nullable=False),
    # The head as last reported or read, its time, and the time of the newest event.
    sa.Column("head_sha", sa.Text, nullable=False),
    sa.Column("head_since", sa.Double, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("kind", sa.Text, nullable=True),
    sa.Column("evaluated_sha", sa.Text, nullable=True),
    sa.Column("conclusion", sa.Text, nullable=True),
    sa.Column("evaluated_at", sa.Double, nullable=True),
    # Whether the verdict is unknown for a reason that only an event can change.
    sa.Column("lasting", sa.Boolean, nullable=False, server_default=sa.false()),
    # Each evaluation and each completed check looks for the pull requests with a head.
    sa.Index("pulls_head", "repo", "head_sha", "number"),
)

overrides = sa.Table(
    "overrides",
    metadata,
    sa.Column("comment_id", sa.BigInteger, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("sha", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Index("overrides_pull", "repo", "number"),
)

# The messages about incidents sent to other services.
messages = sa.Table(
    "messages",
    metadata,
    # `owner/name` in lower case.
    sa.Column("repo", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    # The message's ID at the service.
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
)

# The content of the pages about incidents and pull requests, written after each update or evaluation.
snapshots = sa.Table(
    "snapshots",
    metadata,
    # `owner/name` in lower case; `name` has GitHub's spelling.
    sa.Column("repo", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    # `incident` or `pull`.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    # The due time of the most urgent clock, by which the pages sort.
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
    # JSON: the row in the list, the incident's figures, and the whole page.
    sa.Column("card", sa.Text, nullable=False),
    sa.Column("figures", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False),
    sa.Index("snapshots_open", "open", "due_at"),
    sa.Index("snapshots_changed", "changed_at"),
)

# The evaluations of a pull request, numbered from 1. A result equal to the previous one only increments its `times`.
evaluations = sa.Table(
    "evaluations",
    metadata,
    sa.Column("repo", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("last_at", sa.Double, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    # The delivery that requested the evaluation, and its number of GitHub calls.
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("conclusion", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Index("evaluations_cause", "cause"),
)

# The sessions of users logged in to the pages.
sessions = sa.Table(
    "sessions",
    metadata,
    # SHA-256 of the cookie's value; the user's token is encrypted with a key that is not in the database.
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),
)


class StoreError(Exception):
    """The database cannot be used. The message is one sentence and never contains the password."""


class WriteFailed(StoreError):
    """The database works but rejects this write: a retry would fail as well."""


def open_engine(url: URL) -> Engine:
    """Return an engine with durable transactions. Connections are for reading, unless `writing` returned them."""
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, pool_size=4, max_overflow=28, pool_pre_ping=True, pool_recycle=1800)
    engine = sa.create_engine(url, connect_args={"timeout": 5.0, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # `writing` issues BEGIN explicitly
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "journal_size_limit=67108864"):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction: see `transaction`."""
    with engine.connect() as connection, transaction(connection):
        yield connection


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit what the block writes, or roll it back if the block raises.

    In SQLite, the transaction takes the write lock when it begins instead of failing half-way. SQLAlchemy's event
    `begin` could do that as well, but an engine with any such event takes a third longer for each statement.
    """
    with connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield


def claim_file(url: URL) -> IO[str] | None:
    """Lock the lock file of an SQLite database until the process ends, since only one process may use it.

    Raises StoreError if another process holds the lock.
    """
    if url.get_backend_name() != "sqlite":
        return None
    path = Path(f"{url.database}.lock")
    handle = path.open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise StoreError(
            f"another service uses {Path(str(url.database)).resolve()}: stop it, or give each its own file "
            "(several replicas need PostgreSQL)"
        ) from None
    os.set_inheritable(handle.fileno(), False)
    return handle


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables. Raises StoreError.

    In an empty database the tables are created directly; Alembic, which is slow to import, is loaded only to upgrade an
    older schema.
    """
    from app.storage.migrations import HEAD, MIGRATION_LOCK

    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            tables = set(sa.inspect(connection).get_table_names())
            if "alembic_version" not in tables and "jobs" not in tables:
                _create(connection)
                connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
                connection.execute(sa.text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
                return
            found = None
            if "alembic_version" in tables:
                found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        if found is not None and found > HEAD:
            raise StoreError(
                f"the database was written by a newer version (revision {found}, this one knows {HEAD}): "
                "run the newer version, or restore the backup from before the upgrade"
            )
        if found != HEAD:
            from app.storage.migrations.migrate import upgrade

            upgrade(engine)
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"the database cannot be used: {short(error)}") from None


def _create(connection: Connection) -> None:
    for index in _jobs_open:
        index.dialect_kwargs[f"{connection.dialect.name}_where"] = jobs.c.wanted > jobs.c.done
    metadata.create_all(connection)


def upsert(table: sa.Table, dialect: str) -> Any:
    """Return an INSERT into `table` that supports ON CONFLICT. Only the dialect in use is imported."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def storable(text: str) -> str:
    """Return text that both databases accept: NUL is removed, and lone surrogates become question marks."""
    return text.replace("\0", "").encode(errors="replace").decode()


def indexable(key: str) -> str:
    """Return a key that both databases can index: the end of a longer key is replaced by a digest."""
    if len(key.encode()) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY // 4]}…{hashlib.sha256(key.encode()).hexdigest()}"


def short(error: BaseException) -> str:
    """Return the first line of the driver's message, without statement, parameters or connection string."""
    original = getattr(error, "orig", None) or error
    return (str(original).strip().splitlines() or [type(original).__name__])[0][:200]
