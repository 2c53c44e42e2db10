"""Read the long-lived branches, and which of their commits the hotfix branch contains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotfix.facts import Branches, LongLived, Production
from hotfix.github.read import git_refs
from hotfix.github.read.caches import KnownPolicy
from hotfix.github.read.pull import changes, pull_queries
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.read.pull.pull_queries import POLICY_PATH
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound
from hotfix.github.transport.parallel_reads import Reads
from hotfix.text.globs import is_literal, literal_start, matches_branch


class LongLivedReads:
    """Compares the head with each long-lived branch. Globs in the policy are expanded to existing branches."""

    def __init__(self, request: EvaluationRequest, reads: Reads) -> None:
        self.request, self.reads = request, reads

    def add(self, policy: KnownPolicy, head: str, head_branch: str | None = None) -> None:
        """Schedule the reads for the next round. `head_branch`: the hotfix's own, once known; it isn't long-lived."""
        for prefix in _prefixes(policy):
            self.reads.add(("branches", prefix), branches_like, self.request.client, self.request.repo, prefix)
        for name in self._names(policy, head_branch):
            self._compare(name, head)

    def _compare(self, name: str, head: str) -> None:
        changes.add_comparison(self.reads, self.request.client, self.request.repo, name, head)

    def _names(self, policy: KnownPolicy, head_branch: str | None) -> list[str]:
        """Return the branches that match the policy; until they are listed, those cached from the last time."""
        key, prefixes = self.request.repo.casefold(), _prefixes(policy)
        there = {name for name in policy.long_lived if is_literal(name)}
        if not all(("branches", prefix) in self.reads for prefix in prefixes):
            there |= set(self.request.caches.branches.get(key) or ())
        elif prefixes:
            there |= {name for prefix in prefixes for name in self.reads["branches", prefix]}
            self.request.caches.branches.put(key, tuple(sorted(there)))
        found = sorted(name for name in there if matches_branch(policy.long_lived, name))
        heads = policy.policy.branches.head
        return [name for name in found if name != head_branch or not matches_branch(heads, name)]

    def _not_found(self, name: str, head: str) -> bool:
        try:
            self.reads["compare", name, head]
        except NotFound:
            return True
        return False

    def _absent(self, names: Sequence[str]) -> set[str]:
        """Return which of these branches do not exist.

        A comparison's 404 doesn't prove it: GitHub also answers 404 for what it does not show yet.
        """
        if not names:
            return set()
        refs = [f"refs/heads/{name}" for name in names]
        found, _ = pull_queries.BRANCHES.ask(self.request.client, self.request.repo, refs)
        return {name for name, ref in zip(names, found, strict=True) if ref is None}

    def branches(
        self,
        policy: KnownPolicy,
        node: Mapping[str, Any],
        own: changes.CommitComparison,
        production: Production | None,
        missing: dict[str, str],
        passing: set[str],
    ) -> Branches:
        """Return the facts about branches; record in `missing` what could not be compared.

        `passing` gets the key if GitHub merely does not show the comparison yet.
        """
        head, found = node["headRefOid"], []
        head_branch = node["headRefName"] if _in_repository(node) else None
        self.add(policy, head, head_branch)
        merged_onto = _merged_onto(node)
        if merged_onto:
            self._compare(merged_onto, head)
        self.reads.send()
        names = self._names(policy, head_branch)
        absent = self._absent([name for name in names if self._not_found(name, head)])
        for glob in policy.long_lived:
            if not is_literal(glob) and not glob.startswith("!") and not any(matches_branch((glob,), n) for n in names):
                missing["branches"] = f"no branch matches {glob}: correct branches.back_merge in {POLICY_PATH}"
        for name in names:
            at = merged_onto if merged_onto and name == node["baseRefName"] else name
            if at in absent:
                missing["branches"] = f"there is no branch {name}: correct branches.back_merge in {POLICY_PATH}"
                continue
            if self._not_found(at, head):
                missing["branches"] = f"GitHub does not show the comparison with {name} yet"
                passing.add("branches")
                continue
            other: changes.CommitComparison = self.reads["compare", at, head]
            if merged_onto and at == name and not other.total:
                found.append(LongLived(name=name))  # it got the head after the merge: nothing is foreign
                continue
            foreign = changes.foreign(own, other, production.sha) if production else ()
            if foreign is None:
                missing["branches"] = (
                    f"GitHub lists {len(other.commits)} of the {other.total} commits that {name} lacks, "
                    "so unreleased work of others can't be determined: reduce the hotfix to fewer commits"
                )
                continue
            found.append(LongLived(name=name, foreign=foreign))
        return Branches(
            head=node["headRefName"],
            base=node["baseRefName"],
            head_patterns=policy.policy.branches.head,
            allowed_bases=policy.bases,
            tag_is_ancestor=own.behind == 0 if production else None,
            merge_base=own.merge_base if production else None,
            long_lived=tuple(found),
        )


def _merged_onto(node: Mapping[str, Any]) -> str:
    """Return the base's commit before the merge, since the base now contains the head; empty if it isn't merged."""
    merge = node["mergeCommit"] if node["state"] == "MERGED" else None
    parents = merge["parents"]["nodes"] if merge else ()
    return str(parents[0]["oid"]) if parents else ""


def _prefixes(policy: KnownPolicy) -> list[str]:
    """Return the literal prefix of each glob."""
    globs = (name for name in policy.long_lived if not is_literal(name) and not name.startswith("!"))
    return sorted({literal_start(glob) for glob in globs})


def branches_like(client: Client, repo: str, glob: str) -> tuple[str, ...]:
    """Return the branches with the glob's literal prefix, all that GitHub can search by."""
    found = git_refs.beginning_with(client, repo, f"heads/{literal_start(glob)}")
    return tuple(ref.removeprefix("refs/heads/") for ref in found)


def _in_repository(node: Mapping[str, Any]) -> bool:
    """Return whether the head branch is in the base's repository rather than in a fork."""
    repository = node["headRepository"]
    return bool(repository) and node["url"].partition("/pull/")[0].endswith(f"/{repository['nameWithOwner']}")
