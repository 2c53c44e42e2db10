"""Bring the previous version back, and record how a deployment ended.

Traffic comes first: nothing here asks GitHub before `rollback-run` has run, except for a few seconds after a deployment
that had succeeded, which something newer may have replaced since.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from action.deployment import claim, deployment_state
from action.deployment.claim import NewDeployment
from action.deployment.deployment_state import DeploymentState, Phase
from action.deployment.target import Target
from action.gates.health import wait_until_healthy
from action.runner import processes, user_commands
from action.runner.command_errors import ActionError, CommandFailed, OutcomeUnknown, RollbackFailed, UsageError
from action.runner.command_run import Run
from action.runner.processes import ProcessId
from hotfix.gates import measured_series
from hotfix.github.read.baseline import deployment_history
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory, RecordedDeployment
from hotfix.github.transport.errors import GitHubError, NotFound
from hotfix.github.write.rollout import deployments
from hotfix.github.write.rollout.deployments import DeploymentStatus


def begun(run: Run, target: Target, deployment: int) -> DeploymentState:
    """Return what must be known of a deployment that begins, to bring back what ran before and to record it."""
    inputs = run.inputs
    return DeploymentState(
        environment=target.environment,
        production=target.production,
        task=run.task,
        deployment=deployment,
        tag=target.tag,
        sha=target.sha,
        previous_tag=target.previous_tag,
        previous_sha=target.previous_sha,
        rollback_run=inputs.rollback_run,
        variables={**target.variables(0, deployment), "HOTFIX_TARGET": inputs.target},
        health_url=inputs.health_url,
        health_status=inputs.health_status,
        health_timeout=inputs.health_timeout,
        health_wait=inputs.health_wait,
        environment_url=inputs.environment_url or "",
        log_url=run.context.run_url,
    )


def variables(state: DeploymentState) -> dict[str, str]:
    """Return what the user's commands find. In a rollback the hotfix gets no traffic: 0 percent."""
    back = state.phase is Phase.ROLLING_BACK
    return {**state.variables, "HOTFIX_PERCENTAGE": "0" if back else str(state.percentage)}


def command(run: Run, state: DeploymentState, title: str, text: str) -> int:
    """Save the state, then run one of the user's commands. Return its exit status.

    Raises CommandFailed if the state can't be saved; a rollback goes on without.
    """
    if state.phase is Phase.ROLLING_BACK:
        save(run, state)
        run.report.log(title)
        return user_commands.run(title, text, variables(state))

    def keep(process: ProcessId) -> None:
        state.left.append(process)
        save(run, state)

    try:
        deployment_state.save(run.context, state)
    except OSError as error:
        raise CommandFailed(
            f"The state could not be saved ({error}), so nothing would bring the previous version back after a cancel.",
            "See whether the disk is full, or a command removes files below RUNNER_TEMP.",
        ) from None
    run.report.log(title)
    return user_commands.run(title, text, variables(state), on_leaving=keep)


def save(run: Run, state: DeploymentState) -> None:
    """Save the state if the disk takes it; traffic does not depend on it."""
    try:
        deployment_state.save(run.context, state)
    except OSError as error:
        run.report.warn(
            f"The state could not be saved ({error}): if this step is killed now, nothing finishes its work."
        )


def undo(run: Run, state: DeploymentState, cause: ActionError) -> None:
    """Bring the previous version back after a deployment failed, and record it. Raises RollbackFailed."""
    report = run.report
    state.reason = str(cause)
    if state.phase is Phase.STARTED:
        _record(run, state, "failure", state.reason)
    elif missing := _no_way_back(state):
        report.warn(f"{state.environment} is left as it is: {missing}.")
        _record(run, state, "failure", f"Not rolled back: {state.reason}")
    else:
        report.log(f"{cause.what} Rolling {state.environment} back to {state.before}")
        bring_back(run, state)
        return
    deployment_state.clear(run.context.temp)


def roll_back(run: Run, state: DeploymentState, cause: ActionError) -> None:
    """Bring the previous version back after a deployment succeeded and did not hold.

    Nothing is touched if something newer runs there, as far as GitHub says so within seconds. Raises CommandFailed
    or RollbackFailed.
    """
    report = run.report
    if missing := _no_way_back(state):
        report.warn(f"{state.environment} is left as it is: {missing}.")
        return
    report.log(f"{cause.what} Rolling {state.environment} back to {state.before}")
    _nothing_newer(run, state)
    back = replace(
        state,
        deployment=0,
        broken=state.deployment,
        percentage=100,
        phase=Phase.ROLLING_BACK,
        reason=str(cause),
        series=[],
    )
    bring_back(run, back)
    report.output("rolled-back-to", back.before)


