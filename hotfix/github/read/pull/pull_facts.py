"""Read everything that one evaluation needs, in as few round trips as possible.

A round is a set of parallel reads. The first one uses cached values as guesses: the head, the production tag, the
policy. The answer contains the actual values; what depends on a wrong guess is read again in the next round, so a lost
webhook costs time but never leads to a stale verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hotfix.evaluate import evaluate
from hotfix.facts import Facts, Production, PullRequest
from hotfix.github.read import policies
from hotfix.github.read.baseline.production_reading import RecordsRequest
from hotfix.github.read.baseline.pull_baseline import PullBaseline
from hotfix.github.read.caches import KnownPolicy
from hotfix.github.read.people import PeopleReads
from hotfix.github.read.pull import changes, dependency_review, overrides, pull_answer, pull_queries, pull_search
from hotfix.github.read.pull.changed_files import FileReads
from hotfix.github.read.pull.evaluation_request import EvaluationRequest, check_announced
from hotfix.github.read.pull.long_lived_branches import LongLivedReads
from hotfix.github.read.pull.pull_answer import ExistingCheckRun
from hotfix.github.read.repository_queries import ask, pages
from hotfix.github.transport.errors import NotFound, NotPermitted
from hotfix.github.transport.parallel_reads import Reads
from hotfix.policy import Policy
from hotfix.policy.policy_error import PolicyError
from hotfix.verdict import Conclusion, VerdictKind

_MOST_HOTFIXES_IN_A_ROW = 3
"""Maximum length of a chain of hotfixes that are evaluated again, to show that each is based on a passing one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReading:
    """Everything read about a pull request at one head SHA."""

    repo: str
    pull: PullRequest
    head_sha: str
    policy: KnownPolicy
    kind: VerdictKind
    facts: Facts | None
    """None if the rules do not apply: it isn't a hotfix, lacks the label, or the policy is broken."""
    existing: ExistingCheckRun | None
    siblings: tuple[int, ...]
    """The other pull requests that share the check run."""
    own_policy_error: PolicyError | None
    """The error of the policy at the head, if that isn't the policy that applies."""


def gather(request: EvaluationRequest) -> PullReading:
    """Read one pull request. Raises TransientError, NotPermitted, NotFound."""
    return _Gathering(request).gather()


def passes_again(request: EvaluationRequest) -> bool:
    """Return whether a pull request passes if it is evaluated now."""
    other = gather(request)
    return other.facts is not None and evaluate(other.facts, other.policy.policy).conclusion is Conclusion.PASS


