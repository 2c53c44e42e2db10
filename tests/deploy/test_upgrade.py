"""The database of the released version is migrated when this version starts, and its jobs run."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from app.storage import database
from app.storage.migrations import HEAD
from tests.deploy.conftest import ROOT
from tests.github import Pull
from tests.service.conftest import House, concludes
from tests.service.running import Service, get, settings

DUMPS = ROOT / "tests" / "deploy" / "databases"


def released(backend: str, house: House, pull: Pull) -> str:
    """Return the dump of the released version's database, adapted to a pull request that exists here."""
    dump = (DUMPS / f"released-0.1.0.{backend}.sql").read_text()
    dump = dump.replace("acme/shop#1'", f"{pull.repo.full_name}#{pull.number}'").replace(
        "acme/shop", pull.repo.full_name
    )
    dump = dump.replace('"number":1,', f'"number":{pull.number},').replace("1" * 40, pull.head_sha)
    return dump.replace("7001", str(house.installation.id))


def on_sqlite(dump: str, folder: Path) -> URL:
    with sqlite3.connect(folder / "hotfix.db") as connection:
        connection.executescript(dump)
    connection.close()
    return make_url(f"sqlite:///{folder}/hotfix.db")


def on_postgresql(dump: str, url: URL) -> URL:
    engine = database.open_engine(url)
    with database.writing(engine) as connection:
        connection.exec_driver_sql(dump)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def load(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], URL]:
    """Load a dump into a fresh database and return its address."""
    if request.param == "sqlite":
        return lambda dump: on_sqlite(dump, tmp_path)
    return lambda dump: on_postgresql(dump, request.getfixturevalue("postgres"))


def test_jobs_of_the_released_version_run(
    house: House, tmp_path: Path, load: Callable[[str], URL], request: pytest.FixtureRequest
) -> None:
    """The old version stopped during the evaluation, which now ends with a verdict without another delivery."""
    pull = house.hotfix(house.shop())
    backend = request.node.callspec.params["load"]
    url = load(released(backend, house, pull))
    given = settings(house.github, house.app, url.render_as_string(hide_password=False))
    service = Service(tmp_path, given).start()
    try:
        concludes(pull, with_="action_required")
        assert get(f"{service.url}/readyz").status_code == 200
    finally:
        service.stop()
    assert "Traceback" not in service.output

    engine = database.open_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == HEAD
        assert connection.scalar(sa.select(database.overrides.c.reason)) == "generated client"
    engine.dispose()
