"""Read the context of the workflow run from the runner's `GITHUB_*` and `RUNNER_*` variables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from action.runner.command_errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The workflow run that this step belongs to."""

    repo: str
    """The repository as `owner/name`."""
    api_url: str
    server_url: str
    sha: str
    """The run's commit. For a pull request it is GitHub's merge commit; see `head_sha`."""
    ref: str
    """The run's ref: `refs/heads/...`, `refs/tags/...` or `refs/pull/.../merge`."""
    event: Mapping[str, Any]
    """The payload of the webhook event."""
    run_id: int
    run_attempt: int
    job: str
    runner: str
    job_token: str
    """The job's own `GITHUB_TOKEN`. Events that it causes do not trigger workflows."""
    job_total: int
    """Number of jobs in the matrix of this job; 1 if there is no matrix."""
    temp: Path
    state_folder: Path | None
    """The folder for state that outlives a job; None without a home directory."""
    output: Path | None
    summary: Path | None
    not_ours: tuple[Path, ...]
    """Files that change the job's later steps. Neither the Action nor the user's commands may write to them."""

    @property
    def run_url(self) -> str:
        """The URL of this run attempt."""
        return f"{self.server_url}/{self.repo}/actions/runs/{self.run_id}/attempts/{self.run_attempt}"

    @property
    def pull(self) -> Mapping[str, Any] | None:
        """The event's pull request, if it has one."""
        found = self.event.get("pull_request")
        return found if isinstance(found, dict) else None

    @property
    def head_sha(self) -> str:
        """The pull request's head commit, or the run's commit if there is no pull request."""
        return str(self.pull["head"]["sha"]) if self.pull else self.sha

    @property
    def branch(self) -> str | None:
        """The pull request's head branch, or the run's branch if there is no pull request; None for a tag."""
        if self.pull:
            return str(self.pull["head"]["ref"])
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None


def read(environ: Mapping[str, str]) -> RunContext:
    """Read the context of the run. Raises UsageError outside a workflow job."""

    def needed(name: str) -> str:
        value = environ.get(name, "")
        if not value:
            raise UsageError(f"{name} is not set: this runs only as a step of a GitHub workflow.")
        return value

    def file(name: str) -> Path | None:
        return Path(environ[name]) if environ.get(name) else None

    def number(name: str) -> int:
        value = environ.get(name, "")
        return int(value) if value.isdecimal() else 1

    return RunContext(
        repo=needed("GITHUB_REPOSITORY"),
        api_url=environ.get("GITHUB_API_URL") or "https://api.github.com",
        server_url=environ.get("GITHUB_SERVER_URL") or "https://github.com",
        sha=needed("GITHUB_SHA"),
        ref=environ.get("GITHUB_REF", ""),
        event=_event(file("GITHUB_EVENT_PATH")),
        run_id=number("GITHUB_RUN_ID"),
        run_attempt=number("GITHUB_RUN_ATTEMPT"),
        job=environ.get("GITHUB_JOB", ""),
        runner=environ.get("RUNNER_NAME", ""),
        job_token=environ.get("HOTFIX_ACTION_JOB_TOKEN", ""),
        job_total=number("HOTFIX_ACTION_JOB_TOTAL"),
        temp=Path(needed("RUNNER_TEMP")),
        state_folder=_state_folder(environ),
        output=file("GITHUB_OUTPUT"),
        summary=file("GITHUB_STEP_SUMMARY"),
        not_ours=tuple(filter(None, map(file, ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")))),
    )


def _state_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the Action's folder in the XDG state directory."""
    if given := environ.get("XDG_STATE_HOME"):
        return Path(given) / "hotfix-action"
    return Path(environ["HOME"]) / ".local/state/hotfix-action" if environ.get("HOME") else None


def _event(path: Path | None) -> Mapping[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