class _Gathering:
    def __init__(self, request: EvaluationRequest) -> None:
        self.request = request
        self.ask = partial(ask, request.client, request.repo)
        self.reads = Reads(request.client)
        self.long_lived = LongLivedReads(request, self.reads)
        known = request.caches.pulls.get(request.key)
        self.guessed_head = request.expect_sha or (known.head if known else None)
        likely = request.likely
        self.deep = likely if likely is not None else known is None or known.hotfix
        self.baseline = PullBaseline(request, self.reads, self.guessed_head)
        self.overrides = [each for each in request.overrides if overrides.comment_id(each, request.number)]
        self.missing: dict[str, str] = {}
        self.passing: set[str] = set()
        self.people = PeopleReads(request.client, request.caches, request.repo, request.now, self.reads)
        self.forbidden: list[tuple[str, ...]] = []

    # The first round: everything that can be guessed.

    def gather(self) -> PullReading:
        request, caches = self.request, self.request.caches
        guess = caches.policies.get(request.repo.casefold())
        against = self.baseline.guess
        asked = self.baseline.asked(guess.policy if guess else Policy())
        self.reads.add(
            "pull", request.client.graphql, pull_queries.PULL_AT_ONCE, self._pull_variables(asked),
            may_lack=("owners",), must_hold=(("repository", "policy"),), forbidden=self.forbidden,
        )  # fmt: skip
        if self.deep and guess and self.guessed_head:
            self.long_lived.add(guess, self.guessed_head)
            self.people.add(guess.policy)
            if against:
                self._request_compared(against.sha, self.guessed_head)
        self.reads.send()

        data = self.reads["pull"]
        repository = data["repository"]
        node = repository["pullRequest"] if repository else None
        if node is None:
            if ("repository", "pullRequest") in self.forbidden:
                raise NotPermitted("GitHub does not permit reading the pull request: let the App read pull requests.")
            if request.expect_sha or request.expect_updated_at:
                raise self.request.not_visible(f"pull request #{request.number}")
            raise NotFound(f"{request.repo} has no pull request #{request.number}, or does not show it to this token.")
        self.node, self.head = node, node["headRefOid"]
        check_announced(request, self.reads, node)
        self.repo = repository["nameWithOwner"]
        self.policy = policies.from_answer(request.client, caches, request.repo, data, self.forbidden)
        self.at_head: Mapping[str, Any] | None = repository if self.guessed_head == self.head else None

        kind = self.policy.kind_of([label["name"] for label in node["labels"]["nodes"]], node["headRefName"])
        if self.policy.unreadable and kind is not VerdictKind.NOT_A_HOTFIX:
            raise NotPermitted(self.policy.unreadable)
        caches.saw_head(
            request.repo, request.number, self.head, kind in (VerdictKind.HOTFIX, VerdictKind.BROKEN_POLICY)
        )
        facts = self._facts(repository, asked) if kind is VerdictKind.HOTFIX else None
        at_head = self._at_head()
        if request.target is not None and at_head["target"] is None:
            raise self.request.not_visible(f"commit {request.target[:12]}")
        blob, own_policy_error = at_head["head_policy"], None
        if blob and blob["oid"] != self.policy.blob:
            _, own_policy_error = policies.parse(blob, pull_queries.POLICY_PATH)
        return PullReading(
            repo=self.repo,
            pull=facts.pull if facts and facts.pull else pull_answer.pull_request(node, None),
            head_sha=self.head,
            policy=self.policy,
            kind=kind,
            facts=facts,
            existing=pull_answer.existing(at_head["target"]),
            siblings=self._pulls_with_same_head(repository, at_head["head"]),
            own_policy_error=own_policy_error,
        )

    def _pull_variables(self, asked: RecordsRequest) -> dict[str, Any]:
        return {
            **self.request.variables,
            "deep": self.deep,
            "known": self.guessed_head is not None,
            "comments": bool(self.overrides),
            **asked.variables,
            **self.baseline.origin_variables,
            **self.request.queue_variables,
            **self._head_variables(self.guessed_head),
        }

    def _head_variables(self, head: str | None) -> dict[str, Any]:
        return {
            "head": head,
            "target": self.request.target or head,
            "head_policy": f"{head}:{pull_queries.POLICY_PATH}",
            "app": self.request.client.app_id,
        }

    def _request_at_head(self) -> None:
        if self.at_head is None:
            graphql, variables = self.request.client.graphql, self.request.variables | self._head_variables(self.head)
            self.reads.add("at head", graphql, pull_queries.AT_HEAD, variables, forbidden=self.forbidden)

    def _at_head(self) -> Mapping[str, Any]:
        if self.at_head is None:
            self._request_at_head()
            self.reads.send()
            self.at_head = self.reads["at head"]["repository"]
        at_head = self.at_head
        if at_head is None or at_head["head"] is None:
            raise self.request.not_visible(f"commit {self.head[:12]}")
        return at_head

    def _request_compared(self, sha: str, head: str | None = None) -> None:
        """Schedule comparing the head with a production commit, and reading that commit's attributes."""
        request = self.request
        changes.add_comparison(self.reads, request.client, request.repo, sha, head or self.head)
        if request.caches.attributes.get((request.repo.casefold(), sha)) is None:
            self.reads.add(("attributes", sha), changes.read_attributes, request.client, request.repo, sha)

    def _attributes(self, sha: str) -> Mapping[str, str]:
        key = (self.request.repo.casefold(), sha)
        texts = self.request.caches.attributes.get(key)
        if texts is None:
            texts = self.reads["attributes", sha]
            self.request.caches.attributes.put(key, texts)
        return texts

    # The facts of a hotfix.

    def _facts(self, repository: Mapping[str, Any], asked: RecordsRequest) -> Facts:
        request = self.request
        self._request_at_head()
        self.long_lived.add(self.policy, self.head)
        self.people.add(self.policy.policy)
        if not self.deep:
            self.reads.add("deep", self.ask, pull_queries.DEEP, number=request.number, comments=bool(self.overrides))
        production = self._production(repository, asked)
        own = self._own(production)
        if production and own and own.merge_base == self.head != production.sha:
            production = self._production(repository, asked, contained=True)
            own = self._own(production)

        deep = self.node if self.deep else self.reads["deep"]["pullRequest"]
        if deep is None or (not self.deep and deep["headRefOid"] != self.head):
            raise self.request.not_visible("one state of the pull request")
        if own is None:
            raise self.request.not_visible(f"commit {self.head[:12]}")
        if not own.complete:
            self.missing["commits"] = (
                f"GitHub lists {len(own.commits)} of the branch's {own.total} commits: cut the hotfix down to fewer"
            )
        branches = self.long_lived.branches(self.policy, self.node, own, production, self.missing, self.passing)
        authors = {node["commit"]["oid"]: node["commit"]["authors"] for node in deep["commits"]["nodes"]}
        self._request_rest(own, deep, authors)
        before = own.merge_base or (production.sha if production else None)
        spec_path = self.policy.policy.spec_path
        reader = FileReads(request, self.reads, own, before, self.head, spec_path, self.missing)
        files = reader.files(self.node, self._attributes(production.sha) if production else {})
        if "authors" in self.reads:
            authors |= {node["oid"]: node["authors"] for node in self.reads["authors"][0] if node}
        if crowded := [sha for sha, connection in authors.items() if connection["pageInfo"]["hasNextPage"]]:
            self.missing["authors"] = (
                f"commit {crowded[0][:7]} has more than 100 authors, so it is not known who may approve; "
                "remove Co-authored-by lines"
            )
        if deep["dismissals"]["pageInfo"]["hasPreviousPage"]:
            self.missing["reviews"] = "more than 100 reviews were dismissed, so it is not known which objections stand"
        if any("statusCheckRollup" in path for path in self.forbidden):
            self.missing["checks"] = "the head's checks can't be read: let the App read checks and commit statuses"
        crowd, unread = self.people.found(self.policy.policy)
        if unread:
            self.missing["people"] = unread[0].problem
        if any(group.passing for group in unread):
            self.passing.add("people")
        facts = Facts(
            repo=self.repo,
            host=request.client.transport.host,
            head_sha=self.head,
            now=request.now,
            production=production,
            branches=branches,
            commits=changes.commits(own, authors),
            files=files,
            people=crowd,
            pull=pull_answer.pull_request(
                self.node,
                deep,
                reviews=self._all_reviews(deep),
                checks=pull_answer.checks(
                    self._all_contexts(), request.client.app_id, pull_answer.required_checks(deep)
                ),
                asked_of=crowd.tech_leads,
                head=self._at_head()["head"],
                incidents=pull_answer.incidents(deep, self.repo, self.policy.policy),
            ),
            dependency_review=dependency_review.found(self.reads, production.sha if production else "", self.head),
            root_manifests=reader.root_manifests,
            spec_path=spec_path,
            missing=self.missing,
            passing=frozenset(self.passing),
        )
        return replace(facts, overrides=overrides.valid(self.overrides, facts, deep.get("comments"), self.reads))

    def _own(self, production: Production | None) -> changes.CommitComparison | None:
        """Return the head compared with production, or with the base if there is none; None if GitHub lacks it."""
        request, base = self.request, production.sha if production else self.node["baseRefName"]
        if production:
            self._request_compared(base)
            dependency_review.add(self.reads, request, base, self.head)
        else:
            changes.add_comparison(self.reads, request.client, request.repo, base, self.head)
        self.reads.send()
        try:
            found: changes.CommitComparison = self.reads["compare", base, self.head]
        except NotFound:
            return None
        return found

    def _production(
        self, repository: Mapping[str, Any], asked: RecordsRequest, *, contained: bool = False
    ) -> Production | None:
        """Return the baseline of the head; record in `missing` why it is unknown.

        `contained`: production contains the head.
        """
        if not contained:
            request = self.request

            def passes(number: int) -> bool:
                return passes_again(request.of_another(number, depth=request.depth + 1))

            in_a_row = request.depth < _MOST_HOTFIXES_IN_A_ROW
            self.baseline.open(self.policy, self.head, self._request_compared, passes if in_a_row else None)
            if self.deep:
                self.baseline.take(repository, asked)
        production, problem = self.baseline.resolve(contained=contained)
        self.missing.pop("production", None)
        if problem:
            self.missing["production"] = problem
        return production

    def _request_rest(self, own: changes.CommitComparison, deep: Mapping[str, Any], authors: Mapping[str, Any]) -> None:
        """Schedule reading what did not fit into the first answers."""
        request = self.request
        if shas := changes.without_accounts(changes.commits(own, authors), authors):
            self.reads.add("authors", pull_queries.AUTHORS.ask, request.client, request.repo, shas)
        overrides.add(self.reads, request, self.overrides, self.head, deep.get("comments"))

    def _all_reviews(self, deep: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        def read(before: str | None) -> Any:
            answer = self.ask(pull_queries.MORE_REVIEWS, number=self.request.number, before=before)
            return answer["pullRequest"]["reviews"]

        found: list[Mapping[str, Any]] = []
        for page in pages(read, deep["reviews"]):
            found = [*page["nodes"], *found]
        return found

    def _all_contexts(self) -> list[Mapping[str, Any]]:
        def read(after: str | None) -> Any:
            number, head = self.request.number, self.head
            return pull_answer.contexts_of(
                self.ask(pull_queries.MORE_CONTEXTS, number=number, head=head, after=after)["head"]
            )

        first = pull_answer.contexts_of(self._at_head()["head"])
        return [node for page in pages(read, first) for node in page["nodes"]]

    def _pulls_with_same_head(self, repository: Mapping[str, Any], head: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the pull requests that share this check: those in the merge group, or with the same head."""
        if self.request.target is None:
            own = pull_answer.pulls_with_head(head, self.repo, self.head)
            numbers = {node["number"] for node in own if node["state"] == "OPEN"} | set(self.request.also)
            if head["associatedPullRequests"] and head["associatedPullRequests"]["pageInfo"]["hasNextPage"]:
                numbers.update(pull_search.with_head(self.request.client, self.request.repo, self.head))
            return tuple(sorted(numbers - {self.request.number}))
        if self.request.group_ref is None:
            return ()
        branches = {ref["name"]: ref["target"]["oid"] for ref in (repository["queue"] or {"nodes": []})["nodes"]}
        found = pull_search.in_merge_group(branches, self.request.group_ref)
        return tuple(number for number in found if number != self.request.number)
