"""Save what is under way to disk before each step that can't be undone, for recovery after a kill or an outage."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from action.runner.processes import ProcessId
from action.runner.run_context import RunContext
from hotfix.gates.gate import Quantity, Statuses
from hotfix.gates.measured_series import MeasuredSeries

_PRIVATE = ("rollback_run", "variables", "health_url", "environment_url")
"""Not kept longer than the job: whoever wrote them may have put a secret into them."""
_KEPT_FOR = timedelta(days=1)


class Phase(StrEnum):
    """How far a deployment has come."""

    STARTED = "started"
    """On record; no command has run."""
    ROLLING_OUT = "rolling out"
    FINISHED = "finished"
    """The new version runs; its record may be missing."""
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    """The previous version runs; its record may be missing."""


@dataclass(slots=True, kw_only=True)
class DeploymentState:
    """One deployment: what it is, what ran before it, and how far it has come."""

    environment: str
    production: bool
    task: str
    """GitHub's name for what tells the targets of one environment apart."""
    deployment: int
    """The deployment whose status says how it ended; 0 until GitHub has one."""
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    """By which a deployment is found again if the answer to its creation was lost."""
    broken: int | None = None
    """The deployment that is rolled back by another one; 0 if it is not on record, None if this is not a rollback."""
    tag: str
    sha: str
    previous_tag: str
    previous_sha: str
    percentage: int = 0
    rollback_run: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """What the user's commands find in their environment."""
    health_url: str | None = None
    health_status: Statuses = ((200, 299),)
    health_timeout: float = 10.0
    health_wait: float = 60.0
    environment_url: str = ""
    log_url: str = ""
    measured: list[Quantity] = field(default_factory=list)
    """What was measured so far, and held."""
    series: list[MeasuredSeries] = field(default_factory=list)
    """The numbers that were measured so far."""
    left: list[ProcessId] = field(default_factory=list)
    """The commands that succeeded and left something running: perhaps they deploy still."""
    phase: Phase = Phase.STARTED
    reason: str = ""

    def add_number(self, gate: str, limit: float, at: float, value: float) -> None:
        """Add a number that a gate measured."""
        known = next((one for one in self.series if one.gate == gate), None)
        if known is None:
            self.series.append(MeasuredSeries(gate, limit, ((at, value),)))
        else:
            self.series[self.series.index(known)] = known.add(at, value)

    @property
    def name(self) -> str:
        """The version, for people."""
        return self.tag or self.sha[:12]

    @property
    def before(self) -> str:
        """What ran before, for people; empty if nothing did."""
        return self.previous_tag or self.previous_sha[:12]


def path(temp: Path) -> Path:
    """Return the file of what is under way, in the runner's own folder; action.yml looks for it too."""
    return temp / "hotfix-under-way.json"


def save(context: RunContext, state: DeploymentState) -> None:
    """Write the state durably, for the job's next steps and, without what may be secret, for the runner's next job."""
    _write(path(context.temp), asdict(state))
    if file := _last_file(context, state.environment, state.task):
        with contextlib.suppress(OSError):  # a convenience for outages; a home that can't be written to has none
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = {name: value for name, value in asdict(state).items() if name not in _PRIVATE}
            _write(file, {**known, "repo": context.repo, "saved_at": datetime.now(UTC).isoformat()})


def load(temp: Path) -> DeploymentState | None:
    """Return what was under way; None if nothing was."""
    try:
        return _state(json.loads(path(temp).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def clear(temp: Path) -> None:
    """Record that nothing is under way any more. If that fails, the last act is repeated, which does no harm."""
    with contextlib.suppress(OSError):
        path(temp).unlink()


def last_on_this_runner(context: RunContext, environment: str, task: str) -> tuple[DeploymentState, datetime] | None:
    """Return the last deployment that this runner made within a day, and when. None if it made none.

    `environment`: empty for production. It is what to go by if GitHub gives no answer: other runners are not seen.
    """
    folder = context.state_folder
    found = []
    for file in folder.glob("*.json") if folder else ():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            read = json.loads(file.read_text(encoding="utf-8"))
            at, repo = datetime.fromisoformat(read.pop("saved_at")), read.pop("repo")
            state = _state(read)
            asked = state.environment.casefold() == environment.casefold() if environment else state.production
            recent = datetime.now(UTC) - at < _KEPT_FOR
            same_file = file == _last_file(context, state.environment, state.task)
            if repo == context.repo and same_file and asked and state.task == task and recent:
                found.append((state, at))
    return max(found, key=lambda each: each[1], default=None)


def _last_file(context: RunContext, environment: str, task: str) -> Path | None:
    name = "\n".join((context.server_url, context.repo, environment.casefold(), task))
    folder = context.state_folder
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json" if folder else None


def _state(read: Mapping[str, Any]) -> DeploymentState:
    statuses = tuple((low, high) for low, high in read["health_status"])
    series = [
        MeasuredSeries(one["gate"], one["limit"], tuple((at, value) for at, value in one["points"]))
        for one in read.get("series", ())
    ]
    left = [ProcessId(**one) for one in read.get("left", ())]
    known = {"phase": Phase(read["phase"]), "health_status": statuses, "series": series, "left": left}
    return DeploymentState(**{**read, **known})


def _write(target: Path, data: Mapping[str, Any]) -> None:
    """Write a file whole, or leave what was there."""
    new = target.with_suffix(f".{os.getpid()}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(target)
