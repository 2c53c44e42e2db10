"""Store the messages about incidents to other services: what was sent, and what was not and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.storage.database import messages, upsert

HEADLINE = "headline"
"""The key of an update of the channel's first message; stored only while the update can't be delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message to one recipient, delivered or not."""

    repo: str
    number: int
    """The number of the incident."""
    recipient: str
    """The recipient, as in `MessageDelivery.to`."""
    key: str
    """The event that the message reports, such as `declared` or `deployed 12`."""
    kind: str
    at: float
    ref: str = ""
    """The message's ID at the service, in the format of its client."""
    problem: str = ""
    """The reason why it could not be delivered; empty if it was delivered."""


def of_incident(connection: Connection, repo: str, number: int) -> list[MessageRow]:
    """Return the messages of an incident, oldest first."""
    here = sa.and_(messages.c.repo == repo.casefold(), messages.c.number == number)
    found = connection.execute(sa.select(messages).where(here).order_by(messages.c.at, messages.c.key))
    return [MessageRow(**{name: getattr(row, name) for name in MessageRow.__slots__}) for row in found]


def undelivered(connection: Connection, repo: str) -> frozenset[int]:
    """Return the numbers of a repository's incidents with undelivered messages."""
    failed = sa.and_(messages.c.repo == repo.casefold(), messages.c.problem != "")
    return frozenset(connection.scalars(sa.select(messages.c.number).where(failed).distinct()))


def record(connection: Connection, rows: Sequence[MessageRow]) -> None:
    """Record messages, replacing existing rows with the same keys."""
    for row in (each for each in rows if each.key == HEADLINE and not each.problem):
        about = {"repo": row.repo.casefold(), "number": row.number, "recipient": row.recipient, "key": row.key}
        connection.execute(messages.delete().filter_by(**about))
    rows = [each for each in rows if each.key != HEADLINE or each.problem]
    if not rows:
        return
    insert = upsert(messages, connection.dialect.name)
    replaced = {name: insert.excluded[name] for name in ("kind", "at", "ref", "problem")}
    keys = [messages.c.repo, messages.c.number, messages.c.recipient, messages.c.key]
    statement = insert.on_conflict_do_update(index_elements=keys, set_=replaced)
    connection.execute(statement, [asdict(row) | {"repo": row.repo.casefold()} for row in rows])
