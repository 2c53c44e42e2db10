"""Metrics for incidents on /metrics."""

from __future__ import annotations

import math

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.engine import Engine

from app import incident_metrics
from app.incident_metrics import IncidentMetrics
from app.storage import snapshots
from app.storage.database import writing
from app.tasks import page_content
from tests.unit.life.records import life, record, settled, shipped


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_figures_and_open_incidents_are_shown(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incident_metrics, "DAYS", 1_000_000)
    with writing(engine) as connection:
        for number, of in enumerate((life(record(number=1), 10), life(shipped(number=2), 50), life(settled(), 100)), 1):
            assert of.record.number in (number, 7)
            snapshots.record(connection, page_content.of_life(of))
    shown = IncidentMetrics(engine.connect)
    shown.update()
    assert metric("hotfix_incidents_open", stage="declared") == 1
    assert metric("hotfix_incidents_open", stage="watching") == 1
    assert metric("hotfix_incidents_open", stage="fixing") == 0
    assert metric("hotfix_incident_debts_open") == 7
    assert metric("hotfix_incident_seconds_median", time_to="production") == 1800
    assert metric("hotfix_incidents_90d", result="declared") == 3
    assert metric("hotfix_incidents_90d", result="shipped") == 2
    assert metric("hotfix_incidents_90d", result="sla_kept") == 2
    with writing(engine) as connection:
        snapshots.forget_repo(connection, "acme/shop")
    shown.update()
    assert metric("hotfix_incidents_90d", result="declared") == 3, "read at most twice a minute"
    IncidentMetrics(engine.connect).update()
    assert metric("hotfix_incidents_90d", result="declared") == 0
    assert math.isnan(metric("hotfix_incident_seconds_median", time_to="production") or 0.0), "nothing is not 0 s"
