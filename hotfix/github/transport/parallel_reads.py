"""Reads that are collected, sent in parallel rounds, and each sent only once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import partial
from typing import Any

from hotfix.github.transport.client import Client


class Reads:
    """The scheduled and completed reads of one evaluation."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._scheduled: dict[Hashable, Callable[[], Any]] = {}
        self._read: dict[Hashable, Future[Any]] = {}

    def add(self, key: Hashable, work: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        """Schedule a read for the next round, unless it was already sent."""
        if key not in self._read:
            self._scheduled[key] = partial(work, *arguments, **options)

    def send(self) -> None:
        """Send the scheduled reads in parallel, and wait for all of them."""
        if not self._scheduled:
            return
        wanted, self._scheduled = self._scheduled, {}
        self._read |= dict(zip(wanted, self._client.gather(*wanted.values()), strict=True))

    def done(self) -> tuple[tuple[Hashable, Future[Any]], ...]:
        """Return all completed reads with their keys."""
        return tuple(self._read.items())

    def __contains__(self, key: Hashable) -> bool:
        return key in self._read

    def get(self, key: Hashable) -> Any:
        """Return the result of a read; None if it was not sent. Raises the error that the read raised."""
        return self[key] if key in self._read else None

    def __getitem__(self, key: Hashable) -> Any:
        """Return the result of a read. Raises the error that the read raised."""
        return self._read[key].result()
