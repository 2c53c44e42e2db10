"""Store who is logged in to the pages; a session ends when it is unused for a while, and after a working day."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.storage.database import sessions

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

IDLE = 2 * 3600.0
"""Seconds without a request after which a session ends."""
LONGEST = 8 * 3600.0
"""Seconds after which it ends anyway: as long as GitHub's token for a person is valid."""
SEEN_EVERY = 60.0
"""Seconds between two notes of when a session was used."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is logged in."""

    id: str
    """The hash by which it is stored."""
    login: str
    token: str
    """What GitHub gave for their consent."""
    seen_at: float


def hashed(cookie: str) -> str:
    """Return the name by which the session of a cookie is stored: the database alone opens none."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def new_cookie() -> str:
    """Return a value that nobody can guess."""
    return secrets.token_urlsafe(32)


def _cipher(key: str) -> Fernet:
    """Return the cipher of `key`, the App's client secret, which is not in the database."""
    from cryptography.fernet import Fernet  # loaded at the first login, not at the start

    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"hotfix sessions {key}".encode()).digest()))


def begin(connection: Connection, cookie: str, login: str, token: str, *, key: str, now: float) -> None:
    """Record a new session."""
    encrypted = _cipher(key).encrypt(token.encode()).decode()
    row = {"id": hashed(cookie), "login": login, "token": encrypted, "created_at": now, "seen_at": now}
    connection.execute(sessions.insert(), row)


def find(connection: Connection, cookie: str, *, key: str, now: float) -> Session | None:
    """Return the session of a cookie; None if there is none, or it ended."""
    query = sa.select(sessions).where(sessions.c.id == hashed(cookie), sa.not_(_ended(now)))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    from cryptography.fernet import InvalidToken

    try:
        token = _cipher(key).decrypt(row.token.encode()).decode()
    except InvalidToken:  # the client secret was changed
        return None
    return Session(row.id, row.login, token, row.seen_at)


def seen(connection: Connection, session_id: str, *, now: float) -> None:
    """Note that a session is in use."""
    connection.execute(sessions.update().where(sessions.c.id == session_id).values(seen_at=now))


def end(connection: Connection, session_id: str) -> None:
    """End a session."""
    connection.execute(sessions.delete().where(sessions.c.id == session_id))


def delete_ended(connection: Connection, *, now: float) -> int:
    """Delete the sessions that ended without a logout."""
    return connection.execute(sessions.delete().where(_ended(now))).rowcount


def _ended(now: float) -> sa.ColumnElement[bool]:
    return sa.or_(sessions.c.created_at < now - LONGEST, sessions.c.seen_at < now - IDLE)
