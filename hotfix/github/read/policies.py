"""The policy that judges a repository: its own at its default branch, else its owner's, else the built-in defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotfix.github.read.caches import Caches, KnownPolicy
from hotfix.github.read.queries import POLICY_PATH
from hotfix.policy import Policy
from hotfix.policy.load import load
from hotfix.policy.marks import Marks, of_broken
from hotfix.policy.problems import PolicyError, Problem

DEFAULTS = "built-in defaults"


def from_answer(caches: Caches, repo: str, data: Mapping[str, Any]) -> KnownPolicy:
    """The policy that an answer holds. The cache spares its parsing, and keeps the commit that names it.

    A broken policy is returned with its error and the built-in defaults beside it, never raised. What makes a hotfix by
    the defaults, by what can be read of it, or by the last one that held, makes one still: none slips through.
    """
    repository, owners = data["repository"], data.get("owners")
    default_branch = (repository["defaultBranchRef"] or {}).get("name") or "main"
    if caches.trial is not None:
        return KnownPolicy(
            blob="", policy=caches.trial, error=None, source="the policy to try", default_branch=default_branch
        )
    found = repository
    if not repository["policy"] and owners and owners["policy"]:
        found = owners
    blob = found["policy"] or {}
    oid = blob.get("oid") or ""
    known = caches.policies.get(repo.casefold())
    if known and known.blob == oid and known.default_branch == default_branch:
        return known
    policy, error = Policy(), None
    source = DEFAULTS
    if oid:
        commit = ((found["defaultBranchRef"] or {}).get("target") or {}).get("oid", "")
        source = f"{found['nameWithOwner']}@{commit}:{POLICY_PATH}"
        where = POLICY_PATH if found is repository else f"{found['nameWithOwner']}:{POLICY_PATH}"
        policy, error = parse(blob, where)
    marks = None
    if error is None:
        caches.last_marks.put(repo.casefold(), Marks.of(policy))
    else:
        marks = Marks.of(policy) | of_broken(blob.get("text") or "")
        if last := caches.last_marks.get(repo.casefold()):
            marks |= last
    known = KnownPolicy(
        blob=oid, policy=policy, error=error, source=source, default_branch=default_branch, of_broken=marks
    )
    caches.policies.put(repo.casefold(), known)
    return known


def parse(blob: Mapping[str, Any], where: str) -> tuple[Policy, PolicyError | None]:
    """A policy from a blob of GraphQL's. A binary or enormous file is a broken policy."""
    if blob.get("isBinary") or blob.get("isTruncated") or blob.get("text") is None:
        return Policy(), PolicyError((Problem(1, 1, "", "is no text file of a reasonable size"),), where)
    try:
        return load(blob["text"], where), None
    except PolicyError as error:
        return Policy(), error
