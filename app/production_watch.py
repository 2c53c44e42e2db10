"""Measure the policy's gates while a fix is watched in production: often at first, then less often.

Only allowed hosts are contacted. The latest measurements are kept in memory: after a restart the gates are measured
again immediately. The start of the watch, the time of the first failure, the failing gates and the end of the watch are
stored in the status comment. Once a watch has ended or its incident is closed, its gates are never measured again, and
the stored results are shown.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

from hotfix.gates.gate import Gate, HealthGate, OnNoData, PrometheusGate, Quantity, ResponseTimeGate
from hotfix.gates.tally import Measurement, MeasurementKind
from hotfix.life.incident import Incident
from hotfix.life.record import GateSeries, IncidentRecord, WatchReport
from hotfix.policy import Policy

ERRORS_ALLOWED = 2
"""Number of consecutive measurement errors tolerated before the gate fails, unless the gate has its own limit."""
PARALLEL = 8
"""Maximum number of gates measured concurrently."""
MOST_POINTS = 200
"""Maximum number of measurements per gate kept for its plot."""
SINCE, FAILED, FAILING, ENDED = "watch-since", "watch-failed", "watch-failing", "watch-ended"


@dataclass(slots=True)
class _GateState:
    failures: int = 0
    """Number of consecutive failures."""
    errors: int = 0
    """Number of consecutive errors."""
    message: str = ""
    points: tuple[tuple[datetime, float], ...] = ()
    """The measured values, oldest first."""


@dataclass(slots=True)
class _WatchState:
    last: datetime
    gates: dict[str, _GateState] = field(default_factory=dict)


@dataclass(slots=True)
class Watches:
    """The measurements of this process, by repository, incident and deployment."""

    hosts: Collection[str] = ()
    """The hosts that the operator allows the service to contact."""
    _states: dict[tuple[str, int, int], _WatchState] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def observe(self, record: IncidentRecord, policy: Policy, now: datetime) -> IncidentRecord:
        """Return the record with the results of the watch, measuring the gates now if that is due."""
        incident = Incident(record, policy, now)
        began, live = incident.in_production_at, incident.live
        watched = gates_of(policy)
        if began is None or live is None or not watched:
            return record
        if not record.open or _kept(record, ENDED, live.id):
            return _as_kept(record, live.id, watched)
        key = (record.repo.casefold(), record.number, live.id)
        end = began + policy.clocks.watch[1]
        with self._lock:
            state = self._states.get(key)
        if state is None or (state.last < end and now >= self._due(state, began, policy)):
            state = self._measured(state, watched, min(now, max(now, began)))
            with self._lock:
                self._states[key] = state
        return _with(record, live.id, (began, end), state, watched)

    def next(self, record: IncidentRecord, policy: Policy, now: datetime) -> datetime | None:
        """Return the time of the next measurement; None if nothing is watched."""
        incident = Incident(record, policy, now)
        began, live = incident.in_production_at, incident.live
        if began is None or live is None or not gates_of(policy) or not record.open:
            return None
        if _kept(record, ENDED, live.id):
            return None
        with self._lock:
            state = self._states.get((record.repo.casefold(), record.number, live.id))
        end = began + policy.clocks.watch[1]
        if state is None:
            return now
        return None if state.last >= end else self._due(state, began, policy)

    @staticmethod
    def _due(state: _WatchState, began: datetime, policy: Policy) -> datetime:
        """Return the time of the next measurement: after the interval of the phase, and at the latest at the end."""
        close, end = (began + part for part in policy.clocks.watch)
        pause: timedelta = policy.clocks.poll[0] if state.last < close else policy.clocks.poll[1]
        due = state.last + pause
        return end if state.last < end < due else due

    def _measured(self, before: _WatchState | None, watched: tuple[Gate, ...], now: datetime) -> _WatchState:
        # Imported here because the HTTP client is needed only if something is watched.
        from hotfix.gates.allowed_hosts import AllowedHosts
        from hotfix.gates.measure import Probe, measure

        probe = Probe(transport=partial(AllowedHosts, self.hosts))
        with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
            found = list(pool.map(lambda gate: measure(gate, probe), watched))
        gates = dict(before.gates) if before else {}
        for gate, one in zip(watched, found, strict=True):
            state = gates.get(gate.name, _GateState())
            points = state.points if one.value is None else (*state.points, (now, one.value))[-MOST_POINTS:]
            gates[gate.name] = replace(_counted(state, gate, one), points=points)
        return _WatchState(now, gates)


def gates_of(policy: Policy) -> tuple[Gate, ...]:
    """Return the gates to measure: the health address, if any, and the policy's gates."""
    health = (HealthGate(health=policy.watch.health),) if policy.watch.health else ()
    return (*health, *policy.watch.gates)