def bring_back(run: Run, state: DeploymentState) -> None:
    """Run the rollback command, check the health, then record it. It can be repeated after an interruption.

    If GitHub can't be informed, the state stays: the job's last step records it.
    """
    report = run.report
    state.phase, state.measured = Phase.ROLLING_BACK, []
    _end_left(run, state)
    try:
        status = command(run, state, f"Roll {state.environment} back to {state.before}", state.rollback_run)
        if status:
            raise CommandFailed(
                f"The command of 'rollback-run' ended with {user_commands.shown(status)}.", about="rollback-run"
            )
        wait_until_healthy(run, state)
    except CommandFailed as error:
        report.output("rolled-back", False)
        ended = state.deployment or state.broken or 0
        words = f"rollback-failed: {error.what}"
        if ended:
            _try(run, f"Deployment {ended}", lambda: _set(run, ended, "error", words, state))
        deployment_state.clear(run.context.temp)
        raise RollbackFailed(
            f"THE ROLLBACK FAILED: {state.environment} may run {state.name} or anything else. "
            f"{error.what} It was rolled back because: {state.reason}",
            f"Bring {state.before} back by hand:\n{by_hand(state)}",
            about="rollback-run",
        ) from None
    state.phase = Phase.ROLLED_BACK
    save(run, state)
    report.output("rolled-back", True)
    report.log(f"{state.before} runs in {state.environment} again")
    record_rolled_back(run, state)


def _end_left(run: Run, state: DeploymentState) -> None:
    """End what the deployment's commands left running: a deployment that goes on would bring the new version back."""
    for process in state.left:
        run.report.log("Ending what a command of the deployment left running")
        if not processes.end(process, polite=user_commands.GRACE):
            run.report.warn("What a command of the deployment left running may still deploy: it could not be ended.")
    state.left = []


def record_rolled_back(run: Run, state: DeploymentState, *, perhaps_created: bool = False) -> None:
    """Write down that the previous version runs again. It fails with a warning at most, and the state stays then.

    `perhaps_created`: an earlier process may have created the rollback's deployment.
    """
    if state.broken is None:
        _record(run, state, "failure", f"Rolled back to {state.before}: {state.reason}")
        deployment_state.clear(run.context.temp)
        return
    if not state.deployment:
        _try(run, "The rollback", lambda: _create_rollback(run, state, perhaps_created))
    known = _record(run, state, "success", f"Rolled back to {state.before}")
    if state.broken:
        words = f"Rolled back to {state.before}" + (f" by deployment {state.deployment}" if state.deployment else "")
        ended = _try(run, f"Deployment {state.broken}", lambda: _set(run, state.broken or 0, "failure", words))
        known = known or ended
    if state.deployment:
        retire_others(run, state)
    if known:
        deployment_state.clear(run.context.temp)
        return
    run.report.warn(
        f"GitHub still shows that {state.name} runs in {state.environment}, which is back on {state.before}. Use "
        "'command: rollback' when GitHub answers: it records that. Deploy nothing before."
    )


def record_finished(run: Run, state: DeploymentState) -> None:
    """Write down that the new version runs, and retire what ran before.

    Raises OutcomeUnknown if GitHub can't be informed.
    """
    try:
        try:
            _set(run, state.deployment, "success", f"{state.name} runs", state)
        except NotFound:
            _create_again(run, state)
            _set(run, state.deployment, "success", f"{state.name} runs", state)
    except (OutcomeUnknown, UsageError, GitHubError) as error:
        raise OutcomeUnknown(
            f"{state.name} runs in {state.environment}, but GitHub could not be informed: {_why(error)}",
            "Run the job again when GitHub answers: it deploys the same version once more, and records it.",
        ) from None
    retire_others(run, state)
    deployment_state.clear(run.context.temp)


def record_watched(run: Run, state: DeploymentState) -> None:
    """Write down that the new version held while it was watched. It fails with a warning at most.

    Raises CommandFailed if something else replaced it meanwhile: who knows which of them was measured.
    """
    read, newer = _newest_after(run, state)
    if newer:
        what = _shown(newer)
        raise CommandFailed(
            f"{what} came to {state.environment} (deployment {newer.id}) while {state.name} was watched, so whether "
            f"{state.name} holds is not known.",
            f"If {state.name} is to be merged back all the same, use 'command: back-merge'.",
        )
    if read:
        _record(run, state, "success", f"{state.name} runs, and held while it was watched")
    else:
        run.report.warn(f"GitHub could not be informed that {state.name} held while it was watched.")


def note(run: Run, state: DeploymentState, description: str) -> None:
    """Show on the deployment what is being done. Nothing waits or stops for it."""
    status = DeploymentStatus(
        state="in_progress",
        description=description,
        environment_url=state.environment_url,
        log_url=state.log_url,
        series=measured_series.encode(state.series),
    )
    if not run.quickly(lambda: deployments.set_status(run.client, run.repo, state.deployment, status)):
        run.report.log("GitHub could not be informed in time; going on")


