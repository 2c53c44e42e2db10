"""The state of a deployment, saved to disk before each irreversible step for recovery after a kill or an outage."""

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

from action.deployment.target import Target
from action.runner.command_run import Run
from action.runner.processes import ProcessId
from action.runner.run_context import RunContext
from hotfix.gates.gate import Quantity, Statuses
from hotfix.gates.measured_series import MeasuredSeries

_PRIVATE = ("rollback_run", "variables", "health_url", "environment_url")
"""Fields not kept after the job, since they may contain secrets."""
_KEPT_FOR = timedelta(days=1)


class Phase(StrEnum):
    """The progress of a deployment."""

    STARTED = "started"
    """The deployment is recorded; no command has run."""
    ROLLING_OUT = "rolling out"
    FINISHED = "finished"
    """The new version runs; this may not be recorded yet."""
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    """The previous version runs; this may not be recorded yet."""


@dataclass(slots=True, kw_only=True)
class DeploymentState:
    """The state of one deployment: its target, the previous version, and its progress."""

    environment: str
    production: bool
    task: str
    """The deployment's `task` on GitHub, which distinguishes the targets within an environment."""
    deployment: int = 0
    """ID of the deployment whose status records the outcome; 0 until it is created on GitHub."""
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    """Key for finding the deployment if the response to its creation was lost."""
    broken: int | None = None
    """ID of the deployment that this one rolls back; 0 if it is not on record, None if this is not a rollback."""
    tag: str
    sha: str
    previous_tag: str
    previous_sha: str
    steps: list[int] = field(default_factory=list)
    """The canary steps, in percent."""
    percentage: int = 0
    rollback_run: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables for the user's commands that are the same at each step; `environ` has all."""
    health_url: str | None = None
    health_status: Statuses = ((200, 299),)
    health_timeout: float = 10.0
    health_wait: float = 60.0
    environment_url: str = ""
    log_url: str = ""
    measured: list[Quantity] = field(default_factory=list)
    """Quantities that were measured so far and passed."""
    series: list[MeasuredSeries] = field(default_factory=list)
    """Numeric measurements so far."""
    left: list[ProcessId] = field(default_factory=list)
    """Commands that succeeded but left processes running, which may still be deploying."""
    phase: Phase = Phase.STARTED
    reason: str = ""
    recorded: bool = False
    """Whether the success is recorded on GitHub."""

    def add_number(self, gate: str, limit: float, at: float, value: float) -> None:
        """Add a gate's numeric measurement."""
        known = next((one for one in self.series if one.gate == gate), None)
        if known is None:
            self.series.append(MeasuredSeries(gate, limit, ((at, value),)))
        else:
            self.series[self.series.index(known)] = known.add(at, value)

    @property
    def name(self) -> str:
        """The version, for display."""
        return self.tag or self.sha[:12]

    @property
    def previous_name(self) -> str:
        """The previous version, for display; empty if there was none."""
        return self.previous_tag or self.previous_sha[:12]

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables for the user's commands now. In a rollback the percentage is 0."""
        percentage = 0 if self.phase is Phase.ROLLING_BACK else self.percentage
        number = str(self.deployment or self.broken or "")
        return {**self.variables, "HOTFIX_PERCENTAGE": str(percentage), "HOTFIX_DEPLOYMENT_ID": number}

    # The deployment to create on GitHub: of the previous version if this is a rollback.

    @property
    def deployed_sha(self) -> str:
        """The commit of the deployment on GitHub."""
        return self.sha if self.broken is None else self.previous_sha

    @property
    def deployed_ref(self) -> str:
        """The tag of that commit, or the commit if it has none."""
        return (self.tag if self.broken is None else self.previous_tag) or self.deployed_sha

    @property
    def description(self) -> str:
        """The description of the deployment on GitHub."""
        if self.broken is not None:
            return f"Roll back {self.name} to {self.previous_name}"
        return f"Hotfix {self.name} to {'production' if self.production else self.environment}"

    @property
    def payload(self) -> dict[str, Any]:
        """The data by which later runs recognize the deployment on GitHub."""
        if self.broken is not None:
            return {"kind": "rollback", "tag": self.previous_tag, "broken": self.broken or None}
        return {
            "kind": "deploy",
            "tag": self.tag,
            "previous": {"tag": self.previous_tag, "sha": self.previous_sha},
            "reversible": bool(self.rollback_run and self.previous_sha),
            "steps": self.steps,
        }


def begin(run: Run, target: Target) -> DeploymentState:
    """Return the initial state of a deployment, with everything needed to roll it back and to record it."""
    inputs = run.inputs
    return DeploymentState(
        environment=target.environment,
        production=target.production,
        task=run.task,
        tag=target.tag,
        sha=target.sha,
        previous_tag=target.previous_tag,
        previous_sha=target.previous_sha,
        steps=list(inputs.canary_steps),
        rollback_run=inputs.rollback_run,
        variables={
            "HOTFIX_ENVIRONMENT": target.environment,
            "HOTFIX_SHA": target.sha,
            "HOTFIX_TAG": target.tag,
            "HOTFIX_PREVIOUS_SHA": target.previous_sha,
            "HOTFIX_PREVIOUS_TAG": target.previous_tag,
            "HOTFIX_TARGET": inputs.target,
        },
        health_url=inputs.health_url,
        health_status=inputs.health_status,
        health_timeout=inputs.health_timeout,
        health_wait=inputs.health_wait,
        environment_url=inputs.environment_url or "",
        log_url=run.context.run_url,
    )


def path(temp: Path) -> Path:
    """Return the path of the state file in the runner's temporary folder; action.yml checks for it too."""
    return temp / "hotfix-under-way.json"


def save(context: RunContext, state: DeploymentState) -> None:
    """Write the state durably, for the job's next steps and, without possible secrets, for the runner's next jobs."""
    _write(path(context.temp), asdict(state))
    if file := _last_file(context, state.environment, state.task):
        with contextlib.suppress(OSError):  # this copy only helps during outages; a read-only home is not an error
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = {name: value for name, value in asdict(state).items() if name not in _PRIVATE}
            _write(file, {**known, "repo": context.repo, "saved_at": datetime.now(UTC).isoformat()})


def load(temp: Path) -> DeploymentState | None:
    """Return the saved state; None if no deployment was in progress."""
    try:
        return _state(json.loads(path(temp).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def clear(temp: Path) -> None:
    """Record that no deployment is in progress. If that fails, the last step is repeated, which is harmless."""
    with contextlib.suppress(OSError):
        path(temp).unlink()


def last_on_this_runner(context: RunContext, environment: str, task: str) -> tuple[DeploymentState, datetime] | None:
    """Return this runner's last deployment within a day and its time; None if there was none.

    `environment`: empty for production. A fallback for when GitHub does not respond: deployments from other runners are
    not included.
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
    """Write a file atomically."""
    new = target.with_suffix(f".{os.getpid()}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(target)
