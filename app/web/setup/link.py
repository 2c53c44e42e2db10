"""The one-time link to the set-up page, and the states of registrations in progress."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable

LIFETIME = 3600.0
"""Seconds that the link, the page and a registration are valid."""
_MOST_STATES = 20


class SetupLink:
    """Access to the set-up page, granted for an hour to the browser that opens the link first. Thread-safe."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._made_at = now()
        self.token = secrets.token_urlsafe(32)
        self._session: str | None = None
        self._states: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def expired(self) -> bool:
        """Whether the link has expired."""
        return self._now() - self._made_at > LIFETIME

    def open(self, token: str) -> str | None:
        """Return a session for the first browser that opens the link with the correct token, None otherwise."""
        with self._lock:
            if (
                self.expired
                or self._session is not None
                or not hmac.compare_digest(token.encode(), self.token.encode())
            ):
                return None
            self._session = secrets.token_urlsafe(32)
            return self._session

    def knows(self, session: str) -> bool:
        """Return whether this is the valid session of the browser that opened the link."""
        with self._lock:
            known = self._session or ""
            return bool(session) and not self.expired and hmac.compare_digest(session.encode(), known.encode())

    def new_state(self) -> str:
        """Return a new `state` value, which GitHub sends back to prove that the registration began on our page."""
        with self._lock:
            while len(self._states) >= _MOST_STATES:
                self._states.pop(next(iter(self._states)))
            state = secrets.token_urlsafe(32)
            self._states[state] = self._now()
            return state

    def take_state(self, state: str) -> bool:
        """Consume a state. Return False if it is unknown, already used or expired."""
        with self._lock:
            made_at = self._states.pop(state, None)
            return made_at is not None and self._now() - made_at <= LIFETIME
