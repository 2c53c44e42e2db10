"""Determine the target of a deployment and the previous version there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from action.runner.command_errors import OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix.facts import Production
from hotfix.github.read.baseline import production_reading
from hotfix.github.read.baseline.deployment_history import RecordedDeployment
from hotfix.github.read.baseline.production_reading import ProductionReading
from hotfix.github.read.baseline.production_reads import read_production
from hotfix.github.write.rollout import deployments, hotfix_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A commit to deploy, its environment, and the version that it replaces."""

    environment: str
    production: bool
    sha: str
    tag: str
    """The commit's tag; empty if it has none yet."""
    previous_tag: str
    previous_sha: str
    """The previous commit; empty if nothing ran before."""

    @property
    def name(self) -> str:
        """The version, for display."""
        return self.tag or self.sha[:12]

    @property
    def before(self) -> str:
        """The previous version, for display; empty if there was none."""
        return self.previous_tag or self.previous_sha[:12]

    def after(self, tag: str, sha: str) -> Target:
        """Return the same target with this previous version."""
        return replace(self, previous_tag=tag, previous_sha=sha)

    def variables(self, percentage: int, deployment: int | str = "") -> dict[str, str]:
        """Return the environment variables of the user's commands."""
        return {
            "HOTFIX_ENVIRONMENT": self.environment,
            "HOTFIX_SHA": self.sha,
            "HOTFIX_TAG": self.tag,
            "HOTFIX_PREVIOUS_SHA": self.previous_sha,
            "HOTFIX_PREVIOUS_TAG": self.previous_tag,
            "HOTFIX_PERCENTAGE": str(percentage),
            "HOTFIX_DEPLOYMENT_ID": str(deployment),
        }


def plan(run: Run) -> Target:
    """Return the target that the inputs describe. Raises UsageError.

    The previous version in production is left empty: it must be earned, which `with_baseline` or the verdict
    determines.
    """
    sha = run.sha
    if run.inputs.tag:
        named = commit_of_tag(run, run.inputs.tag)
        if named is None or (run.inputs.sha and named != sha):
            raise UsageError(
                f"There is no tag {run.inputs.tag} on {sha[:12]}.", "Run 'command: tag' first.", about="tag"
            )
        sha = named
    environment = spelled(run, run.inputs.environment)
    production = deployments.same_environment(environment, run.production_environment)
    run.read_histories(environment, *([run.inputs.staging_environment] if production else []))
    target = Target(
        environment=environment,
        production=production,
        sha=sha,
        tag=run.inputs.tag or tag_at(run, sha),
        previous_tag="",
        previous_sha="",
    )
    return target if target.production else _with_recorded(run, target)


def _with_recorded(run: Run, target: Target) -> Target:
    """Return a non-production target with the previous version according to its deployments."""
    history = run.history(target.environment).of_task(run.task)
    running = history.running
    before = history.success_before(running) if running and running.sha == target.sha else running
    return target.after(before.tag or tag_at(run, before.sha), before.sha) if before else target


def with_baseline(run: Run, target: Target) -> Target:
    """Return the target with its previous version, for a commit that was evaluated earlier. Raises OutcomeUnknown."""
    if not target.production:
        return target
    before = ran_before(run, target.environment, target.sha)
    return target.after(before.tag if before.is_tagged else "", before.sha) if before else target


def ran_before(run: Run, environment: str, sha: str) -> Production | None:
    """Return the earned commit that ran in an environment before this one, to which a rollback returns.

    If the input `target` is set, only that target's history is used. None if nothing ran before. Raises OutcomeUnknown
    if it can't be determined.
    """
    reading = reading_of(run, environment)
    with run.needs("contents: read, deployments: read, checks: read, pull-requests: read"):
        resolution = run.patiently(lambda: reading.resolve_before(sha))
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


def commit_of_tag(run: Run, tag: str) -> str | None:
    """Return the commit that a tag points to; None if there is no such tag."""
    with run.needs("contents: read"):
        return run.patiently(lambda: production_reading.commit_of_tag(run.client, run.repo, tag))


def tag_at(run: Run, sha: str) -> str:
    """Return the highest version tag on a commit, preferring the policy's release tags; empty if there is none."""
    globs = run.policy.production.tags
    if found := hotfix_tags.highest_tag(run.newest_tags, sha, globs) or hotfix_tags.highest_tag(run.newest_tags, sha):
        return found
    if run.newest_tags and len(run.newest_tags) < hotfix_tags.NEWEST:
        return ""
    with run.needs("contents: read"):
        return run.patiently(lambda: hotfix_tags.highest_tag_of_commit(run.client, run.repo, sha, globs)) or ""


def tag_of(run: Run, deployed: RecordedDeployment) -> str:
    """Return a deployment's version tag: the one it was created from, or one of the newest tags; empty if none."""
    tags, globs = run.newest_tags, run.policy.production.tags
    return (
        deployed.tag
        or hotfix_tags.highest_tag(tags, deployed.sha, globs)
        or hotfix_tags.highest_tag(tags, deployed.sha)
        or ""
    )


def spelled(run: Run, environment: str) -> str:
    """Return an environment's name as spelled in the policy or `staging-environment`, since GitHub ignores case."""
    known = (run.production_environment, run.inputs.staging_environment)
    return next((each for each in known if deployments.same_environment(each, environment)), environment)
