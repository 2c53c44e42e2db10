"""Record the progress and outcome of a deployment on GitHub, without changing traffic.

A failure to write a record is only a warning, so that it does not hide the outcome itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from action.deployment import claim, deployment_state
from action.deployment.deployment_state import DeploymentState
from action.runner.command_errors import CommandFailed, OutcomeUnknown, UsageError, what_happened
from action.runner.command_run import Run
from hotfix.gates import measured_series
from hotfix.github.read.baseline import deployment_history
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory, RecordedDeployment
from hotfix.github.transport.errors import GitHubError, NotFound
from hotfix.github.write.rollout import deployments
from hotfix.github.write.rollout.deployments import DeploymentStatus


def record_finished(run: Run, state: DeploymentState) -> None:
    """Record that the new version runs, and mark earlier deployments as inactive.

    Raises OutcomeUnknown if it can't be recorded on GitHub.
    """
    try:
        try:
            _set_end(run, state.deployment, "success", f"{state.name} runs", state)
        except NotFound:
            run.report.warn(
                f"Deployment {state.deployment} was deleted on GitHub while it was under way: it is recorded again."
            )
            _create(run, state)
            _set_end(run, state.deployment, "success", f"{state.name} runs", state)
    except (OutcomeUnknown, UsageError, GitHubError) as error:
        raise OutcomeUnknown(
            f"{state.name} runs in {state.environment}, but could not be recorded on GitHub: {what_happened(error)}",
            "Run the job again once GitHub responds: it deploys the same version again and records it.",
        ) from None
    state.recorded = True
    retire_others(run, state)
    deployment_state.clear(run.context.temp)


def record_watched(run: Run, state: DeploymentState) -> None:
    """Record that the new version passed monitoring. A failure to record it is only a warning.

    Raises CommandFailed if another version replaced it in the meantime, since it is unknown which one was measured.
    """
    read, newer = newest_after(run, state)
    if newer:
        raise _replaced_while_watched(newer, state.name)
    if read:
        record_end(run, state.deployment, "success", f"{state.name} runs, and held while it was watched", state)
    else:
        run.report.warn(f"GitHub has no record that {state.name} passed its watch.")


def check_watched(run: Run, environment: str, sha: str) -> None:
    """Raise CommandFailed if GitHub reports, within seconds, that the commit was replaced during monitoring."""
    records = _read_within_seconds(run, environment, run.task)
    ours = (each.id for each in records if each.is_ours and each.sha == sha and each.payload.get("kind") == "deploy")
    if newest := max(ours, default=0):
        for each in records:
            if _replaced(newest, sha, each):
                raise _replaced_while_watched(each, sha[:12])


def _replaced_while_watched(newer: RecordedDeployment, name: str) -> CommandFailed:
    return CommandFailed(
        f"{name_of(newer)} came to {newer.environment} (deployment {newer.id}) while {name} was watched, so whether "
        f"{name} holds is not known.",
        f"To merge {name} back anyway, use 'command: back-merge'.",
    )


def record_rolled_back(run: Run, state: DeploymentState, *, perhaps_created: bool = False) -> None:
    """Record that the previous version runs again. A failure is only a warning, and the state is then kept.

    `perhaps_created`: an earlier process may have created the rollback's deployment.
    """
    if state.broken is None:
        record_end(run, state.deployment, "failure", f"Rolled back to {state.previous_name}: {state.reason}", state)
        deployment_state.clear(run.context.temp)
        return
    if not state.deployment:
        _try_to_record(run, "The rollback", lambda: _create(run, state, perhaps_created=perhaps_created))
    known = record_end(run, state.deployment, "success", f"Rolled back to {state.previous_name}", state)
    if state.broken:
        words = f"Rolled back to {state.previous_name}" + (
            f" by deployment {state.deployment}" if state.deployment else ""
        )
        ended = record_end(run, state.broken, "failure", words)
        known = known or ended
    if state.deployment:
        retire_others(run, state)
    if known:
        deployment_state.clear(run.context.temp)
        return
    run.report.warn(
        f"GitHub still shows that {state.name} runs in {state.environment}, which is back on {state.previous_name}. "
        "Use 'command: rollback' once GitHub responds: it records that. Don't deploy anything before."
    )


def record_end(run: Run, deployment: int, end: str, words: str, state: DeploymentState | None = None) -> bool:
    """Set a deployment's status, and return whether that succeeded. ID 0 is a deployment that is not on GitHub."""
    work = partial(_set_end, run, deployment, end, words, state)
    return bool(deployment) and _try_to_record(run, f"Deployment {deployment}", work)


