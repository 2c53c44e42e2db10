"""What is under way, on disk before each step that can't be undone by itself: for the step that runs after a kill."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from action.gates.gate_inputs import Statuses


class Phase(StrEnum):
    """How far a deployment has come."""

    STARTED = "started"
    """Recorded, nothing was run yet."""
    ROLLING_OUT = "rolling out"
    FINISHED = "finished"
    """The new version runs; only the record is missing."""
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    """The previous version runs; only the record is missing."""


@dataclass(slots=True, kw_only=True)
class DeploymentState:
    """One deployment: what it is, what ran before it, and how far it has come."""

    environment: str
    deployment: int
    """The deployment whose status tells how it ended."""
    broken: int | None = None
    """For the command `rollback`: the deployment that is taken back, another one."""
    tag: str
    sha: str
    previous_tag: str
    previous_sha: str
    percentage: int = 0
    rollback_run: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """What the user's commands get to know."""
    health_url: str | None = None
    health_status: Statuses = ((200, 299),)
    health_timeout: float = 10.0
    health_wait: float = 60.0
    environment_url: str = ""
    log_url: str = ""
    phase: Phase = Phase.STARTED
    reason: str = ""
    process: int = 0
    """The process group of the command that runs now; 0 for none."""
    process_began: str = ""
    """When that process began, by `ps`: its number may be another's by now."""

    @property
    def before(self) -> str:
        """What ran before, for people; empty when nothing did."""
        return self.previous_tag or self.previous_sha[:12]


def path(temp: Path) -> Path:
    """The file that says so, in the runner's own folder; action.yml looks for it too."""
    return temp / "hotfix-under-way.json"


def save(temp: Path, saved: DeploymentState) -> None:
    """Write it whole and durably, or leave what was there."""
    target = path(temp)
    new = target.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(asdict(saved), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(target)


def load(temp: Path) -> DeploymentState | None:
    """What was under way; None when nothing was."""
    try:
        read = json.loads(path(temp).read_text(encoding="utf-8"))
        read["phase"] = Phase(read["phase"])
        read["health_status"] = tuple((low, high) for low, high in read["health_status"])
        return DeploymentState(**read)
    except FileNotFoundError:
        return None


def clear(temp: Path) -> None:
    """Nothing is under way any more."""
    path(temp).unlink(missing_ok=True)


def began(process: int) -> str:
    """When a process began, as a text to compare; empty when there is none."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        shown = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(process)], capture_output=True, text=True, timeout=5, check=False
        )
        return shown.stdout.strip()
    return ""
