"""Search the recorded deliveries, newest first. A search reads a bounded number of rows and can be continued."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.storage.database import deliveries, jobs

WINDOW = 10_000
"""Maximum number of rows that one search reads."""


WHOLE_GUID = 36
"""Length of a complete GUID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery that was acknowledged."""

    guid: str
    event: str
    action: str
    repo: str
    """The repository as `owner/name`; empty if the event has none."""
    received_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """The criteria of a search; empty fields match everything."""

    guid: str = ""
    """A GUID or its prefix."""
    event: str = ""
    repo: str = ""
    before: float | None = None
    """Only deliveries received before this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """The state of a job that was last requested by a delivery."""

    key: str
    done: bool
    attempts: int
    error: str


def parse(text: str, before: float | None = None) -> DeliveryQuery:
    """Parse words into a query: a repository, a GUID and an event in any order; the last of each kind is used."""
    found = {"guid": "", "event": "", "repo": ""}
    for word in text.split()[:10]:
        if "/" in word:
            found["repo"] = word
        elif ("_" not in word and any(c.isdigit() for c in word)) or "-" in word:
            found["guid"] = word
        else:
            found["event"] = word.casefold()
    return DeliveryQuery(**found, before=before)


def repos_within(connection: Connection, query: DeliveryQuery) -> list[str]:
    """Return the repositories of the deliveries that a search would read."""
    window = sa.select(deliveries.c.repo).where(*_bounds(query)).order_by(deliveries.c.received_at.desc()).limit(WINDOW)
    return [name for name in connection.scalars(sa.select(window.subquery().c.repo).distinct()) if name]


def search(
    connection: Connection, query: DeliveryQuery, repos: Collection[str] | None, limit: int
) -> tuple[list[DeliveryRow], float | None]:
    """Return the matching deliveries in these repositories (None: all), newest first, and the time to continue from.

    The time is None at the end. Fewer than `limit` deliveries are returned if `WINDOW` rows contain no more.
    """
    window = _window(query)
    matching: list[sa.ColumnElement[bool]] = []
    if repos is not None:
        matching.append(window.c.repo.in_(list(repos)))
    if query.event:
        matching.append(window.c.event == query.event)
    if query.repo:
        matching.append(sa.func.lower(window.c.repo) == query.repo.casefold())
    matched = sa.select(window).where(*matching).order_by(window.c.received_at.desc()).limit(limit)
    found = [_row(row) for row in connection.execute(matched)]
    if len(found) == limit:
        return found, found[-1].received_at
    last = connection.scalar(_times(query).offset(WINDOW - 1).limit(1))
    return found, last


def known(connection: Connection, guid: str) -> DeliveryRow | None:
    """Return a delivery by its GUID; None if it is not on record."""
    row = connection.execute(sa.select(deliveries).where(deliveries.c.guid == guid)).one_or_none()
    return _row(row) if row is not None else None


def jobs_of(connection: Connection, guid: str) -> list[JobState]:
    """Return the jobs that were last requested by this delivery."""
    columns = jobs.c.key, jobs.c.wanted, jobs.c.done, jobs.c.attempts, jobs.c.error
    found = connection.execute(sa.select(*columns).where(jobs.c.cause == guid).order_by(jobs.c.key).limit(50))
    return [
        JobState(key=row.key, done=row.done >= row.wanted, attempts=row.attempts, error=row.error or "")
        for row in found
    ]


def _times(query: DeliveryQuery) -> sa.Select[Any]:
    times = sa.select(deliveries.c.received_at).where(*_bounds(query))
    return times.order_by(deliveries.c.received_at.desc())


def _window(query: DeliveryQuery) -> sa.Subquery:
    """Return a subquery of the rows that a search reads."""
    rows = sa.select(deliveries).where(*_bounds(query))
    return rows.order_by(deliveries.c.received_at.desc()).limit(WINDOW).subquery()


def _bounds(query: DeliveryQuery) -> list[sa.ColumnElement[bool]]:
    bounds: list[sa.ColumnElement[bool]] = []
    if len(query.guid) >= WHOLE_GUID:
        bounds.append(deliveries.c.guid == query.guid)
    elif query.guid:
        bounds.append(sa.func.substr(deliveries.c.guid, 1, len(query.guid)) == query.guid)
    if query.before is not None:
        bounds.append(deliveries.c.received_at < query.before)
    return bounds


def _row(row: Any) -> DeliveryRow:
    return DeliveryRow(
        guid=row.guid, event=row.event, action=row.action, repo=row.repo, received_at=row.received_at
    )  # fmt: skip
