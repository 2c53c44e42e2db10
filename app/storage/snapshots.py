"""Store the content of the pages: incidents and pull requests as last read, and the evaluations of pull requests.

No decision depends on this data. It is written after each incident update or evaluation, and its size is bounded: at
most `KEPT` evaluations are stored per pull request, and closed items are deleted after a while.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json
from sqlalchemy.engine import Connection, Row

from app.storage.database import evaluations, snapshots, storable, upsert

KEPT = 50
"""Maximum number of evaluations stored per pull request."""
INCIDENT, PULL = "incident", "pull"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The content of the pages about one incident or pull request."""

    name: str
    """The repository as `owner/name`, in GitHub's spelling."""
    number: int
    kind: str
    open: bool
    due_at: float
    at: float
    """The time of the reading."""
    card: Mapping[str, Any]
    figures: Mapping[str, Any]
    page: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SnapshotsVersion:
    """A version of all snapshots, which differs after any is added, changed or deleted."""

    count: int
    changed_at: float
    """The time of the latest change."""
    total: float
    """The sum of all change times, since the clock of one replica may be behind the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """An evaluation of a pull request, with the number of consecutive evaluations with the same result."""

    place: int
    at: float
    last_at: float
    times: int
    cause: str
    calls: int
    conclusion: str
    verdict: Mapping[str, Any]


_BY_KEY = sa.and_(snapshots.c.repo == sa.bindparam("of_repo"), snapshots.c.number == sa.bindparam("of_number"))
_ONE = sa.select(snapshots).where(_BY_KEY)
_CARD = sa.select(snapshots.c.card, snapshots.c.page, snapshots.c.open).where(_BY_KEY)
_EVALUATIONS = sa.and_(evaluations.c.repo == sa.bindparam("of_repo"), evaluations.c.number == sa.bindparam("of_number"))
_DELETE = evaluations.delete().where(_EVALUATIONS, evaluations.c.place <= sa.bindparam("of_place"))
_COUNT = (
    evaluations.update()
    .where(_EVALUATIONS, evaluations.c.place == sa.bindparam("of_place"))
    .values(times=evaluations.c.times + 1, last_at=sa.bindparam("new_last_at"))
)


@functools.cache
def _upsert(dialect: str) -> Any:
    insert = upsert(snapshots, dialect)
    replaced = {column.name: insert.excluded[column.name] for column in snapshots.c if not column.primary_key}
    # Incidents are reconciled more often than they change: without a change, nothing is written and no page is updated.
    changed = sa.or_(*(snapshots.c[name] != insert.excluded[name] for name in ("open", "card", "page")))
    here = [snapshots.c.repo, snapshots.c.number]
    return insert.on_conflict_do_update(index_elements=here, set_=replaced, where=changed)


@functools.cache
def _insert_evaluation(dialect: str) -> Any:
    return upsert(evaluations, dialect).on_conflict_do_nothing()


def record(connection: Connection, one: Snapshot) -> None:
    """Record the current state of an incident or a pull request."""
    row = {
        "repo": one.name.casefold(), "number": one.number, "name": one.name, "kind": one.kind, "open": one.open,
        "due_at": one.due_at, "changed_at": time.time(), "card": _dump(one.card),
        "figures": _dump(one.figures), "page": _dump(one.page),
    }  # fmt: skip
    connection.execute(_upsert(connection.dialect.name), row)


def record_evaluation(
    connection: Connection, one: Snapshot, verdict: Mapping[str, Any], cause: str, calls: int
) -> None:
    """Record an evaluation and the current state of its pull request.

    `verdict`: the verdict as JSON data, without the time. The card contains since when the state has been the same.
    """
    here = {"of_repo": one.name.casefold(), "of_number": one.number}
    before = connection.execute(_CARD, here).one_or_none()
    known: dict[str, Any] = from_json(before.page) if before is not None else {}
    card_before: dict[str, Any] = from_json(before.card) if before is not None else {}
    text = _dump(verdict)
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    place, same = known.get("place", 0), known.get("digest") == digest
    if same:
        connection.execute(_COUNT, here | {"of_place": place, "new_last_at": one.at})
        if before is not None and before.open == one.open:
            return
    else:
        place += 1
        row = {
            "repo": here["of_repo"], "number": one.number, "place": place, "at": one.at,
            "last_at": one.at, "times": 1, "cause": cause, "calls": calls,
            "conclusion": str(verdict["conclusion"]), "verdict": text,
        }  # fmt: skip
        connection.execute(_insert_evaluation(connection.dialect.name), row)
        if place > KEPT:
            connection.execute(_DELETE, here | {"of_place": place - KEPT})
    card = {**one.card, **_in_production(card_before, one.card)}
    state = ("conclusion", "failing", "pending", "shipped", "ended")
    stands = all(card_before.get(name, "") == card.get(name, "") for name in state)
    card["since"] = card_before["since"] if stands and "since" in card_before else one.at
    record(connection, replace(one, card=card, page={"place": place, "digest": digest}))


def _in_production(before: Mapping[str, Any], card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tag that the head runs in production as, and the one that it ran as before it was replaced.

    Both are empty if there is none. While it is unknown what runs in production, they stay as they were.
    """
    shipped, was = "", ""
    if before.get("head") == card.get("head"):
        shipped, was = before.get("shipped") or "", before.get("no_longer") or ""
    now = card.get("shipped")
    if now is None:
        return {"shipped": shipped, "no_longer": was}
    return {"shipped": now, "no_longer": "" if now else shipped or was}


