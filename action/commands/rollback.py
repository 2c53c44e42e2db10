"""`rollback`: redeploy the previous version."""

from __future__ import annotations

from dataclasses import replace

from action.commands.deploy import one_target
from action.deployment import claim, deployment_state, preconditions, restore
from action.deployment.deployment_state import DeploymentState, Phase
from action.deployment.previous_version import broken_deployment, version_to_restore
from action.deployment.process_lock import exclusive
from action.deployment.target import Target, canonical_name, tag_of
from action.runner.command_errors import (
    DeploymentRefused,
    InvalidPolicy,
    OutcomeUnknown,
    UsageError,
    refused_token,
    what_happened,
)
from action.runner.command_run import Run
from action.runner.inputs import require_token
from action.runner.processes import ProcessId
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory, RecordedDeployment
from hotfix.github.transport.errors import NotPermitted, TokenRefused, TransientError
from hotfix.github.write.rollout import deployments

REASON = "a rollback was requested"


def rollback(run: Run) -> None:
    """Restore the version before the latest change, or `to`. Does nothing if it already runs.

    If GitHub does not respond, the state that this runner saved of its own last deployment is used. An invalid policy
    is replaced by the default one. Then the input `environment` counts as production, so that what is restored is
    earned; by default it is the environment that the Action last deployed to as production.
    """
    one_target(run)
    run.report.output("rolled-back", False)
    with exclusive(run.context.temp):
        try:
            state = _by_github(run)
        except NotPermitted as error:
            state = _saved(run, refused_token(error, "See docs/action.md for the permissions."))
        except (TransientError, OutcomeUnknown) as error:
            state = _saved(run, error)
        except UsageError as error:
            if run.inputs.token and not isinstance(error.__context__, NotPermitted):
                raise
            state = _saved(run, error)
        if state is None:
            return
        restore.restore(run, state)
        run.report.output("rolled-back-to", state.previous_name)


def _by_github(run: Run) -> DeploymentState | None:
    """Return the result of `_planned`, with a short retry limit if there is saved state to fall back on.

    The job's own token is used instead of a refused one, and the default policy instead of an invalid one.
    """
    saved = deployment_state.last_on_this_runner(run.context, run.inputs.environment, run.task)
    short = {"retry_for": min(run.inputs.retry_for, 10.0)} if saved and not run.inputs.to else {}
    while True:
        try:
            require_token(run.inputs)
            return _planned(run.having(**short) if short else run)
        except InvalidPolicy as error:
            production = run.production_without_policy = run.inputs.environment or _recorded_production(run, error)
            run.report.warn(f"{error.what} The default one applies instead, with '{production}' as production.")
        except UsageError as error:
            refused = not run.inputs.token or isinstance(error.__context__, TokenRefused)
            if not refused or not run.take_own_token():
                raise


def _recorded_production(run: Run, error: InvalidPolicy) -> str:
    """Return the environment that the Action last deployed to as production. Raises UsageError if there is none."""
    with run.needs("deployments: read"):
        if found := run.patiently(lambda: deployments.last_production(run.client, run.repo)):
            return found
    raise UsageError(
        f"{error.what} So which environment is production is not known.",
        "Correct the policy, or name the environment by 'environment: ...'.",
        about="environment",
    ) from None


def _planned(run: Run) -> DeploymentState | None:
    """Return the rollback to perform according to GitHub, claimed there; None if there is nothing to do."""
    report, inputs = run.report, run.inputs
    environment = canonical_name(run, inputs.environment or run.production_environment)
    preconditions.environment_exists(run, environment)
    run.read_histories(environment)
    history = _changes(run, environment)
    latest = history.last_change
    if latest is None:
        raise DeploymentRefused(
            f"No deployment to {environment} is recorded, so nothing can be rolled back.", about="environment"
        )
    _nothing_newer(run, latest, history)
    tag, sha = version_to_restore(run, latest, history)
    name, current, settled = tag or sha[:12], history.running, latest.settled
    report.fact("Environment", environment)
    report.fact("Back to", name)
    # If no success is on record, the latest change was rolled back to the version in its payload.
    if settled and (current.sha == sha if current else not inputs.to):
        report.log(f"{name} runs in {environment} already; 'to: ...' leads further back")
        report.output("rolled-back-to", name)
        return None
    broken = current if settled else broken_deployment(latest, history)
    target = Target(
        environment=environment,
        production=deployments.same_environment(environment, run.production_environment),
        sha=broken.sha if broken else sha,
        tag=tag_of(run, broken) if broken else "",
        previous_tag=tag,
        previous_sha=sha,
    )
    if problem := preconditions.missing_tag(tag, sha, inputs.rollback_run):
        report.warn(f"{problem}. If it fails because of that, use HOTFIX_PREVIOUS_SHA, or name a tag by 'to: ...'.")
    return None if _is_dry_run(run, target) else _claimed(run, target, broken, latest)