def _set_end(run: Run, deployment: int, end: str, words: str, state: DeploymentState | None = None) -> None:
    status = DeploymentStatus(state=end, description=words)
    if state:
        status = replace(
            status,
            environment_url=state.environment_url,
            log_url=state.log_url,
            measured=frozenset(state.measured),
            series=measured_series.encode(state.series),
        )
    claim.set_status(run, deployment, status)


def _try_to_record(run: Run, what: str, work: Callable[[], object]) -> bool:
    """Perform a write to GitHub and return whether it succeeded. A failure is only a warning."""
    try:
        work()
    except (OutcomeUnknown, UsageError, GitHubError) as error:
        run.report.warn(f"{what} could not be recorded on GitHub: {what_happened(error)}")
        return False
    return True


def note(run: Run, state: DeploymentState, description: str) -> None:
    """Show the current step on the deployment. A failure or timeout does not stop the command."""
    status = DeploymentStatus(
        state="in_progress",
        description=description,
        environment_url=state.environment_url,
        log_url=state.log_url,
        series=measured_series.encode(state.series),
    )
    if not run.quickly(lambda: deployments.set_status(run.client, run.repo, state.deployment, status)):
        run.report.log("GitHub did not respond in time; continuing")


def retire_others(run: Run, state: DeploymentState) -> None:
    """Mark the deployments that this one replaces as inactive, as last read. A failure is only a warning."""
    records: list[RecordedDeployment] = []
    _try_to_record(
        run, "The end of earlier deployments", lambda: records.extend(run.history(state.environment).records)
    )
    for each in records:
        same_target = each.task == state.task or not each.is_ours
        earlier = each.id < state.deployment and each.id != state.broken
        if same_target and earlier and each.status.state == "success":
            words = f"Deployment {state.deployment} took its place"
            record_end(run, each.id, "inactive", words)


def newest_after(run: Run, state: DeploymentState) -> tuple[bool, RecordedDeployment | None]:
    """Return whether GitHub responded within seconds, and the newest deployment that replaced this one, if any."""
    records = _read_within_seconds(run, state.environment, state.task)
    return bool(records), next((each for each in records if _replaced(state.deployment, state.sha, each)), None)


def _read_within_seconds(run: Run, environment: str, task: str) -> tuple[RecordedDeployment, ...]:
    """Return the target's deployments, newest first; empty if GitHub does not respond within seconds."""
    read: list[EnvironmentHistory] = []
    run.quickly(lambda: read.extend(deployment_history.read(run.client, run.repo, [environment]).values()))
    return read[0].of_task(task).records if read else ()


def name_of(other: RecordedDeployment) -> str:
    return str(other.tag or other.payload.get("tag") or other.sha[:12])


def _replaced(deployment: int, sha: str, other: RecordedDeployment) -> bool:
    """Return whether another deployment came after this one and changed what runs.

    GitHub records a deployment for any job with `environment:`. A nightly job's deployment has no tag; that of a job
    which monitors this deployment or rolls it back, in a run started on the tag, has the same commit.
    """
    if other.id <= deployment:
        return False
    if other.is_ours:
        return other.status.under_way or other.status.state == "success" or not other.settled
    return bool(other.tag) and other.sha != sha and other.status.state in ("success", "in_progress")


def _create(run: Run, state: DeploymentState, *, perhaps_created: bool = False) -> None:
    state.deployment = claim.create(run, state, perhaps_created=perhaps_created)
    run.report.output("deployment-id", state.deployment)