def _dump(data: Mapping[str, Any]) -> str:
    """Return JSON that both databases accept."""
    return storable(json.dumps(data, sort_keys=True, ensure_ascii=False))


def known(connection: Connection, repo: str, number: int) -> Snapshot | None:
    """Return the last recorded state of an incident or a pull request; None if there is none."""
    row = connection.execute(_ONE, {"of_repo": repo.casefold(), "of_number": number}).one_or_none()
    return _snapshot(row) if row is not None else None


def version(connection: Connection) -> SnapshotsVersion:
    """Return the current version of all snapshots, read from an index."""
    changed = snapshots.c.changed_at
    count, latest, total = connection.execute(
        sa.select(sa.func.count(), sa.func.max(changed), sa.func.sum(changed))
    ).one()
    return SnapshotsVersion(count, latest or 0.0, total or 0.0)


def incident_numbers(connection: Connection, repo: str) -> frozenset[int]:
    """Return the numbers of a repository's recorded incidents."""
    here = sa.and_(snapshots.c.kind == INCIDENT, snapshots.c.repo == repo.casefold())
    return frozenset(connection.scalars(sa.select(snapshots.c.number).where(here)))


def open_cards(connection: Connection) -> list[tuple[str, int, str, float, dict[str, Any]]]:
    """Return the open items, the most urgent first: name, number, kind, due time and card."""
    columns = (snapshots.c.name, snapshots.c.number, snapshots.c.kind, snapshots.c.due_at, snapshots.c.card)
    query = sa.select(*columns).where(snapshots.c.open).order_by(snapshots.c.due_at, snapshots.c.name)
    return [(row.name, row.number, row.kind, row.due_at, from_json(row.card)) for row in connection.execute(query)]


