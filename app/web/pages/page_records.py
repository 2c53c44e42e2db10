"""Cache the parsed records of all repositories for the pages, and read them again only after a change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from app.storage import snapshots
from app.storage.snapshots import SnapshotsVersion
from app.tasks.page_content import figures_from_json
from hotfix.life.figures import Measured

KEPT = 30.0
"""Seconds after which the records are read again even if they appear unchanged."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One open incident or hotfix."""

    name: str
    number: int
    kind: str
    due_at: float
    card: dict[str, Any]

    @property
    def url(self) -> str:
        return f"/{self.name}/{'incidents' if self.kind == snapshots.INCIDENT else 'pull'}/{self.number}"


@dataclass(slots=True)
class PageRecords:
    """The records of all repositories; the pages decide who may see which. Thread-safe."""

    now: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[SnapshotsVersion, float, Any]] = field(default_factory=dict)

    def open_rows(self, connection: Connection) -> tuple[tuple[Row, ...], float]:
        """Return the open incidents and hotfixes, most urgent first, and the time of the last change."""
        rows, version = self._unchanged(
            "open", connection, lambda: tuple(Row(*one) for one in snapshots.open_cards(connection))
        )
        return rows, version.changed_at

    def measured(self, connection: Connection) -> tuple[tuple[str, Measured], ...]:
        """Return each incident's contribution to the figures, with its repository."""
        found, _ = self._unchanged(
            "figures",
            connection,
            lambda: tuple((name, figures_from_json(one)) for name, one in snapshots.figures(connection)),
        )
        return found

    def _unchanged(self, what: str, connection: Connection, read: Callable[[], T]) -> tuple[T, SnapshotsVersion]:
        version, now = snapshots.version(connection), self.now()
        if (kept := self._kept.get(what)) and kept[0] == version and now - kept[1] < KEPT:
            found: T = kept[2]
            return found, version
        found = read()
        self._kept[what] = (version, now, found)
        return found, version
