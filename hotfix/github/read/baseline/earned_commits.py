"""Decide whether a commit is accepted as production, by branches, tag rulesets and our own verdicts on GitHub.

A commit that meets one of these conditions is *earned*. One query reads the default branch, the tag's rules and our
check run; other branches are searched only if that query doesn't settle it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hotfix.github.external_id import ExternalId
from hotfix.github.read import git_refs
from hotfix.github.read.baseline import record_queries
from hotfix.github.read.caches import BaselineGround, Caches
from hotfix.github.read.pull.changes import compare
from hotfix.github.read.pull.long_lived_branches import branches_like
from hotfix.github.read.pull.pull_answer import newest_run, pulls_with_head
from hotfix.github.read.repository_queries import ask, portions
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted
from hotfix.github.transport.parallel_reads import Reads
from hotfix.policy import Policy
from hotfix.verdict import VerdictKind

CACHED_FOR = timedelta(minutes=5)
"""How long a commit stays earned by what isn't read in every evaluation: tag and branch rules, and our verdict."""
COMPARED_AT_ONCE = 20
"""Maximum number of comparisons per query."""
MOST_COMPARED = 100
"""Maximum number of branches searched for a commit, and of tags tested for descending from one."""


class EarnedCommits:
    """Determines which commits are earned. Methods raise TransientError and NotPermitted."""

    def __init__(
        self,
        client: Client,
        caches: Caches,
        repo: str,
        policy: Policy,
        default_branch: str,
        *,
        reads: Reads | None = None,
        exempt: Callable[[str], bool] | None = None,
        alongside: Callable[[str], None] | None = None,
        passes: Callable[[int], bool] | None = None,
        trust_caches: bool = False,
    ) -> None:
        """Initialize without sending requests.

        `exempt`: returns whether a commit is accepted without evidence, because the search is for what ran before it.
        `alongside`: adds to `reads` further reads about a commit, for the same round trip. `passes`: evaluates a hotfix
        pull request again. `trust_caches`: use entries of `caches` without comparing again, as within one Action run.
        """
        self.client, self.caches, self.repo, self.policy = client, caches, repo, policy
        self._default_branch = default_branch
        self._reads = reads or Reads(client)
        self._exempt, self._alongside, self._passes, self._trust_caches = exempt, alongside, passes, trust_caches
        self._known: dict[tuple[str, str], bool] = {}

    @property
    def branches(self) -> str:
        """The branches that production is released from, as a phrase for messages."""
        if named := self.policy.production.branches:
            return " or ".join(named)
        usual = [self._default_branch, *self.policy.branches.back_merge, "release/*"]
        return f"{', '.join(dict.fromkeys(usual))} or a protected branch"

    def confirm(self, sha: str, origin: Mapping[str, Any] | None) -> None:
        """Mark a commit as earned if a comparison already read (`origin`: a branch, compared with it) confirms it."""
        if origin and _contains(origin) and (ground := self.caches.grounds.get(self._key(sha))):
            still = self.policy.is_origin(origin["name"], self._default_branch, protected=ground.until is not None)
            if still and not self._is_over(ground):
                self._known[sha, ""] = True

    def earned(self, sha: str, tag: str) -> bool:
        """Return whether this commit, with this release tag or none, is accepted as production."""
        if self.policy.production.trust == "write" or self._known.get((sha, "")) or self._is_exempt(sha):
            return True
        if (sha, tag) not in self._known:
            self._known[sha, tag] = self._look_up(sha, tag)
        return self._known[sha, tag]

    def descendants(self, commit: str, others: Mapping[str, str]) -> set[str]:
        """Return which of `others` (commit -> a tag on it) descend from `commit`; all if there are too many to test."""
        found = {sha for sha in others if self.caches.descents.get((commit, sha))}
        asked = {sha: tag for sha, tag in others.items() if self.caches.descents.get((commit, sha)) is None}
        if len(asked) > MOST_COMPARED:
            return set(others)
        containing = self._containing(commit, [f"refs/tags/{tag}" for tag in asked.values()])
        for sha, tag in asked.items():
            descends = f"refs/tags/{tag}" in containing
            self.caches.descents.put((commit, sha), descends)
            if descends:
                found.add(sha)
        return found

    def _key(self, sha: str) -> tuple[str, str]:
        return self.repo.casefold(), sha

    def _is_over(self, ground: BaselineGround) -> bool:
        return ground.until is not None and ground.until <= self.client.transport.clock()

    def _is_exempt(self, sha: str) -> bool:
        return self._exempt is not None and self._exempt(sha)

    def _look_up(self, sha: str, tag: str) -> bool:
        cached = self.caches.grounds.get(self._key(sha))
        if cached is not None and (self._trust_caches or not cached.branch) and not self._is_over(cached):
            return True
        ground = self._read(sha, tag)
        if ground is None:
            self.caches.grounds.drop(self._key(sha))
            return self._is_exempt(sha)
        self.caches.grounds.put(self._key(sha), ground)
        return True

    def _read(self, sha: str, tag: str) -> BaselineGround | None:
        client, soon = self.client, self.client.transport.clock() + CACHED_FOR
        app = client.app_id or self.policy.app
        variables = {"oid": sha, "sha": sha, "tag": f"refs/tags/{tag}", "app": app}
        key = ("grounds", sha, tag)
        self._reads.add(key, lambda: ask(client, self.repo, record_queries.GROUNDS, **variables))
        if self._alongside:
            self._alongside(sha)
        self._reads.send()
        repository = self._reads[key]
        default = repository["defaultBranchRef"]
        self._default_branch = default["name"] if default else self._default_branch
        if default and self.policy.is_origin(default["name"], default["name"]):
            if default["compare"] is None:  # REST may still be able to compare them
                default = {**default, "compare": self._compared(default["name"], sha)}
            if _contains(default):
                return BaselineGround(branch=default["name"])
        rules = ((repository["tag"] or {}).get("rules") or {"nodes": []})["nodes"]
        # Rulesets keep writers from creating or moving this tag.
        if tag and {"CREATION", "UPDATE"} <= {rule["type"] for rule in rules if rule}:
            return BaselineGround(until=soon)
        if self._is_exempt(sha):
            return None
        run = newest_run(repository["commit"]) if app is not None else None
        verdict = ExternalId.parse((run or {}).get("externalId") or "")
        if run and verdict.kind is not None:
            passed = run["conclusion"] == "SUCCESS" and verdict.kind is VerdictKind.HOTFIX and not verdict.group
            return BaselineGround(until=soon) if passed else self._other_branch(sha, soon)
        return self._other_branch(sha, soon) or self._evaluated(sha, repository["commit"], soon)

    def _compared(self, branch: str, sha: str) -> dict[str, Any] | None:
        try:
            return {"aheadBy": compare(self.client, self.repo, branch, sha).total}
        except NotFound:
            return None

    def _other_branch(self, sha: str, soon: datetime) -> BaselineGround | None:
        """Look for the commit in the other branches that production is released from."""
        globs = [glob for glob in self.policy.origins(self._default_branch) if not glob.startswith("!")]
        listed = (partial(branches_like, self.client, self.repo, glob) for glob in globs)
        protected, *matching = (set(read.result()) for read in self.client.gather(self._protected, *listed))
        names = protected.union(*matching) - {self._default_branch}
        origins = sorted(
            name for name in names if self.policy.is_origin(name, self._default_branch, protected=name in protected)
        )
        containing = self._containing(sha, [f"refs/heads/{name}" for name in origins[-MOST_COMPARED:]])
        for name in origins:
            if f"refs/heads/{name}" in containing:
                by_name = self.policy.is_origin(name, self._default_branch)
                return BaselineGround(branch=name, until=None if by_name else soon)
        return None

    def _protected(self) -> set[str]:
        if self.policy.production.branches:
            return set()
        try:
            return set(git_refs.branch_names(self.client, self.repo, protected=True))
        except (NotFound, NotPermitted):
            return set()

    def _evaluated(self, sha: str, commit: Mapping[str, Any] | None, soon: datetime) -> BaselineGround | None:
        """Evaluate the hotfix pull requests with this head again, if there is no verdict from an App."""
        if self._passes is None:
            return None
        passed = any(self._passes(node["number"]) for node in pulls_with_head(commit, self.repo, sha))
        return BaselineGround(until=soon) if passed else None

    def _containing(self, sha: str, refs: Sequence[str]) -> set[str]:
        """Return the refs whose history contains the commit."""
        found: set[str] = set()
        for some in portions(refs, COMPARED_AT_ONCE):
            compared, _ = record_queries.COMPARISONS.ask(self.client, self.repo, some, sha=sha)
            found |= {name for name, ref in zip(some, compared, strict=True) if ref and _contains(ref)}
        return found


def _contains(ref: Mapping[str, Any]) -> bool:
    """Return whether the ref's history contains the commit it was compared with."""
    comparison = ref["compare"]
    return comparison is not None and comparison["aheadBy"] == 0
