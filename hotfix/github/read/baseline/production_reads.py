"""Read what runs in production without evaluating a pull request, as the Action's steps do."""

from __future__ import annotations

from hotfix.facts import Production
from hotfix.github.read.baseline.earned_commits import EarnedCommits
from hotfix.github.read.baseline.production_reading import ProductionReading, commit_of_tag
from hotfix.github.read.caches import Caches
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.read.pull.pull_facts import passes_again
from hotfix.github.transport.client import Client
from hotfix.policy import Policy
from hotfix.production.resolver import Resolution


def read_production(
    client: Client,
    repo: str,
    policy: Policy,
    default_branch: str,
    *,
    environment: str | None = None,
    task: str | None = None,
    named: str = "",
    tag_format: str | None = None,
    caches: Caches | None = None,
) -> ProductionReading:
    """Return a reader of what runs in production and of the previous version; it reads lazily.

    `environment`: an environment other than the policy's production, such as staging. `task`: one of its targets.
    `tag_format`: this team's format of hotfix tags. `named`: a tag that the caller says runs in production; it is used
    without verification, with the commit that it currently points to. Entries of `caches` are trusted, so they should
    be no older than the caller's own run.
    """
    caches = caches if caches is not None else Caches()
    if named:
        return NamedProduction(client, caches, repo, policy, named)
    now = client.transport.clock()

    def passes(number: int) -> bool:
        request = EvaluationRequest(client=client, caches=caches, repo=repo, number=number, now=now, depth=1)
        return passes_again(request)

    earned = EarnedCommits(client, caches, repo, policy, default_branch, passes=passes, trust_caches=True)
    return ProductionReading(earned, environment=environment, task=task, tag_format=tag_format)


class NamedProduction(ProductionReading):
    """Production given by the caller as a tag."""

    def __init__(self, client: Client, caches: Caches, repo: str, policy: Policy, tag: str) -> None:
        super().__init__(EarnedCommits(client, caches, repo, policy, ""))
        self._tag = tag.removeprefix("refs/tags/")

    def _now(self) -> Resolution:
        if self._running is None:
            sha = commit_of_tag(self._client, self._repo, self._tag)
            production = Production(tag=self._tag, sha=sha, known_from="option") if sha else None
            problem = "" if sha else f"there is no tag {self._tag} in {self._repo}"
            self._running = Resolution(production=production, problem=problem)
        return self._running

    def resolve_previous(self, sha: str, *, contained: bool = False) -> Resolution:
        return self._now()
