"""Describe the target of a deployment: commit, tag and environment."""

from __future__ import annotations

from dataclasses import dataclass, replace

from action.runner.command_errors import UsageError
from action.runner.command_run import Run
from hotfix.facts import Production
from hotfix.github.read.baseline import production_reading
from hotfix.github.read.baseline.deployment_history import RecordedDeployment
from hotfix.github.write.rollout import deployments, hotfix_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A commit to deploy, its environment, and the version that it replaces."""

    environment: str
    production: bool
    sha: str
    tag: str
    """The commit's tag; empty if it has none yet."""
    previous_tag: str = ""
    previous_sha: str = ""
    """The commit that the environment ran before, which a rollback restores; empty if nothing ran before."""

    @property
    def name(self) -> str:
        """The version, for display."""
        return self.tag or self.sha[:12]

    @property
    def previous_name(self) -> str:
        """The previous version, for display; empty if there was none."""
        return self.previous_tag or self.previous_sha[:12]

    def following(self, previous: Production | None) -> Target:
        """Return the same target with this previous version; None if nothing ran before."""
        if previous is None:
            return self
        return replace(self, previous_tag=previous.tag if previous.is_tagged else "", previous_sha=previous.sha)


def plan(run: Run) -> Target:
    """Return the target that the inputs describe. Raises UsageError.

    The previous version is left empty; see `with_previous_version`.
    """
    sha = run.sha
    if run.inputs.tag:
        named = commit_of_tag(run, run.inputs.tag)
        if named is None or (run.inputs.sha and named != sha):
            raise UsageError(
                f"There is no tag {run.inputs.tag} on {sha[:12]}.", "Run 'command: tag' first.", about="tag"
            )
        sha = named
    environment = canonical_name(run, run.inputs.environment)
    production = deployments.same_environment(environment, run.production_environment)
    run.read_histories(environment, *([run.staging_environment] if production else []))
    return Target(environment=environment, production=production, sha=sha, tag=run.inputs.tag or tag_at(run, sha))


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


def canonical_name(run: Run, environment: str) -> str:
    """Return an environment's name as written in the policy or inputs, since GitHub ignores case."""
    known = (run.production_environment, run.staging_environment)
    return next((each for each in known if deployments.same_environment(each, environment)), environment)
