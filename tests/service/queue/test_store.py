"""The database: its tables, its permissions, and what happens if it can't be written."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine, make_url

from app.queue import intake, job_table
from app.queue.group_commit import GroupWriter
from app.queue.jobs import JobKind
from app.storage import database, pulls


def test_migrations_create_the_tables_that_the_code_uses(engine: Engine) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from app.storage import migrations

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), database.metadata) == []
    database.migrate(engine)


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (lambda c: pulls.numbers_with_head(c, "acme/shop", "a"), "pulls_head (repo=? AND head_sha=?)"),
        (lambda c: job_table.open_jobs(c, JobKind.PROTECTION, "acme/shop"), "jobs_open_kind (kind=?)"),
    ],
)
def test_lookups_of_each_verdict_use_an_index(tmp_path: Path, look: Callable[[sa.Connection], Any], index: str) -> None:
    """Otherwise each takes longer with every pull request of the repository, or with every live incident."""
    engine = database.open_engine(make_url(f"sqlite:///{tmp_path}/hotfix.db"))
    database.migrate(engine)
    sent: list[str] = []
    with engine.connect() as connection:
        sqlite: Any = connection.connection.driver_connection
        sqlite.set_trace_callback(sent.append)
        look(connection)
        sqlite.set_trace_callback(None)
        (plan,) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent[0]}").scalars("detail")
    engine.dispose()
    assert plan.endswith(f"INDEX {index}")


def test_a_database_of_a_newer_version_is_named_and_left_alone(engine: Engine) -> None:
    """After a downgrade, which the message names, and not a bug."""
    with database.writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(database.StoreError, match=r"a newer version \(revision 9999, .*run the newer version"):
        database.migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_a_database_that_cannot_be_written_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queue.group_commit.PATIENCE", 0.2)
    url = make_url(f"sqlite:///{tmp_path}/hotfix.db")
    engine = database.open_engine(url)
    database.migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        writer = GroupWriter(engine, loop)
        try:
            with pytest.raises(database.StoreError):
                await writer.submit(lambda c: intake.delete_old(c, before=1.0))
            assert writer.failing
        finally:
            await asyncio.to_thread(writer.close)

    asyncio.run(scenario())


def test_a_failed_transaction_leaves_nothing_behind(engine: Engine) -> None:
    row = {"guid": "1", "event": "push", "action": "", "repo": "acme/shop", "received_at": 1.0}

    def insert_twice() -> None:
        with database.writing(engine) as connection:
            connection.execute(database.deliveries.insert(), row)
            connection.execute(database.deliveries.insert(), row)

    with pytest.raises(sa.exc.IntegrityError):
        insert_twice()
    with engine.connect() as connection:
        assert intake.known(connection, ["1"]) == set()


def test_a_transaction_has_sqlites_write_lock_from_its_beginning(tmp_path: Path) -> None:
    """Otherwise it could fail half-way, after it has read."""
    engine = database.open_engine(make_url(f"sqlite:///{tmp_path}/hotfix.db"))
    with database.writing(engine), pytest.raises(sqlite3.OperationalError, match="locked"):
        sqlite3.connect(tmp_path / "hotfix.db", timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
    engine.dispose()


def test_what_has_already_arrived_shares_a_transaction(engine: Engine) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        writer = GroupWriter(engine, loop)
        try:
            used: list[sa.RootTransaction | None] = []

            def arrive() -> None:
                time.sleep(0.05)  # long enough for a writer that does not wait for this
                writer.submit(lambda c: used.append(c.get_transaction()))

            loop.call_soon(arrive)
            await writer.submit(lambda c: used.append(c.get_transaction()))
            assert len(used) == 2
            assert used[0] is used[1]
        finally:
            await asyncio.to_thread(writer.close)

    asyncio.run(scenario())


def test_the_writer_reconnects_after_a_failure(engine: Engine) -> None:
    async def scenario() -> None:
        writer = GroupWriter(engine, asyncio.get_running_loop())
        row = {"guid": "1", "event": "push", "action": "", "repo": "acme/shop", "received_at": 1.0}
        broken: list[sa.Connection] = []

        def break_once(connection: sa.Connection) -> None:
            connection.execute(database.deliveries.insert(), row)
            if not broken:
                broken.append(connection)
                connection.connection.close()
                raise sa.exc.OperationalError("", {}, Exception("the database has gone away"))

        try:
            await writer.submit(break_once)
            assert await writer.submit(lambda c: intake.known(c, ["1"])) == {"1"}
        finally:
            await asyncio.to_thread(writer.close)

    asyncio.run(scenario())


def test_two_services_do_not_share_a_sqlite_file(tmp_path: Path) -> None:
    url = make_url(f"sqlite:///{tmp_path}/hotfix.db")
    held = database.claim_file(url)
    with pytest.raises(database.StoreError, match="another service uses"):
        database.claim_file(url)
    assert held is not None
    held.close()
    database.claim_file(url)
