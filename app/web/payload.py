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
"""Maximum number of characters of a name, reference or URL; longer texts are read by `text_or`."""


class MalformedPayload(Exception):
    """The payload does not have the expected shape; the message names the field."""


class Payload:
    """A JSON object with typed access to its fields. Each accessor raises MalformedPayload, naming the field."""

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
        """Return whether the field at this path exists and is not null."""
        return self._get(path) is not None

    def text(self, *path: str) -> str:
        """Return a name, reference or URL of at most `LONGEST` characters."""
        value = self._get(path)
        if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
            raise MalformedPayload(f"{self._name(path)} is not a text of at most {LONGEST:,} characters")
        return value

    def text_or(self, default: str, *path: str) -> str:
        """Return a text of any length, or the default if the field is not a text."""
        value = self._get(path)
        return value.replace("\0", "") if isinstance(value, str) else default

    def flag(self, *path: str) -> bool:
        """Return whether the field is true, or False if it is missing."""
        return self._get(path) is True

    def number(self, *path: str) -> int:
        """Return a non-negative integer, such as an ID or a count."""
        value = self._get(path)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
            raise MalformedPayload(f"{self._name(path)} is not a number")
        return value

    def number_or(self, default: int, *path: str) -> int:
        """Return a non-negative integer, or the default if the field is missing or null."""
        return self.number(*path) if self.has(*path) else default

    def matching(self, pattern: re.Pattern[str], what: str, *path: str) -> str:
        """Return a text that fully matches a pattern. `what` describes the pattern in the error message."""
        value = self.text(*path)
        if not pattern.fullmatch(value):
            raise MalformedPayload(f"{self._name(path)} is not {what}")
        return value

    def sha(self, *path: str) -> str:
        """Return a full commit SHA."""
        return self.matching(SHA, "a commit's SHA", *path)

    def login(self, *path: str) -> str:
        """Return an account's login; a bot's includes the suffix `[bot]`."""
        return self.matching(LOGIN, "an account's login", *path)

    def time(self, *path: str) -> float:
        """Return the field's time in seconds since the epoch."""
        try:
            moment = datetime.fromisoformat(self.text(*path))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError, OSError):
            raise MalformedPayload(f"{self._name(path)} is not a time") from None

    def host(self, *path: str) -> str:
        """Return the host of a URL; empty if the field is missing."""
        try:
            return urlsplit(self.text_or("", *path)).netloc
        except ValueError:
            raise MalformedPayload(f"{self._name(path)} is not an address") from None

    def part(self, *path: str) -> Payload:
        """Return the object at this path."""
        return Payload(self._get(path), self._name(path))

    def parts(self, *path: str) -> list[Payload]:
        """Return the objects of a list; empty if the field is missing or null."""
        value = self._get(path)
        if value is None:
            return []
        if not isinstance(value, list):
            raise MalformedPayload(f"{self._name(path)} is not a list")
        return [Payload(item, f"{self._name(path)}[{i}]") for i, item in enumerate(value)]

    def texts(self, *path: str) -> list[str]:
        """Return the texts of a list, without items of other types."""
        value = self._get(path)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    # Fields of nearly every event.

    @property
    def repo(self) -> str:
        """The repository as `owner/name`."""
        return self.matching(REPO, "owner/name", "repository", "full_name")

    @property
    def installation(self) -> int:
        """The installation's ID; 0 if the event does not contain it. It is then looked up by the repository."""
        return self.number_or(0, "installation", "id")

    @property
    def by_bot(self) -> bool:
        """Whether a bot caused the event."""
        return self.text_or("", "sender", "type") == "Bot"

    @property
    def sender(self) -> str:
        """The login of the event's sender; empty if missing."""
        return self.text_or("", "sender", "login")
