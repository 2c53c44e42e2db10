"""Stored heads of pull requests."""

from __future__ import annotations

import random
from dataclasses import replace

from sqlalchemy.engine import Engine

from app.storage import pulls
from app.storage.database import writing
from tests.service.conftest import head


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
