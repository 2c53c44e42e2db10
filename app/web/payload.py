"""Read a webhook's payload without trusting its shape."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

REPO = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]{1,100}/(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")
SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
LOGIN = re.compile(r"[A-Za-z0-9_.-]{1,100}(?:\[bot\])?")
LARGEST = 2**63 - 1
LONGEST = 2000
"""Characters of a name, reference or address; what people write is read by `text_or`."""


class MalformedPayload(Exception):
    """The payload is not what GitHub sends; says which field."""


class Payload:
    """A JSON object and the way to its fields. Each reader raises MalformedPayload, naming the field."""

    __slots__ = ("_data", "_where")

    def __init__(self, data: Any, where: str = "") -> None:
        if not isinstance(data, dict):
            raise MalformedPayload(f"{where or 'the payload'} is not an object")
        self._data = data
        self._where = where

    def _get(self, path: tuple[str, ...]) -> Any:
        value: Any = self._data
        for name in path:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    def _name(self, path: tuple[str, ...]) -> str:
        return ".".join((self._where, *path) if self._where else path)

    def has(self, *path: str) -> bool:
        """Return whether the field of that path exists and is not null."""
        return self._get(path) is not None

    def text(self, *path: str) -> str:
        """Return a name, reference or address of at most LONGEST characters."""
        value = self._get(path)
        if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
            raise MalformedPayload(f"{self._name(path)} is not a text of at most {LONGEST:,} characters")
        return value

    def text_or(self, default: str, *path: str) -> str:
        """Return what people wrote, however long; the default if there is no text."""
        value = self._get(path)
        return value.replace("\0", "") if isinstance(value, str) else default

    def flag(self, *path: str) -> bool:
        """Return whether the field is true; False if it is missing."""
        return self._get(path) is True

    def number(self, *path: str) -> int:
        """Return a whole number from 0 up, as ids and counts are."""
        value = self._get(path)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
            raise MalformedPayload(f"{self._name(path)} is not a number")
        return value

    def number_or(self, default: int, *path: str) -> int:
        """Return the same; the default if the field is missing or null."""
        return self.number(*path) if self.has(*path) else default

    def matching(self, pattern: re.Pattern[str], what: str, *path: str) -> str:
        """Return a text that is all of a pattern; `what` says in words what it should be."""
        value = self.text(*path)
        if not pattern.fullmatch(value):
            raise MalformedPayload(f"{self._name(path)} is not {what}")
        return value

    def sha(self, *path: str) -> str:
        """Return a commit's whole SHA."""
        return self.matching(SHA, "a commit's SHA", *path)

    def login(self, *path: str) -> str:
        """Return an account's login, a bot's with its `[bot]`."""
        return self.matching(LOGIN, "an account's login", *path)

    def time(self, *path: str) -> float:
        """Return the field's time in seconds since the epoch."""
        try:
            moment = datetime.fromisoformat(self.text(*path))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError, OSError):
            raise MalformedPayload(f"{self._name(path)} is not a time") from None

    def host(self, *path: str) -> str:
        """Return the host of an address; empty if the field is missing."""
        try:
            return urlsplit(self.text_or("", *path)).netloc
        except ValueError:
            raise MalformedPayload(f"{self._name(path)} is not an address") from None

    def part(self, *path: str) -> Payload:
        """Return the object below this path."""
        return Payload(self._get(path), self._name(path))

    def parts(self, *path: str) -> list[Payload]:
        """Return the objects of a list; none if the field is missing or null."""
        value = self._get(path)
        if value is None:
            return []
        if not isinstance(value, list):
            raise MalformedPayload(f"{self._name(path)} is not a list")
        return [Payload(item, f"{self._name(path)}[{i}]") for i, item in enumerate(value)]

    def texts(self, *path: str) -> list[str]:
        """Return the texts of a list; what is none is left out."""
        value = self._get(path)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    # What nearly every event has.

    @property
    def repo(self) -> str:
        """`owner/name`."""
        return self.matching(REPO, "owner/name", "repository", "full_name")

    @property
    def installation(self) -> int:
        """The installation's number; 0 if the event names none, which is then looked up by the repository."""
        return self.number_or(0, "installation", "id")

    @property
    def by_bot(self) -> bool:
        """Whether a bot caused the event."""
        return self.text_or("", "sender", "type") == "Bot"

    @property
    def sender(self) -> str:
        """The login of whoever did it; empty if the event does not say."""
        return self.text_or("", "sender", "login")