def figures(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
    """Return the figures of each incident, with its repository's name."""
    query = sa.select(snapshots.c.name, snapshots.c.figures).where(snapshots.c.kind == INCIDENT)
    return [(row.name, from_json(row.figures)) for row in connection.execute(query)]


def evaluations_of(connection: Connection, repo: str, number: int) -> list[EvaluationRow]:
    """Return the evaluations of a pull request, newest first."""
    here = sa.and_(evaluations.c.repo == repo.casefold(), evaluations.c.number == number)
    return [_evaluation(row) for row in connection.execute(
        sa.select(evaluations).where(here).order_by(evaluations.c.place.desc())
    )]  # fmt: skip


def caused_by(connection: Connection, causes: Collection[str]) -> dict[str, list[tuple[str, int, str]]]:
    """Return the evaluations first requested by these deliveries, by GUID: repository, number and conclusion."""
    columns = (evaluations.c.cause, evaluations.c.repo, evaluations.c.number, evaluations.c.conclusion)
    query = sa.select(*columns).where(evaluations.c.cause.in_(causes)).order_by(evaluations.c.at)
    found: dict[str, list[tuple[str, int, str]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.cause, []).append((row.repo, row.number, row.conclusion))
    return found


def changed_since(connection: Connection, moment: float) -> list[tuple[str, int, str, float, dict[str, Any]]]:
    """Return up to 500 items that changed after a time, oldest first: name, number, kind, time and card."""
    return _changes(
        connection, _CHANGES.where(snapshots.c.changed_at > moment).order_by(snapshots.c.changed_at).limit(500)
    )


def changed_last(connection: Connection, most: int) -> list[tuple[str, int, str, float, dict[str, Any]]]:
    """Return up to `most` items, the last changed first: name, number, kind, time and card."""
    return _changes(connection, _CHANGES.order_by(snapshots.c.changed_at.desc()).limit(most))


_CHANGES = sa.select(snapshots.c.name, snapshots.c.number, snapshots.c.kind, snapshots.c.changed_at, snapshots.c.card)


def _changes(connection: Connection, query: sa.Select[Any]) -> list[tuple[str, int, str, float, dict[str, Any]]]:
    return [(row.name, row.number, row.kind, row.changed_at, from_json(row.card)) for row in connection.execute(query)]


def forget(connection: Connection, repo: str, number: int) -> None:
    """Delete the snapshot of an issue that is no longer an incident."""
    connection.execute(snapshots.delete().where(snapshots.c.repo == repo.casefold(), snapshots.c.number == number))


def forget_repo(connection: Connection, repo: str) -> None:
    """Delete all snapshots and evaluations of a repository."""
    for table in (snapshots, evaluations):
        connection.execute(table.delete().where(table.c.repo == repo.casefold()))


def rename_repo(connection: Connection, old: str, new: str) -> None:
    """Move a repository's rows to its new name. Rows that already have the new name are newer and are kept."""
    before, after = old.casefold(), new.casefold()
    if before == after:
        renamed = {"name": new, "changed_at": time.time()}
        connection.execute(snapshots.update().where(snapshots.c.repo == before).values(renamed))
        return
    renamed = {"repo": after, "name": new, "changed_at": time.time()}
    for table, values in ((snapshots, renamed), (evaluations, {"repo": after})):
        other = table.alias()
        there = sa.select(other.c.number).where(other.c.repo == after)
        connection.execute(table.update().where(table.c.repo == before, table.c.number.not_in(there)).values(values))


def delete_old(connection: Connection, *, pulls_before: float, incidents_before: float) -> int:
    """Delete closed pull requests and incidents that have not changed since these times, with their evaluations."""
    old = sa.or_(
        sa.and_(snapshots.c.kind == PULL, snapshots.c.changed_at < pulls_before),
        sa.and_(snapshots.c.kind == INCIDENT, snapshots.c.changed_at < incidents_before),
    )
    count = connection.execute(snapshots.delete().where(~snapshots.c.open, old)).rowcount
    kept = sa.exists().where(snapshots.c.repo == evaluations.c.repo, snapshots.c.number == evaluations.c.number)
    connection.execute(evaluations.delete().where(~kept))
    return count


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        name=row.name, number=row.number, kind=row.kind, open=row.open, due_at=row.due_at, at=row.changed_at,
        card=from_json(row.card), figures=from_json(row.figures), page=from_json(row.page),
    )  # fmt: skip


def _evaluation(row: Row[Any]) -> EvaluationRow:
    return EvaluationRow(
        place=row.place, at=row.at, last_at=row.last_at, times=row.times, cause=row.cause, calls=row.calls,
        conclusion=row.conclusion, verdict=from_json(row.verdict),
    )  # fmt: skip
