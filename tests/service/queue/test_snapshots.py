"""Stored snapshots for the pages: bounded and moved with their repository. Expired sessions are deleted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.storage import delivery_search, pulls, sessions, snapshots
from app.storage.database import deliveries, evaluations, writing
from app.storage.snapshots import Snapshot


def a_pull(number: int = 42, at: float = 1000.0, **card: Any) -> Snapshot:
    shown = {"conclusion": "fail", "failing": ["size"], "pending": [], "title": "Fix\0 it \ud800"}
    return Snapshot(
        name="Acme/Shop", number=number, kind=snapshots.PULL, open=True, due_at=at, at=at, card=shown | card,
        figures={}, page={},
    )  # fmt: skip


def verdict(turn: int) -> dict[str, Any]:
    return {"conclusion": "fail", "head_sha": f"{turn:040}", "findings": []}


def test_a_hotfix_that_left_production_is_remembered(engine: Engine) -> None:
    """It stays so while production is unknown, until it is deployed again or has a new head."""
    seen = []
    steps = (("a", ""), ("a", "v1"), ("a", None), ("a", ""), ("a", None), ("a", "v2"), ("a", ""), ("b", ""))
    for turn, (head, shipped) in enumerate(steps):
        with writing(engine) as connection:
            snapshots.record_evaluation(connection, a_pull(head=head, shipped=shipped), verdict(turn), "", 4)
            found = snapshots.known(connection, "acme/shop", 42)
            assert found
            seen.append((found.card["shipped"], found.card["no_longer"]))
    assert seen == [
        ("", ""), ("v1", ""), ("v1", ""), ("", "v1"), ("", "v1"), ("v2", ""), ("", "v2"), ("", ""),
    ]  # fmt: skip


def test_evaluations_are_counted_and_bounded(engine: Engine) -> None:
    with writing(engine) as connection:
        for turn in range(60):
            for again in range(2):
                moment = 1000.0 + turn + again / 2
                snapshots.record_evaluation(connection, a_pull(at=moment), verdict(turn), f"guid-{turn}", 4)
        found = snapshots.evaluations_of(connection, "acme/SHOP", 42)
        assert [one.place for one in found] == list(range(60, 10, -1))
        assert {one.times for one in found} == {2}
        assert (found[0].at, found[0].last_at) == (1059.0, 1059.5)
        assert snapshots.caused_by(connection, ["guid-59"]) == {"guid-59": [("acme/shop", 42, "fail")]}
        known = snapshots.known(connection, "ACME/shop", 42)
        assert known is not None
        assert known.card["since"] == 1000.0
        snapshots.record_evaluation(connection, a_pull(at=2000.0, failing=[]), verdict(60), "", 4)
        known = snapshots.known(connection, "acme/shop", 42)
        assert known is not None
        assert known.card["since"] == 2000.0
        snapshots.record_evaluation(connection, a_pull(at=3000.0, failing=[], ended=""), verdict(61), "", 4)
        known = snapshots.known(connection, "acme/shop", 42)
        assert known is not None
        assert known.card["since"] == 2000.0, "the card before is one of a version that did not record how it ended"


def test_a_snapshot_that_says_the_same_changes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        snapshots.record(connection, a_pull())
        (first,) = snapshots.changed_since(connection, 0)
        snapshots.record(connection, a_pull())
        assert snapshots.changed_since(connection, 0) == [first]
        snapshots.record(connection, a_pull(title="Another"))
        (changed,) = snapshots.changed_since(connection, 0)
        assert changed[3] > first[3]
        assert [(row[0], row[4]["title"]) for row in snapshots.open_cards(connection)] == [("Acme/Shop", "Another")]


def test_snapshots_move_and_go_with_their_repository(engine: Engine) -> None:
    with writing(engine) as connection:
        snapshots.record_evaluation(connection, a_pull(), verdict(1), "", 4)
        pulls.rename_repo(connection, "Acme/Shop", "Acme/Store")
        assert snapshots.known(connection, "acme/shop", 42) is None
        moved = snapshots.known(connection, "acme/store", 42)
        assert moved is not None
        assert moved.name == "Acme/Store"
        assert len(snapshots.evaluations_of(connection, "acme/store", 42)) == 1
        pulls.forget_repo(connection, "acme/store")
        assert snapshots.known(connection, "acme/store", 42) is None
        assert connection.scalar(sa.select(sa.func.count()).select_from(evaluations)) == 0


def test_old_closed_pull_requests_go_with_their_evaluations(engine: Engine) -> None:
    with writing(engine) as connection:
        snapshots.record_evaluation(connection, a_pull(1), verdict(1), "", 4)
        snapshots.record_evaluation(connection, a_pull(2), verdict(1), "", 4)
        snapshots.record(
            connection, Snapshot(**{name: getattr(a_pull(1), name) for name in Snapshot.__slots__} | {"open": False})
        )
        later = 10_000_000_000.0
        assert snapshots.delete_old(connection, pulls_before=later, incidents_before=later) == 1
        assert snapshots.known(connection, "acme/shop", 1) is None
        assert len(snapshots.evaluations_of(connection, "acme/shop", 2)) == 1


def test_a_session_is_opened_by_its_cookie_and_key_alone(engine: Engine) -> None:
    with writing(engine) as connection:
        sessions.begin(connection, "cookie", "dev", "ghu_token", key="secret", now=1000.0)
        found = sessions.find(connection, "cookie", key="secret", now=1001.0)
        assert found is not None
        assert (found.login, found.token) == ("dev", "ghu_token")
        assert sessions.find(connection, "another", key="secret", now=1001.0) is None
        assert sessions.find(connection, "cookie", key="rotated", now=1001.0) is None
        assert sessions.find(connection, "cookie", key="secret", now=1000.0 + sessions.IDLE + 1) is None
        assert sessions.delete_ended(connection, now=1001.0) == 0
        sessions.seen(connection, found.id, now=1000.0 + sessions.LONGEST)
        assert sessions.find(connection, "cookie", key="secret", now=1001.0 + sessions.LONGEST) is None
        assert sessions.delete_ended(connection, now=1001.0 + sessions.LONGEST) == 1


def test_deliveries_are_found_in_what_can_be_read(engine: Engine) -> None:
    rows = [
        {"guid": f"{at:08}-0000-0000-0000-000000000000", "event": event, "action": "", "repo": repo, "received_at": at}
        for at, (event, repo) in enumerate([("push", "acme/shop"), ("push", "acme/secret"), ("issues", "acme/shop")])
    ]
    with writing(engine) as connection:
        connection.execute(deliveries.insert(), rows)

        def found(text: str, repos: list[str] | None = None) -> list[int]:
            query = delivery_search.parse(text)
            return [int(row.received_at) for row in delivery_search.search(connection, query, repos, 50)[0]]

        assert found("") == [2, 1, 0]
        assert found("", ["acme/shop"]) == [2, 0]
        assert found("push") == [1, 0]
        assert found("Acme/Shop push") == [0]
        assert found(str(rows[1]["guid"])) == [1]
        assert found("00000002-") == [2]
        assert found("nothing") == []
        first, older = delivery_search.search(connection, delivery_search.parse(""), None, 2)
        assert [int(row.received_at) for row in first] == [2, 1]
        rest, end = delivery_search.search(connection, delivery_search.parse("", older), None, 2)
        assert ([int(row.received_at) for row in rest], end) == ([0], None)
        assert sorted(delivery_search.repos_within(connection, delivery_search.parse(""))) == [
            "acme/secret",
            "acme/shop",
        ]
