"""Resolve what runs in production now, and the previous version: what ran there before a commit.

Sources in order of precedence: the last valid deployment to succeed, the latest release, the highest version tag. A
commit is accepted only if it is earned. Uncertainty is reported as a problem, never resolved by a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hotfix.facts import Production
from hotfix.production import explanations
from hotfix.production.records import DeploymentRecord, DeploymentsNeeded, ProductionRecords, TagsNeeded
from hotfix.production.release_tags import Descendants, choose
from hotfix.production.versions import EVERY_TAG, Version, highest, is_version_like, parsed
from hotfix.text.globs import matches_branch

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A result of the resolver."""

    production: Production | None = None
    """The production commit; if there is a problem, the most likely one or None."""
    problem: str = ""
    """The reason why it is unknown, and the solution; empty if it is known or nothing was ever released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionResolver:
    """Resolves the running and the previous production commit from one set of records.

    `earned` returns whether a commit with a tag may be accepted as production; `descendants` returns which commits
    descend from one. Both, and the methods, raise RecordsNeeded if more records must be read.
    """

    records: ProductionRecords
    earned: Callable[[str, str], bool]
    descendants: Descendants
    globs: Sequence[str] = EVERY_TAG
    environment: str = "production"
    branches: str = "the default branch"
    """The branches that production is released from, as shown in messages."""
    tag_format: str | None = None
    """The policy's format of hotfix tags; None for the default."""

    def running(self) -> Resolution:
        """Return what runs in production now."""
        passed_over: DeploymentRecord | None = None
        for deployment in self._held():
            if not (deployment.succeeded or passed_over):
                continue
            if found := self._deployed(deployment):
                return found
            passed_over = passed_over or deployment
        if self.records.more_deployments:
            raise DeploymentsNeeded
        if passed_over:
            return self._untagged(passed_over)
        came = (each for each in self.records.deployments if "success" in each.states)
        last = next((each for each in came if self._deployed(each)), None)
        if last and last.broke:
            return Resolution(problem=explanations.broke(last.tag or last.sha[:7], last.id, self.environment))
        if self.records.elsewhere:
            return Resolution(problem=explanations.elsewhere(self.records.elsewhere, self.environment))
        return self._by_version()

    def previous(self, head: str, running: Production) -> Resolution:
        """Return the previous version, which ran before the commit `head`; `running` is or contains that commit."""
        held = self._held()
        first = max((at for at, deployment in enumerate(held) if deployment.sha == head), default=None)
        for deployment in held[first + 1 :] if first is not None else ():
            if found := self._deployed(deployment):
                return found
        if self.records.more_deployments:
            raise DeploymentsNeeded
        on_head = [running.tag] if running.sha == head else self._tags_on(head)
        shipped = Version.parse(highest(on_head, self.globs) or "")
        if shipped is None and running.sha != head:
            return Resolution()
        return self._by_version(head, shipped)

    def _held(self) -> list[DeploymentRecord]:
        """Return the deployments that ended in success, the last to succeed first.

        A deployment that was pending approval can succeed after others that were created later, and so can an old one
        that a rollback marks as successful again.
        """
        held = [deployment for deployment in self.records.deployments if deployment.held]
        return sorted(held, key=lambda each: each.succeeded_at or _NEVER, reverse=True)

    def _deployed(self, deployment: DeploymentRecord) -> Resolution | None:
        """Return the production commit according to a deployment; None if the deployment is ignored.

        Ignored are deployments of background jobs, of other products according to the policy's tags, and of untagged
        commits that aren't earned.
        """
        tag, problem = self._tag_of(deployment)
        if tag and self._is_another_product(tag):
            return None
        if not tag and not deployment.is_ours and not deployment.by_app and deployment.branch:
            return None
        production = Production(
            tag=tag or deployment.sha, sha=deployment.sha, known_from="deployment", since=deployment.succeeded_at
        )
        earned = self.earned(deployment.sha, tag)
        if not earned and not tag:
            return None
        source = f"deployment {deployment.id} to {self.environment}"
        if not earned:
            problem = explanations.unearned(production, source, self.branches)
        elif not tag and deployment.recorded_by_actions:
            problem = explanations.untagged(deployment.sha, source)
        return Resolution(production=production, problem=problem)

    def _is_another_product(self, tag: str) -> bool:
        """Return whether the tag is of a different family than the policy's tags, as in a monorepo."""
        version = Version.parse(tag)
        if version is None or matches_branch(self.globs, tag):
            return False
        if self.records.tags is None:
            raise TagsNeeded
        families = {each.family for each in parsed(self.records.tags, self.globs)}
        if not families and self.records.more_tags:
            raise TagsNeeded
        return bool(families) and version.family not in families

    def _tag_of(self, deployment: DeploymentRecord) -> tuple[str, str]:
        """Return the release tag of the deployed commit, and a problem if several tags are possible."""
        if deployment.tag and Version.parse(deployment.tag) and matches_branch(self.globs, deployment.tag):
            return deployment.tag, ""
        if self.records.tags is None and (known := self.records.names.get(deployment.sha)):
            return ("" if known == deployment.sha else known), ""
        there = self._tags_on(deployment.sha)
        if deployment.payload_tag in there and Version.parse(deployment.payload_tag):
            return deployment.payload_tag, ""
        tags = dict.fromkeys(there, deployment.sha)
        choice = choose(tags, self.globs, lambda commit, others: (), tag_format=self.tag_format)
        if choice.problem:
            tag = highest(there, self.globs) or there[0]
            return tag, explanations.ambiguous(f"on the deployed commit {deployment.sha[:7]}, {choice.problem}")
        return choice.tag or highest(there) or "", ""

    def _tags_on(self, sha: str) -> list[str]:
        if self.records.tags is None:
            raise TagsNeeded
        there = [tag for tag, commit in self.records.tags.items() if commit == sha]
        if not there and self.records.more_tags:
            raise TagsNeeded
        return there

    def _untagged(self, newest: DeploymentRecord) -> Resolution:
        """Return the resolution if there are successful deployments, but none of a release."""
        if self.records.tags is None:
            raise TagsNeeded
        source = f"deployment {newest.id} to {self.environment}"
        production = Production(tag=newest.sha, sha=newest.sha, known_from="deployment")
        if not self.earned(newest.sha, ""):
            return Resolution(problem=explanations.unearned(production, source, self.branches))
        versioned = any(is_version_like(tag) and matches_branch(self.globs, tag) for tag in self.records.tags)
        if versioned or newest.recorded_by_actions:
            return Resolution(problem=explanations.untagged(newest.sha, source))
        return Resolution(production=production)

    def _by_version(self, but: str = "", below: Version | None = None) -> Resolution:
        """Return the latest release or the highest tag, of versions below `below` and not on the commit `but`."""
        if self.records.tags is None:
            raise TagsNeeded
        tags = dict(self.records.tags)
        release = self.records.release
        if release and not (Version.parse(release[0]) and matches_branch(self.globs, release[0])):
            release = None
        if release:
            tags[release[0]] = release[1]
        if but:
            tags = {tag: sha for tag, sha in tags.items() if sha != but and _is_below(tag, below)}
        released = release[0] if release and release[0] in tags else None
        if released is None and self.records.more_tags:
            raise TagsNeeded
        if released is None and self.records.tags_cut:
            return Resolution(problem=explanations.ambiguous(f"there are more than {len(self.records.tags)} tags"))
        dates, tag_format = self.records.dates, self.tag_format
        choice = choose(tags, self.globs, self.descendants, dates=dates, tag_format=tag_format, released=released)
        if choice.problem:
            return Resolution(problem=explanations.ambiguous(choice.problem))
        if not choice.tag:
            return Resolution()
        source, known_from = ("the latest release", "release") if released else ("the highest version tag", "tag")
        production = Production(tag=choice.tag, sha=tags[choice.tag], known_from=known_from)
        earned = self.earned(production.sha, production.tag)
        return Resolution(
            production=production, problem="" if earned else explanations.unearned(production, source, self.branches)
        )


def _is_below(tag: str, version: Version | None) -> bool:
    """Return whether the tag's version is lower and of the same family."""
    if version is None:
        return True
    found = Version.parse(tag)
    return found is not None and found < version and found.family == version.family
