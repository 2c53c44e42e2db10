"""Concurrent gates: when each is measured, when its result is final and when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from action.gates.measurement_loop import MeasurementLoop, MonotonicClock
from action.runner.inputs import Inputs
from hotfix.gates.gate import CommandGate, Gate, OnNoData, PrometheusGate
from hotfix.gates.tally import Measurement, MeasurementKind, WatchOutcome, WatchResult

KINDS = st.sampled_from(list(MeasurementKind))


class Time:
    """A clock that advances only on sleep."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, length: float) -> None:
        assert length >= 0
        self.now += length


def watched(
    kinds: list[MeasurementKind], gate: Gate | None = None, duration: float | None = None, **inputs: Any
) -> tuple[WatchOutcome, list[float]]:
    """Watch one gate that yields these kinds in order, repeating the last; return the outcome and the times."""
    time, moments = Time(), []
    answers: Iterator[MeasurementKind] = iter(kinds)
    last = [kinds[-1]]

    def measure(_gate: Gate, _extra: object) -> Measurement:
        moments.append(time.now)
        last[0] = next(answers, last[0])
        return Measurement(last[0], "seen")

    settings = Inputs.model_validate(
        {"command": "monitor", **{name.replace("_", "-"): value for name, value in inputs.items()}}
    )
    run = MeasurementLoop(settings, lambda *_: None, MonotonicClock(lambda: time.now, time.sleep), measure)
    outcome, _ = run([gate or CommandGate(command="x")], {}, duration=duration)
    return outcome, moments


def test_a_gate_is_measured_count_times_an_interval_apart() -> None:
    outcome, moments = watched([MeasurementKind.PASSED], interval="30s", count="4")
    assert (outcome.result, outcome.samples) == (WatchResult.PASSED, 4)
    assert moments == [30, 60, 90, 120]


def test_monitoring_measures_until_the_duration_is_over() -> None:
    outcome, moments = watched([MeasurementKind.PASSED], interval="60s", duration=900.0)
    assert (outcome.result, outcome.samples) == (WatchResult.PASSED, 15)
    assert moments[-1] == 900


def test_a_zero_interval_does_not_flood_the_target() -> None:
    outcome, _ = watched([MeasurementKind.PASSED], interval="0s", duration=1.0)
    assert outcome.samples <= 21


def test_a_duration_below_the_interval_measures_once() -> None:
    outcome, moments = watched([MeasurementKind.PASSED], interval="60s", duration=10.0)
    assert (outcome.samples, moments) == (1, [10])


def test_the_first_failure_ends_it_unless_some_are_allowed() -> None:
    assert watched([MeasurementKind.PASSED, MeasurementKind.FAILED])[0].result is WatchResult.FAILED
    outcome, _ = watched([MeasurementKind.FAILED, MeasurementKind.PASSED], failure_limit="1", count="3")
    assert (outcome.result, outcome.samples) == (WatchResult.PASSED, 3)


def test_errors_in_a_row_end_a_watch_as_unknown() -> None:
    outcome, moments = watched([MeasurementKind.ERROR], error_limit="3")
    assert (outcome.result, len(moments)) == (WatchResult.UNKNOWN, 4)
    ups_and_downs = [MeasurementKind.ERROR, MeasurementKind.ERROR, MeasurementKind.PASSED] * 5
    outcome, moments = watched(ups_and_downs, error_limit="2", count="5")
    assert (outcome.result, len(moments)) == (WatchResult.PASSED, 15)


def test_no_data_never_passes() -> None:
    assert watched([MeasurementKind.NO_DATA])[0].result is WatchResult.FAILED
    outcome, moments = watched([MeasurementKind.NO_DATA], on_no_data="wait", error_limit="2")
    assert (outcome.result, len(moments)) == (WatchResult.UNKNOWN, 3)
    outcome, _ = watched([MeasurementKind.NO_DATA, MeasurementKind.PASSED], on_no_data="wait", count="2")
    assert (outcome.result, outcome.samples) == (WatchResult.PASSED, 3)


def test_failures_that_are_allowed_let_no_gate_pass_unseen() -> None:
    outcome, _ = watched([MeasurementKind.NO_DATA], failure_limit="3", count="2")
    assert outcome.result is WatchResult.FAILED
    outcome, _ = watched([MeasurementKind.NO_DATA, MeasurementKind.PASSED], failure_limit="1", count="2")
    assert outcome.result is WatchResult.PASSED


@pytest.mark.parametrize("kind", [MeasurementKind.NO_DATA, MeasurementKind.ERROR])
def test_a_watch_that_ends_before_any_data_is_unknown(kind: MeasurementKind) -> None:
    """A short watch, or one with a long interval, may see only as many errors as are allowed in a row."""
    outcome, moments = watched([kind], on_no_data="wait", interval="5m", duration=900.0)
    assert (outcome.result, moments) == (WatchResult.UNKNOWN, [300, 600, 900])
    assert outcome.message == "0 of 3 measurements had data, 1 needed; last: seen"


def test_a_rate_needs_enough_measurements_with_data() -> None:
    gate = PrometheusGate.model_validate({"prometheus": "https://p", "query": "q", "max": 1, "min-samples": 5})
    outcome, moments = watched([MeasurementKind.PASSED], gate, count="2")
    assert (outcome.result, len(moments)) == (WatchResult.PASSED, 5)
    outcome, _ = watched([MeasurementKind.PASSED], gate, duration=60.0, interval="30s")
    assert outcome.result is WatchResult.UNKNOWN


def test_a_gates_own_settings_win() -> None:
    gate = CommandGate.model_validate({"command": "x", "interval": "5s", "count": 2})
    _, moments = watched([MeasurementKind.PASSED], gate, interval="30s", count="9")
    assert moments == [5, 10]


@given(
    kinds=st.lists(KINDS, min_size=1, max_size=60),
    count=st.integers(1, 12),
    failure_limit=st.integers(0, 3),
    error_limit=st.integers(0, 3),
    on_no_data=st.sampled_from(list(OnNoData)),
)
def test_a_pass_always_rests_on_enough_good_measurements(
    kinds: list[MeasurementKind], count: int, failure_limit: int, error_limit: int, on_no_data: OnNoData
) -> None:
    kinds += [MeasurementKind.FAILED] * 5
    outcome, moments = watched(
        kinds, count=count, failure_limit=failure_limit, error_limit=error_limit, on_no_data=on_no_data, interval="1s"
    )
    seen = kinds[: len(moments)]
    failures = (
        {MeasurementKind.FAILED, MeasurementKind.NO_DATA} if on_no_data is OnNoData.FAIL else {MeasurementKind.FAILED}
    )
    good, bad = seen.count(MeasurementKind.PASSED), sum(kind in failures for kind in seen)
    match outcome.result:
        case WatchResult.PASSED:
            assert MeasurementKind.PASSED in seen or MeasurementKind.FAILED in seen
            assert good + bad >= count
            assert bad <= failure_limit
        case WatchResult.FAILED:
            assert bad == failure_limit + 1
        case WatchResult.UNKNOWN:
            assert len(seen) > error_limit
            assert not any(kind is MeasurementKind.PASSED or kind in failures for kind in seen[-error_limit - 1 :])
