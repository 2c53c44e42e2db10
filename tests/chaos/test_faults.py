"""The short form of the campaign: one fault of each family on the real service, with every invariant."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.campaign import run
from tests.chaos.faults import FAULTS, SHORT
from tests.postgres import Postgres, postgres

SEED = 11
ON_SQLITE = (
    "kill", "stop", "trouble", "outage", "stuck", "forbidden", "stale", "tokens", "mixed-up", "lost-late", "clock",
    "clock-behind", "disk-full", "locked", "life",
)  # fmt: skip
ON_POSTGRES = ("postgres", "replica", "connections", "life-replicas")

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ON_SQLITE)
def test_nothing_is_lost_wrong_or_doubled_by(name: str, tmp_path: Path) -> None:
    if name == "disk-full" and not sys.platform.startswith("linux"):
        pytest.skip("only Linux lets a test take a running process's right to write")
    result = run(FAULTS[name], SHORT, SEED, tmp_path)
    assert result.seen.broken == []


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.mark.postgres
@pytest.mark.xdist_group("chaos on PostgreSQL")
@pytest.mark.parametrize("name", ON_POSTGRES)
def test_on_postgresql_nothing_is_lost_wrong_or_doubled_by(name: str, tmp_path: Path, server: Postgres) -> None:
    result = run(FAULTS[name], SHORT, SEED, tmp_path, postgres=server)
    assert result.seen.broken == []
