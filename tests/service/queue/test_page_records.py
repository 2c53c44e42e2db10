"""The cache of records for the pages: parsed once, read again after any change, with few queries per page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.storage import pulls, snapshots
from app.storage.database import writing
from app.storage.snapshots import Snapshot
from app.web.pages.page_records import KEPT, PageRecords

TIMES = dict.fromkeys(("declare", "review", "staging", "production", "restore"), 60.0)
FIGURES = {
    "declared_at": 1000.0, "severity": "P0", "can_wait": False, "shipped_at": None, "rolled_back_at": None,
    "overrides": 0, "open_debts": 0, "within_sla": None, "times": TIMES,
}  # fmt: skip


def an_incident(number: int = 7, title: str = "Broken", *, is_open: bool = True, name: str = "acme/shop") -> Snapshot:
    return Snapshot(
        name=name, number=number, kind=snapshots.INCIDENT, open=is_open, due_at=1000.0 + number, at=1000.0,
        card={"title": title}, figures=FIGURES, page={},
    )  # fmt: skip


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Collect the queries that are sent inside the block."""
    sent: list[str] = []

    def note(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_unchanged_records_are_read_once(engine: Engine) -> None:
    """With any number of records, a page then takes one query, which reads no record."""
    records = PageRecords()
    with writing(engine) as connection:
        for number in range(50):
            snapshots.record(connection, an_incident(number))
    with engine.connect() as connection, counting(engine) as sent:
        first, _ = records.open_rows(connection)
        assert len(first) == 50
        assert len(sent) == 2
        again, _ = records.open_rows(connection)
        assert again is first
        assert len(sent) == 3
        assert "card" not in sent[2]
        assert records.measured(connection) is records.measured(connection)
        assert len(sent) == 6


@pytest.mark.parametrize("change", ["new", "edited", "closed", "renamed", "moved", "deleted"])
def test_every_change_is_seen_at_once(engine: Engine, change: str) -> None:
    records = PageRecords(now=lambda: 1.0)
    with writing(engine) as connection:
        snapshots.record(connection, an_incident())
        snapshots.record(connection, an_incident(8))
    with engine.connect() as connection:
        before, seen = records.open_rows(connection)
        known = records.measured(connection)
    with writing(engine) as connection:
        match change:
            case "new":
                snapshots.record(connection, an_incident(9))
            case "edited":
                snapshots.record(connection, an_incident(title="Still broken"))
            case "closed":
                snapshots.record(connection, an_incident(is_open=False))
            case "renamed":
                pulls.rename_repo(connection, "acme/shop", "Acme/Shop")
            case "moved":
                pulls.rename_repo(connection, "acme/shop", "acme/store")
            case "deleted":
                snapshots.forget(connection, "acme/shop", 7)
    with engine.connect() as connection:
        after, seen_then = records.open_rows(connection)
        assert after != before
        assert records.measured(connection) is not known
        assert seen_then > seen or change == "deleted"


def test_records_are_read_again_after_a_while(engine: Engine) -> None:
    """A change that the version check misses becomes visible after this time at the latest."""
    moment = 1.0
    records = PageRecords(now=lambda: moment)
    with writing(engine) as connection:
        snapshots.record(connection, an_incident())
        first, _ = records.open_rows(connection)
        moment += KEPT
        again, _ = records.open_rows(connection)
    assert again == first
    assert again is not first
