"""Find what an environment runs now, and the previous version there, which a rollback restores.

In production both must be earned, so they come from the resolver that service and command line use. Elsewhere the
environment's deployments are enough.
"""

from __future__ import annotations

from dataclasses import replace

from action.deployment.target import Target, commit_of_tag, tag_at, tag_of
from action.runner.command_errors import DeploymentRefused, OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix.facts import Production
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory, RecordedDeployment
from hotfix.github.read.baseline.production_reading import ProductionReading
from hotfix.github.read.baseline.production_reads import read_production
from hotfix.github.write.rollout import deployments


def with_previous_version(run: Run, target: Target) -> Target:
    """Return the target with the previous version of its environment. Raises OutcomeUnknown if that is unknown."""
    if target.production:
        return target.following(previous_version(run, target.environment, target.sha))
    history = run.history(target.environment).of_task(run.task)
    running = history.running
    found = history.previous_success(running) if running and running.sha == target.sha else running
    if found is None:
        return target
    return replace(target, previous_tag=found.tag or tag_at(run, found.sha), previous_sha=found.sha)


def previous_version(run: Run, environment: str, sha: str) -> Production | None:
    """Return the earned commit that ran in an environment before this one; None if nothing ran before.

    If the input `target` is set, only that target's history is used. Raises OutcomeUnknown if it can't be determined.
    """
    reading = reading_of(run, environment)
    with run.needs("contents: read, deployments: read, checks: read, pull-requests: read"):
        resolution = run.patiently(lambda: reading.resolve_previous(sha))
    if resolution.problem:
        raise OutcomeUnknown(
            f"What ran in {environment} before is not known: {resolution.problem}", about="production-tag"
        )
    return resolution.production


def production_now(run: Run) -> Production | None:
    """Return what runs in production; None if nothing was ever released. Raises OutcomeUnknown if it is unknown."""
    reading = reading_of(run, run.production_environment)
    with run.needs("contents: read, deployments: read"):
        problem, production = run.patiently(lambda: (reading.unknown, reading.running))
    if problem:
        raise OutcomeUnknown(f"What runs in production is not known: {problem}", about="production-tag")
    return production


def version_to_restore(run: Run, latest: RecordedDeployment, history: EnvironmentHistory) -> tuple[str, str]:
    """Return the tag and commit that a rollback restores: the input `to`, or the version before the latest change.

    If the latest change is a rollback, it is the version before the deployment that it rolled back. In production it
    is a commit that the resolver accepts as earned, never just the content of a payload or tag.
    """
    production = deployments.same_environment(history.environment, run.production_environment)
    if to := run.inputs.to:
        at = commit_of_tag(run, to)
        if at is None:
            raise UsageError(f"There is no tag {to}.", "Name a tag that exists.", about="to")
        if production:
            _check_earned(run, to, at)
        return to, at
    broken = broken_deployment(latest, history) or latest
    if production:
        earned = previous_version(run, history.environment, broken.sha)
        if earned is not None:
            return earned.tag if earned.is_tagged else "", earned.sha
    elif found := history.previous_success(broken):
        return tag_of(run, found), found.sha
    raise UsageError(
        f"No record shows what ran in {history.environment} before {broken.tag or broken.sha[:12]}.",
        "Say which tag with 'to: ...'.",
        about="to",
    )


def broken_deployment(latest: RecordedDeployment, history: EnvironmentHistory) -> RecordedDeployment | None:
    """Return the deployment that the latest one was rolling back, or the latest one if it is not a rollback."""
    number = latest.payload.get("broken")
    if latest.payload.get("kind") != "rollback" or not isinstance(number, int):
        return latest
    return history.find(number)


def _check_earned(run: Run, tag: str, sha: str) -> None:
    """Raise DeploymentRefused if anyone with write access could have created the tag to be deployed to production."""
    reading = reading_of(run, run.production_environment)
    with run.needs("contents: read, checks: read, pull-requests: read"):
        if run.patiently(lambda: reading.is_accepted(sha, tag)):
            return
    raise DeploymentRefused(
        f"{tag} ({sha[:12]}) may not run in production: it is not contained in {reading.origins}, no ruleset protects "
        "its tag, and it did not pass as a hotfix, so anyone with write access could have made it.",
        "Name the tag of a release. If yours come from another branch, or from none, say so in the policy: "
        "'production: {branches: ...}' or '{trust: write}'.",
        about="to",
    )


def reading_of(run: Run, environment: str) -> ProductionReading:
    """Return the reader for what runs in an environment, shared with the service and the command line."""
    production = deployments.same_environment(environment, run.production_environment)
    named = run.inputs.production_tag if production else ""
    if named and commit_of_tag(run, named) is None:
        raise UsageError(
            f"There is no tag {named}.", "Name one that exists, or leave it unset.", about="production-tag"
        )
    return read_production(
        run.client,
        run.repo,
        run.policy,
        run.default_branch,
        environment=environment,
        task=run.task if run.inputs.target else None,
        named=named,
        tag_format=run.inputs.tag_format,
        caches=run.caches,
    )
