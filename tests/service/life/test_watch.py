"""The watch of production: what it measures, when it ends, and what remains of it after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from app.production_watch import Watches
from app.tasks import page_content
from app.web.pages.drawing import line_plot
from hotfix.life.incident_life import derive_life
from hotfix.life.record import IncidentRecord, WatchReport
from tests.services.server import LoopbackService, Request
from tests.unit.life.records import at, policy, shipped


class Version(LoopbackService):
    """The health endpoint of the version in production."""

    well = True

    def answer(self, request: Request) -> tuple[int, Any]:
        return 200 if self.well else 503, {}


@pytest.fixture
def version() -> Iterator[Version]:
    with closing(Version()) as server:
        yield server


class Watcher:
    """An incident in production since minute 30, observed by services that are restarted."""

    def __init__(self, version: Version) -> None:
        self.policy = policy(f"watch: {{health: {version.url}/health}}")
        self.service = Watches(["127.0.0.1"])
        self.record: IncidentRecord = shipped()

    def look(self, minute: float, **changes: Any) -> WatchReport:
        self.record = self.service.observe(replace(self.record, **changes), self.policy, at(minute))
        assert self.record.watch is not None
        return self.record.watch

    def restart(self) -> None:
        """Restart the service, which keeps only the data of the status comment."""
        self.service = Watches(["127.0.0.1"])
        self.record = replace(self.record, watch=None)


def test_a_watch_that_is_over_is_never_measured_again(version: Version) -> None:
    watcher = Watcher(version)
    assert watcher.look(31).failed_at is None
    ended = watcher.look(91)
    assert (ended.last, ended.failing) == (at(91), ())
    asked, version.well = len(version.requests), False
    watcher.restart()
    assert watcher.look(200) == ended
    assert watcher.service.next(watcher.record, watcher.policy, at(200)) is None
    assert len(version.requests) == asked


def test_a_closed_incident_still_shows_what_was_measured(version: Version) -> None:
    watcher = Watcher(version)
    watcher.look(31)
    watcher.restart()
    closed = watcher.look(40, open=False)
    assert (closed.since, closed.gates, closed.failing) == (at(31), (f"health {version.url}/health",), ())


def test_what_failed_when_the_incident_closed_still_fails(version: Version) -> None:
    version.well = False
    watcher = Watcher(version)
    failing = watcher.look(31)
    assert failing.failing
    assert failing.failed_at == at(31)
    watcher.restart()
    closed = watcher.look(40, open=False)
    assert (closed.failing, closed.failed_at) == (failing.failing, at(31))


def test_a_gate_that_passes_again_no_longer_fails(version: Version) -> None:
    version.well = False
    watcher = Watcher(version)
    watcher.look(31)
    version.well = True
    again = watcher.look(33)
    assert (again.failing, again.failed_at) == ((), at(31))
    watcher.restart()
    assert watcher.look(40, open=False).failing == ()


def test_gates_may_change_while_they_are_watched(version: Version) -> None:
    watcher = Watcher(version)
    watcher.look(31)
    watcher.policy = policy(f"watch: {{health: {version.url}/other}}")
    assert watcher.look(31.1).gates == (f"health {version.url}/other",)


class Metrics(LoopbackService):
    """A Prometheus server that returns one sample."""

    rate = 0.2

    def answer(self, request: Request) -> tuple[int, Any]:
        sample = {"metric": {}, "value": [0, str(self.rate)]}
        return 200, {"status": "success", "data": {"resultType": "vector", "result": [sample]}}


def test_a_rate_of_errors_is_drawn_also_after_a_restart(version: Version) -> None:
    with closing(Metrics()) as metrics:
        watcher = Watcher(version)
        watcher.policy = policy(
            f"watch: {{gates: [{{prometheus: {metrics.url}, query: rate, max: 1, min-samples: 1}}]}}"
        )
        watcher.look(31)
        before = page_content.of_life(derive_life(watcher.record, watcher.policy, at(31)))
        watcher.restart()
        metrics.rate = 3.0
        watcher.look(33)
        after = page_content.of_life(derive_life(watcher.record, watcher.policy, at(33)))
    (series,) = page_content.with_earlier_points(after, before).page["watch"]["series"]
    assert series["points"] == [(at(31).timestamp(), 0.2), (at(33).timestamp(), 3.0)]
    plot = line_plot(series)
    assert [dot.over for dot in plot.dots] == [False, True]
    assert (plot.limit, plot.last) == (1.0, 3.0)


def test_a_gate_without_data_fails_in_the_end(version: Version) -> None:
    """`on-no-data: wait` waits as long as for a Prometheus server that doesn't answer, and no longer."""
    with closing(Metrics()) as metrics:
        metrics.rate = float("nan")
        watcher = Watcher(version)
        gate = f"{{prometheus: {metrics.url}, query: rate, max: 1, on-no-data: wait}}"
        watcher.policy = policy(f"watch: {{gates: [{gate}]}}")
        assert [watcher.look(minute).failing for minute in (31, 33, 35)] == [(), (), ("prometheus rate",)]
