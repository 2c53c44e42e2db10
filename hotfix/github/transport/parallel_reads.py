"""Send reads in parallel rounds, each of them once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

from hotfix.github.transport.client import Client


class Reads:
    """What one evaluation has read so far."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._scheduled: dict[Hashable, Callable[[], Any]] = {}
        self._read: dict[Hashable, Future[Any]] = {}

    def add(self, key: Hashable, work: Callable[[], Any]) -> None:
        """Put a read on the list of the next round, unless it was read before."""
        if key not in self._read:
            self._scheduled[key] = work

    def send(self) -> None:
        """Send what is wanted, all at once, and wait for it."""
        if not self._scheduled:
            return
        wanted, self._scheduled = self._scheduled, {}
        self._read |= dict(zip(wanted, self._client.gather(*wanted.values()), strict=True))

    def done(self) -> tuple[tuple[Hashable, Future[Any]], ...]:
        """Return everything that was read."""
        return tuple(self._read.items())

    def __contains__(self, key: Hashable) -> bool:
        return key in self._read

    def __getitem__(self, key: Hashable) -> Any:
        """Return what was read. Raises what the read raised."""
        return self._read[key].result()
