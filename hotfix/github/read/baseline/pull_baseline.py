"""Find the baseline of one pull request: what runs in production, or the version previous to its head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hotfix.facts import Production
from hotfix.github.read.baseline.earned_commits import EarnedCommits
from hotfix.github.read.baseline.production_reading import ProductionReading, RecordsRequest
from hotfix.github.read.caches import KnownPolicy, ShippedHead
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.transport.errors import NotFound
from hotfix.github.transport.parallel_reads import Reads
from hotfix.policy import Policy


class PullBaseline:
    """The baseline: guessed from the caches for the first round trip, then resolved from the answer."""

    def __init__(self, request: EvaluationRequest, reads: Reads, guessed_head: str | None) -> None:
        self._request, self._reads = request, reads
        self._caches, self._repo = request.caches, request.repo.casefold()
        self._guessed_head = guessed_head
        self._running = self._caches.production.get(self._repo)
        self._shipped = self._caches.shipped.get((self._repo, guessed_head or ""))
        """The cached baseline of a head that production contains."""

    @property
    def guess(self) -> Production | None:
        """The probable baseline of the head."""
        running = self._running
        if self._shipped and running and self._is_known_to_hold(running.sha, self._guessed_head):
            return self._shipped.previous
        return running

    def asked(self, policy: Policy) -> RecordsRequest:
        """Return which deployments, releases and tags to request in the first round trip."""
        tags = any(known is None or known.known_from != "deployment" for known in (self._running, self.guess))
        return RecordsRequest(environment=policy.production.environment, tags=tags)

    @property
    def origin_variables(self) -> dict[str, Any]:
        """Variables that query whether the branch in which the guess was found still contains it."""
        ground = self._caches.grounds.get((self._repo, self.guess.sha)) if self.guess else None
        if self.guess is None or ground is None or not ground.branch:
            return {"compared": False}
        return {"compared": True, "origin": f"refs/heads/{ground.branch}", "baseline": self.guess.sha}

    def open(
        self,
        policy: KnownPolicy,
        head: str,
        alongside: Callable[[str], None],
        passes: Callable[[int], bool] | None,
    ) -> None:
        """Prepare to resolve, once the policy and head are known. The callbacks are those of EarnedCommits."""
        request = self._request
        self._head = head
        self._earned = EarnedCommits(
            request.client,
            request.caches,
            request.repo,
            policy.policy,
            policy.default_branch,
            reads=self._reads,
            exempt=self._contains_head,
            alongside=alongside,
            passes=passes,
        )
        previous = self._shipped.previous if self._shipped else None
        self._reading = ProductionReading(self._earned, known=[each for each in (self._running, previous) if each])

    def take(self, repository: Mapping[str, Any], asked: RecordsRequest) -> None:
        """Use the records in the first answer."""
        if self.guess:
            self._earned.confirm(self.guess.sha, repository.get("origin"))
        self._reading.take(repository, asked)

    def resolve(self, *, contained: bool) -> tuple[Production | None, str]:
        """Return the baseline, and why it is unknown; the reason is empty if it is known.

        `contained`: a comparison has shown that production contains the head.
        """
        running = self._reading.running
        contained = running is not None and (contained or self._is_known_to_hold(running.sha, self._head))
        resolved = self._reading.resolve_previous(self._head, contained=contained)
        production, problem = resolved.production, resolved.problem
        if contained and running and production is None and not problem:
            production = running
            problem = f"production runs {running.tag}, which contains this head, and the previous version isn't known"
        if running is None or problem:
            self._caches.production.drop(self._repo)
        else:
            self._caches.production.put(self._repo, running)
        if production and not contained:
            return replace(production, ended=self._reading.ended(self._head)), problem
        if running is None or production is None or production is running:
            return production, problem
        self._caches.shipped.put((self._repo, self._head), ShippedHead(running=running.sha, previous=production))
        shipped_at = running.since if running.sha == self._head else None
        return replace(production, shipped_as=running.tag, shipped_at=shipped_at), problem

    def _is_known_to_hold(self, running: str, head: str | None) -> bool:
        """Return whether a production commit is the head, or is known to contain it."""
        shipped = self._shipped
        return running == head or (shipped is not None and head == self._guessed_head and running == shipped.running)

    def _contains_head(self, sha: str) -> bool:
        """Return whether this commit is known to be or to contain the head."""
        if self._is_known_to_hold(sha, self._head):
            return True
        key = ("compare", sha, self._head)
        if key not in self._reads:
            return False
        try:
            return bool(self._reads[key].merge_base == self._head)
        except NotFound:
            return False
