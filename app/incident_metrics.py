"""Prometheus metrics for incidents, computed from the snapshots stored for the pages."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from app import metrics
from app.storage import snapshots

if TYPE_CHECKING:
    from hotfix.life.figures import Figures

log = structlog.get_logger(part="metrics")

FRESH = 30.0
"""Minimum number of seconds between two reads of the figures, however often they are scraped."""
DAYS = 90
"""Number of days of incidents that the figures cover."""


class IncidentMetrics:
    """Updates the gauges when /metrics is scraped."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read = read
        self._lock = Lock()
        self._read_at = -math.inf

    def update(self) -> None:
        """Read the figures unless they are fresh. If the database can't be read, the gauges keep their values."""
        with self._lock:
            if time.monotonic() - self._read_at < FRESH:
                return
            self._read_at = time.monotonic()
            try:
                with self._read() as connection:
                    cards = snapshots.open_cards(connection)
                    found = snapshots.figures(connection)
            except SQLAlchemyError as error:
                log.warning("incident figures could not be read", reason=type(error).__name__)
                return
        # Imported here to keep the start fast: these modules are needed only for pages and metrics.
        from app.tasks.page_content import figures_from_json
        from hotfix.life.figures import figures_of

        incidents = [card for _, _, kind, _, card in cards if kind == snapshots.INCIDENT]
        _show_open(incidents)
        since = time.time() - DAYS * 86_400
        _show_figures(figures_of(figures_from_json(one) for _, one in found if one["declared_at"] >= since))


def _show_open(cards: list[dict[str, Any]]) -> None:
    from hotfix.life.stages import Stage

    stages = Counter(card["stage"] for card in cards)
    for stage in set(Stage) - {Stage.CLOSED, Stage.CAN_WAIT}:
        metrics.incidents_open.labels(stage.value).set(stages[stage.value])
    metrics.incident_debts.set(sum(len(card["debts"]) for card in cards))


def _show_figures(total: Figures) -> None:
    for name, median in total.medians.items():
        metrics.incident_median.labels(name).set(median.total_seconds() if median is not None else math.nan)
    kept, of = total.within_sla
    counts = {
        "declared": total.incidents, "shipped": total.hotfixes, "rolled_back": total.rollbacks,
        "overridden": total.overrides, "sla_kept": kept, "sla_missed": of - kept,
    }  # fmt: skip
    for result, count in counts.items():
        metrics.incident_counts.labels(result).set(count)