def _counted(state: _GateState, gate: Gate, one: Measurement) -> _GateState:
    no_data = one.kind is MeasurementKind.NO_DATA
    if one.kind is MeasurementKind.FAILED or (no_data and gate.on_no_data is not OnNoData.WAIT):
        return _GateState(state.failures + 1, 0, f"no data: {one.message}" if no_data else one.message)
    if no_data or one.kind is MeasurementKind.ERROR:
        return replace(state, errors=state.errors + 1, message=one.wrong_use or one.message)
    return _GateState()


def _fails(state: _GateState, gate: Gate) -> bool:
    errors = ERRORS_ALLOWED if gate.error_limit is None else gate.error_limit
    return state.failures > (gate.failure_limit or 0) or state.errors > errors


def _with(
    record: IncidentRecord, deployment: int, times: tuple[datetime, datetime], state: _WatchState,
    watched: tuple[Gate, ...],
) -> IncidentRecord:  # fmt: skip
    """Return the record with the measurements. `times`: the start and the end of the watch."""
    states = {gate.name: state.gates.get(gate.name, _GateState()) for gate in watched}
    failing = {gate.name: states[gate.name].message for gate in watched if _fails(states[gate.name], gate)}
    since = _kept(record, SINCE, deployment) or max(state.last, times[0])
    failed = _kept(record, FAILED, deployment)  # kept: the timeline shows the first failure
    if failing and failed is None:
        failed = state.last
    entries = {SINCE: since.isoformat(), FAILED: failed.isoformat() if failed else ""}
    entries |= {FAILING: "\n".join(sorted(failing)), ENDED: state.last.isoformat() if state.last >= times[1] else ""}
    refs = {key: value for key, value in record.refs.items() if key not in entries}
    refs |= {key: f"{deployment} {value}" for key, value in entries.items() if value}
    seen = _report(since, state.last, watched, failed_at=failed, failing=tuple(sorted(failing)), why=failing)
    series = tuple(
        GateSeries(gate=gate.name, limit=gate.max, points=states[gate.name].points)
        for gate in watched
        if isinstance(gate, PrometheusGate | ResponseTimeGate) and states[gate.name].points
    )
    seen = replace(seen, series=series)
    return replace(record, watch=seen, refs=refs)


def _as_kept(record: IncidentRecord, deployment: int, watched: tuple[Gate, ...]) -> IncidentRecord:
    """Return the record with the results of an ended watch, as stored in the status comment."""
    since = _kept(record, SINCE, deployment)
    if since is None:
        return record
    last, failing = _kept(record, ENDED, deployment) or since, _entry(record, FAILING, deployment)
    failed = _kept(record, FAILED, deployment)
    seen = _report(since, last, watched, failed_at=failed, failing=tuple(filter(None, failing.split("\n"))))
    return replace(record, watch=seen)


def _report(since: datetime, last: datetime, watched: tuple[Gate, ...], **more: Any) -> WatchReport:
    errors = any(gate.quantity is Quantity.ERRORS for gate in watched)
    names = tuple(gate.name for gate in watched)
    return WatchReport(since=since, last=last, gates=names, errors_measured=errors, **more)


def _entry(record: IncidentRecord, key: str, deployment: int) -> str:
    """Return the value stored under a key of the status comment; empty if it belongs to another deployment."""
    of, _, text = record.refs.get(key, "").partition(" ")
    return text if of == str(deployment) else ""


def _kept(record: IncidentRecord, key: str, deployment: int) -> datetime | None:
    try:
        return datetime.fromisoformat(_entry(record, key, deployment))
    except ValueError:
        return None
