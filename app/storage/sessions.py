"""Store the sessions of users logged in to the pages.

A session ends after two hours without a request, and after eight hours at the latest.
"""

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
"""Seconds without a request after which a session expires."""
LONGEST = 8 * 3600.0
"""Maximum duration of a session in seconds: GitHub's user access tokens expire after eight hours."""
SEEN_EVERY = 60.0
"""Minimum number of seconds between two updates of `seen_at`."""


@dataclass(frozen=True, slots=True)
class Session:
    """The session of a user who is logged in."""

    id: str
    """The SHA-256 hash of the cookie, under which the session is stored."""
    login: str
    token: str
    """The user access token from GitHub."""
    seen_at: float


def hashed(cookie: str) -> str:
    """Return the ID under which the session of a cookie is stored. It can't be used as a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def new_cookie() -> str:
    """Return a random value for a cookie."""
    return secrets.token_urlsafe(32)


def _cipher(key: str) -> Fernet:
    """Return a cipher derived from `key`, the App's client secret, which is not stored in the database."""
    from cryptography.fernet import Fernet  # imported at the first login to keep the start fast

    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"hotfix sessions {key}".encode()).digest()))


def begin(connection: Connection, cookie: str, login: str, token: str, *, key: str, now: float) -> None:
    """Record a new session."""
    encrypted = _cipher(key).encrypt(token.encode()).decode()
    row = {"id": hashed(cookie), "login": login, "token": encrypted, "created_at": now, "seen_at": now}
    connection.execute(sessions.insert(), row)


def find(connection: Connection, cookie: str, *, key: str, now: float) -> Session | None:
    """Return the session of a cookie; None if there is none or it has expired."""
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
    """Record that a session was used."""
    connection.execute(sessions.update().where(sessions.c.id == session_id).values(seen_at=now))


def end(connection: Connection, session_id: str) -> None:
    """End a session."""
    connection.execute(sessions.delete().where(sessions.c.id == session_id))


def delete_ended(connection: Connection, *, now: float) -> int:
    """Delete expired sessions."""
    return connection.execute(sessions.delete().where(_ended(now))).rowcount


def _ended(now: float) -> sa.ColumnElement[bool]:
    return sa.or_(sessions.c.created_at < now - LONGEST, sessions.c.seen_at < now - IDLE)