def retire_others(run: Run, state: DeploymentState) -> None:
    """Mark the deployments that this one replaces inactive, as last read. It fails with a warning at most."""
    records: list[RecordedDeployment] = []
    _try(run, "The end of earlier deployments", lambda: records.extend(run.history(state.environment).records))
    for each in records:
        same_target = each.task == state.task or not each.is_ours
        earlier = each.id < state.deployment and each.id != state.broken
        if same_target and earlier and each.status.state == "success":
            words = f"Deployment {state.deployment} took its place"
            _try(run, f"Deployment {each.id}", partial(_set, run, each.id, "inactive", words))


def by_hand(state: DeploymentState) -> str:
    """Return the commands of a rollback by hand."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables(state).items() if value]
    return "\n".join([*exports, state.rollback_run.strip()])


def _no_way_back(state: DeploymentState) -> str:
    if not state.previous_sha:
        return "nothing ran there before"
    return "" if state.rollback_run else "no rollback-run was given"


def _nothing_newer(run: Run, state: DeploymentState) -> None:
    """Raise CommandFailed if another deployment replaced this one.

    Marks it as being rolled back first, for others to see.
    """
    note(run, state, f"Rolling back to {state.before}")
    read, newer = _newest_after(run, state)
    if not read:
        run.report.warn("GitHub could not say whether something newer runs there: it is rolled back all the same.")
    if newer is None:
        return
    what, words = _shown(newer), f"Deployment {newer.id} took its place"
    _try(run, f"Deployment {state.deployment}", lambda: _set(run, state.deployment, "inactive", words))
    deployment_state.clear(run.context.temp)
    raise CommandFailed(
        f"{what} came to {state.environment} after {state.name} (deployment {newer.id}), so nothing was rolled back.",
        f"Check whether {what} works. To go back all the same, use 'command: rollback' with 'to: ...'.",
    )


def _newest_after(run: Run, state: DeploymentState) -> tuple[bool, RecordedDeployment | None]:
    """Return whether GitHub answered within seconds, and the newest deployment that replaced this one, if any did."""
    read: list[EnvironmentHistory] = []
    names = [state.environment]
    run.quickly(lambda: read.extend(deployment_history.read(run.client, run.repo, names).values()))
    records = read[0].of_task(state.task).records if read else ()
    return bool(read), next((each for each in records if _replaced(run, state, each)), None)


def _shown(other: RecordedDeployment) -> str:
    return str(other.tag or other.payload.get("tag") or other.sha[:12])


def _replaced(run: Run, state: DeploymentState, other: RecordedDeployment) -> bool:
    """Return whether this deployment came after ours and changed what runs.

    A deployment that is neither the Action's nor of a tag is what GitHub records for any job with `environment:`, a
    nightly one for instance.
    """
    if other.id <= state.deployment:
        return False
    if other.is_ours:
        return other.status.under_way or other.status.state == "success" or not other.settled
    return bool(other.tag) and other.status.state in ("success", "in_progress")


def _create_rollback(run: Run, state: DeploymentState, perhaps_created: bool) -> None:
    new = NewDeployment(
        environment=state.environment,
        production=state.production,
        task=state.task,
        ref=state.previous_tag or state.previous_sha,
        sha=state.previous_sha,
        key=state.key,
        description=f"Roll back {state.name} to {state.before}",
        payload={"kind": "rollback", "tag": state.previous_tag, "broken": state.broken or None},
    )
    state.deployment = claim.create(run, new, perhaps_created=perhaps_created)
    run.report.output("deployment-id", state.deployment)


def _create_again(run: Run, state: DeploymentState) -> None:
    """Create the deployment a second time: somebody who cleans up has deleted it while it was under way."""
    run.report.warn(
        f"Deployment {state.deployment} was deleted on GitHub while it was under way: it is recorded again."
    )
    new = NewDeployment(
        environment=state.environment,
        production=state.production,
        task=state.task,
        ref=state.tag or state.sha,
        sha=state.sha,
        key=state.key,
        description=f"Hotfix {state.name} to {state.environment}",
        payload={
            "kind": "deploy",
            "tag": state.tag,
            "previous": {"tag": state.previous_tag, "sha": state.previous_sha},
            "reversible": bool(state.rollback_run and state.previous_sha),
        },
    )
    state.deployment = claim.create(run, new)
    run.report.output("deployment-id", state.deployment)


def _set(run: Run, deployment: int, end: str, words: str, state: DeploymentState | None = None) -> None:
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


def _record(run: Run, state: DeploymentState, end: str, words: str) -> bool:
    number = state.deployment
    return bool(number) and _try(run, f"Deployment {number}", lambda: _set(run, number, end, words, state))


def _try(run: Run, what: str, work: Callable[[], object]) -> bool:
    """Do bookkeeping, and return whether it could be done. A failure must not hide what is being reported."""
    try:
        work()
    except (OutcomeUnknown, UsageError, GitHubError) as error:
        run.report.warn(f"{what} could not be recorded on GitHub: {_why(error)}")
        return False
    return True


def _why(error: Exception) -> str:
    """Return what happened, without what to do about a command that failed because of it."""
    return error.what if isinstance(error, ActionError) else str(error)
