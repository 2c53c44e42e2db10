"""What is deployed where, and what ran there before."""

from __future__ import annotations

from dataclasses import dataclass

from action.errors import UsedWrongly
from action.run import Run
from hotfix import versions
from hotfix.facts import Production
from hotfix.github import deployments, tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
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
        return self.tag or self.sha[:12]

    @property
    def before(self) -> str:
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
    globs = run.policy.production.tags
    if named := run.inputs.production_tag:
        if named not in known:
            raise UsedWrongly(
                f"There is no tag {named}.", "Name one that exists, or leave it unset.", about="production-tag"
            )
        return Production(tag=named, sha=known[named], known_from="option")
    with run.needs("deployments: read"):
        deployed = run.patiently(lambda: deployments.running(run.client, run.repo, run.production_environment))
    if deployed:
        tag = tag_of(deployed, known) or tags.at(known, deployed.sha, globs)
        if tag:
            return Production(tag=tag, sha=deployed.sha, known_from="deployment")
        run.report.notice(f"Production runs {deployed.sha[:12]}, which has no version tag; going by releases and tags.")
    with run.needs("contents: read"):
        release = run.patiently(lambda: tags.latest_release(run.client, run.repo))
    if release and release in known and versions.Version.parse(release):
        return Production(tag=release, sha=known[release], known_from="release")
    highest = versions.production_tag(known, globs, run.inputs.tag_format)
    return Production(tag=highest, sha=known[highest], known_from="tag") if highest else None


def all_tags(run: Run) -> dict[str, str]:
    with run.needs("contents: read"):
        return run.patiently(lambda: tags.commits(run.client, run.repo))


def plan(run: Run) -> Target:
    """What `deploy` is asked to do. Raises UsedWrongly."""
    known = all_tags(run)
    sha, globs = run.sha, run.policy.production.tags
    if run.inputs.tag:
        if known.get(run.inputs.tag) != sha and (run.inputs.sha or run.inputs.tag not in known):
            raise UsedWrongly(
                f"There is no tag {run.inputs.tag} on {sha[:12]}.", "Run 'command: tag' first.", about="tag"
            )
        sha = known[run.inputs.tag]
    environment = run.inputs.environment
    production = deployments.same_environment(environment, run.production_environment)
    if production:
        now = production_now(run, known)
        before = (now.tag, now.sha) if now else ("", "")
    else:
        with run.needs("deployments: write"):
            deployed = run.patiently(lambda: deployments.running(run.client, run.repo, environment))
        before = (tag_of(deployed, known) or "", deployed.sha) if deployed else ("", "")
    return Target(
        environment=environment,
        production=production,
        sha=sha,
        tag=run.inputs.tag or tags.at(known, sha, globs) or "",
        previous_tag=before[0],
        previous_sha=before[1],
    )


def tag_of(deployed: deployments.Deployment, known: dict[str, str]) -> str | None:
    """The tag a deployment was made of, by its ref or what we wrote into it."""
    for name in (deployed.ref.removeprefix("refs/tags/"), str(deployed.payload.get("tag") or "")):
        if known.get(name) == deployed.sha:
            return name
    return tags.at(known, deployed.sha)