def _is_dry_run(run: Run, target: Target) -> bool:
    """Return whether this is a dry run, after reporting what it skips."""
    if run.inputs.dry_run:
        back = f"restore {target.previous_name} in {target.environment}"
        run.report.would(f"run rollback-run to {back} in place of {target.name}")
        run.report.output("rolled-back-to", target.previous_name)
    return run.inputs.dry_run


def _nothing_newer(run: Run, latest: RecordedDeployment, history: EnvironmentHistory) -> None:
    """Raise DeploymentRefused if the rollback is for one commit and another was deployed after it."""
    asked, subject = run.inputs.sha, broken_deployment(latest, history) or latest
    if not asked or run.inputs.to or subject.sha == asked:
        return
    there, newest = history.environment, tag_of(run, subject) or subject.sha[:12]
    if any(each.sha == asked and each.id < subject.id for each in history.records):
        why = f"{newest} came to {there} ({subject.id}) after {asked[:12]}"
    else:
        why = f"{asked[:12]} is not on record as deployed to {there}, where {newest} came last ({subject.id})"
    raise DeploymentRefused(
        f"{why}, so nothing was rolled back.",
        f"Check whether {newest} works. To roll back anyway, leave 'sha' unset, or name the tag by 'to: ...'.",
        about="sha",
    )


def _claimed(
    run: Run, target: Target, broken: RecordedDeployment | None, latest: RecordedDeployment
) -> DeploymentState | None:
    report = run.report
    saved = deployment_state.last_on_this_runner(run.context, target.environment, run.task)
    left = saved[0].left if saved and broken and saved[0].deployment == broken.id else []
    state = _rollback_of(run, target, broken.id if broken else 0, left)

    def brought_back(history: EnvironmentHistory) -> RecordedDeployment | None:
        now = history.running
        newer = now is not None and now.id > latest.id and now.sha == target.previous_sha
        return now if newer and now and now.payload.get("kind") == "rollback" else None

    taken = claim.take(run, state, done=brought_back)
    report.output("deployment-id", taken.deployment)
    if not taken.mine:
        report.log(f"Another run has brought {target.previous_name} back")
        report.output("rolled-back", True)
        report.output("rolled-back-to", target.previous_name)
        return None
    state.deployment = taken.deployment
    return state


def _rollback_of(run: Run, target: Target, broken: int, left: list[ProcessId]) -> DeploymentState:
    """Return the state of a rollback before it begins. `left`: processes that the broken deployment left running."""
    return replace(
        deployment_state.begin(run, target),
        broken=broken,
        left=left,
        percentage=100,
        phase=Phase.ROLLING_BACK,
        reason=REASON,
    )


def _saved(run: Run, error: Exception) -> DeploymentState | None:
    """Return the rollback to perform according to this runner's saved state, which covers only its last deployment.

    `error`: why GitHub's records can't be used; a UsageError if the token is missing or refused.
    """
    inputs, report, why = run.inputs, run.report, what_happened(error)
    if not isinstance(error, UsageError):
        why = f"GitHub does not respond ({why})."
    found = None if inputs.to else deployment_state.last_on_this_runner(run.context, inputs.environment, run.task)
    other = found and inputs.sha and found[0].sha != inputs.sha
    if not found or not found[0].previous_sha or other:
        what = f"deployment of {inputs.sha[:12]}" if inputs.sha else "deployment"
        why += f" In the last day, this runner saved no {what} to use instead."
        if isinstance(error, UsageError):
            raise UsageError(why, error.remediation, about=error.about) from None
        raise OutcomeUnknown(why, "Roll back manually, or run the job again once GitHub responds.") from None
    last, at = found
    report.warn(
        f"{why} Using what this runner saved at {at:%Y-%m-%d %H:%M} UTC: "
        f"{last.name} was deployed to {last.environment} after {last.previous_name}. "
        "Deployments by others are not known."
    )
    report.fact("Environment", last.environment)
    report.fact("Back to", last.previous_name)
    if last.phase in (Phase.ROLLED_BACK, Phase.STARTED):
        report.log(f"{last.previous_name} runs in {last.environment} already, as far as this runner knows")
        report.output("rolled-back-to", last.previous_name)
        return None
    target = Target(
        environment=last.environment,
        production=last.production,
        sha=last.sha,
        tag=last.tag,
        previous_tag=last.previous_tag,
        previous_sha=last.previous_sha,
    )
    return None if _is_dry_run(run, target) else _rollback_of(run, target, last.deployment, last.left)


def _changes(run: Run, environment: str) -> EnvironmentHistory:
    """Return the target's history without GitHub's records of jobs that released nothing."""
    history = run.history(environment).of_task(run.task)
    kept = tuple(each for each in history.records if each.is_ours or tag_of(run, each))
    return replace(history, records=kept)
