"""What is deployed where, and what ran there before."""

from __future__ import annotations

from dataclasses import dataclass

from action.runner.command_run import Run
from action.runner.errors import UsageError
from hotfix.facts import Production
from hotfix.github.read.deployment_history import RecordedDeployment
from hotfix.github.write import deployments, hotfix_tags
from hotfix.production import versions
from hotfix.production.release_tags import choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A commit, the environment that it goes to, and what it replaces."""

    environment: str
    production: bool
    sha: str
    tag: str
    """Empty when the commit has none (yet)."""
    previous_tag: str
    previous_sha: str
    """Empty when nothing ran before."""

    @property
    def name(self) -> str:
        """For people."""
        return self.tag or self.sha[:12]

    @property
    def before(self) -> str:
        """What ran before, for people; empty when nothing did."""
        return self.previous_tag or self.previous_sha[:12]

    def variables(self, percentage: int, deployment: int | str = "") -> dict[str, str]:
        """The environment variables of the user's commands."""
        return {
            "HOTFIX_ENVIRONMENT": self.environment,
            "HOTFIX_SHA": self.sha,
            "HOTFIX_TAG": self.tag,
            "HOTFIX_PREVIOUS_SHA": self.previous_sha,
            "HOTFIX_PREVIOUS_TAG": self.previous_tag,
            "HOTFIX_PERCENTAGE": str(percentage),
            "HOTFIX_DEPLOYMENT_ID": str(deployment),
        }


def production_now(run: Run, known: dict[str, str]) -> Production | None:
    """What runs in production: the last successful deployment, else the latest release, else the highest tag.

    `known`: every tag and its commit.
    """
    if named := _named(run, known):
        return named
    with run.needs("deployments: read"):
        deployed = run.patiently(lambda: deployments.running(run.client, run.repo, run.production_environment))
    if deployed:
        if tag := tag_of(run, deployed, known):
            return Production(tag=tag, sha=deployed.sha, known_from="deployment")
        run.report.notice(f"Production runs {deployed.sha[:12]}, which has no version tag; going by releases and tags.")
    return _by_version(run, known)


def _named(run: Run, known: dict[str, str]) -> Production | None:
    if not (named := run.inputs.production_tag):
        return None
    if named not in known:
        raise UsageError(
            f"There is no tag {named}.", "Name one that exists, or leave it unset.", about="production-tag"
        )
    return Production(tag=named, sha=known[named], known_from="option")


def _by_version(run: Run, known: dict[str, str]) -> Production | None:
    """What most likely runs in production, where no deployment says it."""
    globs = run.policy.production.tags
    with run.needs("contents: read"):
        release = run.patiently(lambda: hotfix_tags.latest_release(run.client, run.repo))
    if release in known and versions.highest([release], globs):
        return Production(tag=release, sha=known[release], known_from="release")
    tag = choose(known, globs, lambda commit, others: (), tag_format=run.inputs.tag_format).tag
    return Production(tag=tag, sha=known[tag], known_from="tag") if tag else None


def ran_before(run: Run, known: dict[str, str], environment: str, sha: str) -> tuple[str, str]:
    """Tag (empty for none) and commit of what ran in an environment before this commit came; empty for nothing.

    It is never the commit itself: when that runs there already, or is tagged already, a way back must lead elsewhere.
    """
    production = deployments.same_environment(environment, run.production_environment)
    if production and (named := _named(run, known)):
        return named.tag, named.sha
    with run.needs("deployments: read"):
        running = run.patiently(lambda: deployments.running(run.client, run.repo, environment))
        if running and running.sha != sha:
            return tag_of(run, running, known) or "", running.sha
        if running and (before := run.patiently(lambda: previous_deployment(run, running, known))):
            return before
    if not production:
        return "", ""
    own = versions.Version.parse(hotfix_tags.at(known, sha) or "")
    others = {
        name: commit
        for name, commit in known.items()
        if commit != sha and (own is None or ((version := versions.Version.parse(name)) and version < own))
    }
    found = _by_version(run, others)
    return (found.tag, found.sha) if found else ("", "")


def previous_deployment(
    run: Run, deployed: deployments.Deployment | RecordedDeployment, known: dict[str, str]
) -> tuple[str, str] | None:
    """What a deployment took the place of: as it wrote down, else the last success of another commit before it."""
    written = deployed.payload.get("previous") or {}
    if written.get("sha") and written["sha"] != deployed.sha:
        return str(written.get("tag") or ""), str(written["sha"])
    earlier = deployments.succeeded_before(run.client, run.repo, deployed)
    return (tag_of(run, earlier, known) or "", earlier.sha) if earlier else None


def all_tags(run: Run) -> dict[str, str]:
    """Every tag and its commit."""
    with run.needs("contents: read"):
        return run.patiently(lambda: hotfix_tags.commits(run.client, run.repo))


def plan(run: Run) -> Target:
    """What `deploy` is asked to do. Raises UsageError."""
    known = all_tags(run)
    sha = run.sha
    if run.inputs.tag:
        if known.get(run.inputs.tag) != sha and (run.inputs.sha or run.inputs.tag not in known):
            raise UsageError(
                f"There is no tag {run.inputs.tag} on {sha[:12]}.", "Run 'command: tag' first.", about="tag"
            )
        sha = known[run.inputs.tag]
    environment = spelled(run, run.inputs.environment)
    production = deployments.same_environment(environment, run.production_environment)
    before = ran_before(run, known, environment, sha)
    return Target(
        environment=environment,
        production=production,
        sha=sha,
        tag=run.inputs.tag or tag_on(run, known, sha) or "",
        previous_tag=before[0],
        previous_sha=before[1],
    )


def spelled(run: Run, environment: str) -> str:
    """An environment as the policy or `staging-environment` writes it: to GitHub capitals are no difference."""
    known = (run.production_environment, run.inputs.staging_environment)
    return next((each for each in known if deployments.same_environment(each, environment)), environment)


def tag_of(run: Run, deployed: deployments.Deployment | RecordedDeployment, known: dict[str, str]) -> str | None:
    """The version tag of what was deployed: by the deployment's ref or what we wrote into it, else by its commit."""
    ref, globs = deployed.ref.removeprefix("refs/tags/"), run.policy.production.tags
    if known.get(ref) == deployed.sha and versions.highest([ref], globs):
        return ref
    written = str(deployed.payload.get("tag") or "")
    return written if known.get(written) == deployed.sha else tag_on(run, known, deployed.sha)


def tag_at(run: Run, sha: str) -> str:
    """Return the highest version tag on a commit, of those that releases get if there is one; empty for none."""
    with run.needs("contents: read"):
        found = run.patiently(lambda: hotfix_tags.at_commit(run.client, run.repo, sha, run.policy.production.tags))
    return found or ""


def tag_on(run: Run, known: dict[str, str], sha: str) -> str | None:
    """The highest version tag on a commit: of those that releases get, else any, as of another `tag-format`."""
    return hotfix_tags.at(known, sha, run.policy.production.tags) or hotfix_tags.at(known, sha)
