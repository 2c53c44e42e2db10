"""Read the policy that applies to a repository: its own, its owner's, or the built-in defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hotfix.github.read import repository_queries
from hotfix.github.read.caches import Caches, KnownPolicy
from hotfix.github.read.pull import pull_queries
from hotfix.github.read.pull.pull_queries import POLICY_PATH
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotPermitted
from hotfix.policy import Policy
from hotfix.policy.load import load
from hotfix.policy.marks import HotfixMarks, of_broken
from hotfix.policy.policy_error import PolicyError
from hotfix.text.yaml_tree import YamlProblem

DEFAULTS = "built-in defaults"


class PolicyOutOfReach(NotPermitted):
    """A policy of the owner that may exist and apply, but that the token can't read."""


def from_answer(
    client: Client, caches: Caches, repo: str, data: Mapping[str, Any], forbidden: Collection[tuple[str, ...]] = ()
) -> KnownPolicy:
    """Return the policy in an answer. A cached policy isn't parsed again, and keeps the commit in its `source`.

    A broken policy is not raised: it is returned with its error and the built-in defaults. A pull request is then a
    hotfix by the marks of the defaults, of the readable part of the broken policy, or of the last valid policy, so that
    no hotfix goes unchecked. `unreadable` is set if the owner may have a policy that the token can't read. `forbidden`:
    paths of the answer's refused fields.
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
    unreadable = "" if oid else _unreadable(client, repo, owners, forbidden)
    known = caches.policies.get(repo.casefold())
    if known and (known.blob, known.default_branch, known.unreadable) == (oid, default_branch, unreadable):
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
        caches.last_marks.put(repo.casefold(), HotfixMarks.of(policy))
    else:
        marks = HotfixMarks.of(policy) | of_broken(blob.get("text") or "")
        if last := caches.last_marks.get(repo.casefold()):
            marks |= last
    known = KnownPolicy(
        blob=oid,
        policy=policy,
        error=error,
        source=source,
        default_branch=default_branch,
        of_broken=marks,
        unreadable=unreadable,
    )
    caches.policies.put(repo.casefold(), known)
    return known


def read(client: Client, caches: Caches, repo: str) -> KnownPolicy:
    """Return a repository's policy, in one request.

    Raises NotFound, TransientError, and NotPermitted if it is unknown which policy applies.
    """
    _, found = ask(client, caches, repo, pull_queries.POLICY)
    if found.unreadable:
        raise PolicyOutOfReach(found.unreadable)
    return found


def ask(
    client: Client, caches: Caches, repo: str, query: str, *, required: bool = True, **variables: Any
) -> tuple[Any, KnownPolicy]:
    """Send a query that includes the policies; return the repository in the answer, and its policy.

    `required`: raise NotPermitted if GitHub refuses the policy; otherwise the defaults are used. Raises NotFound if the
    answer has no repository.
    """
    forbidden: list[tuple[str, ...]] = []
    data = client.graphql(
        query, {**repository_queries.of(repo), **variables}, may_lack=("owners",),
        must_hold=(("repository", "policy"),) if required else (), forbidden=forbidden,
    )  # fmt: skip
    return repository_queries.repository_in(data, repo), from_answer(client, caches, repo, data, forbidden)


def _unreadable(
    client: Client, repo: str, owners: Mapping[str, Any] | None, forbidden: Collection[tuple[str, ...]]
) -> str:
    """Return why the owner may have a policy that the token can't read; empty if there certainly is none."""
    owner, _, name = repo.partition("/")
    refused = any(path[:1] == ("owners",) for path in forbidden)
    if name == ".github" or (not refused and (owners is not None or client.sees_all_repositories())):
        return ""
    return (
        f"{repo} has no {POLICY_PATH}, and {owner}/.github, whose policy would hold, may exist out of the token's "
        f"reach: add {POLICY_PATH} to {repo} (an empty file means the defaults), or give the App or token access to it"
    )


def parse(blob: Mapping[str, Any], where: str) -> tuple[Policy, PolicyError | None]:
    """Return the policy in a GraphQL blob, and its error. A binary or enormous file is a broken policy."""
    if blob.get("isBinary") or blob.get("isTruncated") or blob.get("text") is None:
        return Policy(), PolicyError((YamlProblem(1, 1, "", "is not a text file of a reasonable size"),), where)
    try:
        return load(blob["text"], where), None
    except PolicyError as error:
        return Policy(), error
