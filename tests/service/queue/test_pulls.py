"""Stored heads of pull requests."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from app.storage import database, pulls
from app.storage.database import writing
from hotfix.facts import Override
from hotfix.verdict import Conclusion, Verdict, VerdictKind
from tests.service.conftest import head
from tests.waiting import eventually


def test_heads_out_of_order_end_with_the_newest(engine: Engine) -> None:
    pushes = [head("a", 1), head("b", 2, "a"), head("c", 3, "b"), head("d", 3, "c"), head("d", 4)]
    rng = random.Random(7)
    for _ in range(10):
        rng.shuffle(pushes)
        with writing(engine) as connection:
            pulls.forget_repo(connection, "acme/shop")
            for push in pushes:
                pulls.record_heads(connection, [push])
            known = pulls.known(connection, "acme/shop", 42)
        assert known is not None
        assert known.head_sha == "d", pushes


def test_an_event_without_a_new_head_keeps_its_time(engine: Engine) -> None:
    """The time since which this commit has been the head doesn't change."""
    with writing(engine) as connection:
        pulls.record_heads(connection, [head("a", 1), head("a", 5)])
        known = pulls.known(connection, "acme/shop", 42)
        assert known is not None
        assert known.head_since == 1
        assert known.seen_at == 5
        pulls.record_heads(connection, [head("a", 6, open_=False), head("a", 2)])
        known = pulls.known(connection, "acme/shop", 42)
    assert known is not None
    assert not known.open


def test_a_repository_is_swept_for_what_was_never_evaluated(engine: Engine) -> None:
    """GitHub refused each attempt and no further event may arrive, yet the pull request may be a hotfix."""
    with writing(engine) as connection:
        pulls.record_heads(connection, [head("a", 100.0)])
        assert pulls.repos_with_hotfixes(connection, unread_since=50.0) == [("acme/shop", 1)]
        assert pulls.repos_with_hotfixes(connection, unread_since=150.0) == [], "for a day"
        pulls.record_heads(connection, [head("a", 110.0, open_=False)])
        assert pulls.repos_with_hotfixes(connection, unread_since=50.0) == []


def test_only_the_pull_request_that_is_not_listed_is_closed(engine: Engine) -> None:
    """An event after the listing takes precedence."""
    with writing(engine) as connection:
        pulls.record_heads(connection, [head("a", 5), replace(head("b", 5), number=43)])
        pulls.closed(connection, "acme/shop", 42, before=5)
        assert [pulls.known(connection, "acme/shop", number).open for number in (42, 43)] == [True, True]  # type: ignore[union-attr]
        pulls.closed(connection, "acme/shop", 42, before=6)
        assert [pulls.known(connection, "acme/shop", number).open for number in (42, 43)] == [False, True]  # type: ignore[union-attr]


NOW = datetime(2030, 1, 1, tzinfo=UTC)


def _override(connection: Connection) -> None:
    given = Override(rule="size", by="boss", reason="generated", at=NOW, sha="a", url="https://github.test/1")
    pulls.override(connection, "acme/shop", 42, 7, [given])


def _verdict(connection: Connection) -> None:
    verdict = Verdict(kind=VerdictKind.HOTFIX, conclusion=Conclusion.PASS, head_sha="a", at=NOW)
    pulls.record_verdict(
        connection, "acme/shop", 42, 1, verdict, began=1.0, expected=None, open_=True, lasting=False
    )  # fmt: skip


@pytest.mark.postgres
@pytest.mark.parametrize("record", [_override, _verdict])
def test_two_replicas_may_record_the_same(record: Callable[[Connection], None], postgres: URL) -> None:
    """A replica that lost its connection, and with it the lock on a job, may still be running that job."""
    engine = database.open_engine(postgres)
    database.migrate(engine)

    def also() -> None:
        with writing(engine) as other:
            record(other)

    with ThreadPoolExecutor(1) as pool, engine.connect() as connection, engine.connect() as looking:
        record(connection)
        second = pool.submit(also)
        blocked = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        eventually(lambda: looking.execute(blocked).scalar() or second.done(), "the second to depend on the first")
        connection.commit()
        second.result()
    engine.dispose()
