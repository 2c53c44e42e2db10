"""Open and merge the pull request that brings a shipped hotfix back to a long-lived branch.

GitHub allows one open pull request per pair of branches, and one branch per name; these serve as locks.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from hotfix.backoff import delays
from hotfix.github.read.git_refs import object_at
from hotfix.github.read.pull import rest_pulls
from hotfix.github.read.repository_queries import ask
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused, TransientError
from hotfix.github.transport.refusals import RefusalCause, causes_of_query
from hotfix.github.write.rollout import refs

LABEL = "back-merge"
_LABELS = "/repos/{repo}/issues/{number}/labels"
_MERGEABLE_LOOKS = 12
_MERGEABLE_PAUSE = 0.5
"""Initial delay in seconds between reads, growing: GitHub determines in the background whether a pull request
conflicts."""


class BackMergeState(StrEnum):
    """The state of a back-merge pull request."""

    OPEN = "open"
    MERGED = "merged"
    DECLINED = "declined"
    """Closed without being merged."""


class AutoMerge(StrEnum):
    """What GitHub does with a pull request that is to be merged automatically."""

    MERGED = "merged"
    PENDING = "pending"
    """It merges the pull request once its requirements are met."""
    QUEUED = "queued"
    """Its merge queue merges the pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRules:
    """How pull requests into a branch may be merged."""

    methods: tuple[str, ...]
    """The allowed methods by their API names, the best for a back-merge first; with a queue, the queue's own."""
    queue: bool
    """Whether only a merge queue may merge them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackMerge:
    """A pull request that merges the fix into a branch."""

    number: int
    url: str
    node_id: str
    base: str
    state: BackMergeState = BackMergeState.OPEN
    created: bool = False
    merge_commit: str = ""
    """The commit that the merge added to the base; empty if it is not merged."""
    conflicts: bool | None = None
    """Whether it conflicts with its base; None if GitHub has not determined it yet."""


def branch_name(tag: str, base: str) -> str:
    """Return the head branch of a back-merge: one per base, because conflicts are resolved on it."""
    return f"{LABEL}/{tag}-into-{base}"


def tag_of_branch(name: str, base: str) -> str:
    """Return the tag that a back-merge branch merges into `base`; empty if it is not such a branch."""
    start, end = f"{LABEL}/", f"-into-{base}"
    return name[len(start) : -len(end)] if name.startswith(start) and name.endswith(end) else ""


def merge_commits(client: Client, repo: str, sha: str, base: str) -> list[str]:
    """Return the commits that merging pull requests with this head, or back-merges of it, added to the branch."""
    pulls = client.pages("/repos/{repo}/commits/{sha}/pulls", repo=repo, sha=sha)
    return [
        pull["merge_commit_sha"]
        for pull in pulls
        if pull["merged_at"] and pull["base"]["ref"] == base and pull["merge_commit_sha"]
        if pull["head"]["sha"] == sha or pull["head"]["ref"].startswith(f"{LABEL}/")
    ]


def latest_pull(client: Client, repo: str, head: str, base: str) -> BackMerge | None:
    """Return the pull request from one branch of the repository to another: the open one, or else the newest."""
    owner = repo.partition("/")[0]
    params = {"state": "all", "head": f"{owner}:{head}", "base": base}
    found = [of(pull) for pull in client.pages("/repos/{repo}/pulls", params=params, repo=repo)]
    return max(found, key=lambda pull: (pull.state is BackMergeState.OPEN, pull.number), default=None)


def of(pull: Mapping[str, Any], *, created: bool = False) -> BackMerge:
    """Return a back-merge from the REST API's pull request."""
    closed = BackMergeState.MERGED if pull.get("merged_at") else BackMergeState.DECLINED
    return BackMerge(
        number=pull["number"],
        url=pull["html_url"],
        node_id=pull["node_id"],
        base=pull["base"]["ref"],
        state=BackMergeState.OPEN if pull["state"] == "open" else closed,
        created=created,
        merge_commit=pull["merge_commit_sha"] or "" if pull.get("merged_at") else "",
    )


def ensure_branch(client: Client, repo: str, name: str, sha: str) -> bool:
    """Create the branch at a commit; return False if it exists, since conflicts may have been resolved on it."""
    return refs.create(client, repo, f"heads/{name}", sha)


def check_may_open(client: Client, repo: str, base: str) -> None:
    """Raise NotPermitted if the token may not open pull requests.

    GitHub does not report a token's permissions, so this requests a pull request that GitHub never opens: from a branch
    into itself.
    """
    body = {"title": "Permission check", "head": base, "base": base}
    try:
        client.post("/repos/{repo}/pulls", body, repo=repo)
    except RequestRefused:
        return


def ensure_pull(
    client: Client, repo: str, *, head: str, base: str, title: str, body: str, besides: int = 0
) -> BackMerge:
    """Return the pull request from `head` to `base`, opened if there never was one.

    `besides`: number of a pull request to ignore, because the branch has lost its changes.
    """
    if (found := latest_pull(client, repo, head, base)) and found.number != besides:
        return found
    try:
        made = client.post("/repos/{repo}/pulls", {"title": title, "head": head, "base": base, "body": body}, repo=repo)
    except RequestRefused as error:
        if error.status == 422 and (found := latest_pull(client, repo, head, base)) and found.number != besides:
            return found  # opened by a concurrent run
        raise
    return of(made, created=True)


def conflicts(client: Client, repo: str, number: int) -> bool | None:
    """Return whether the pull request conflicts with its base; None if GitHub does not determine it in time."""
    for pause in (0.0, *islice(delays(_MERGEABLE_PAUSE, longest=5.0, factor=1.5), _MERGEABLE_LOOKS - 1)):
        time.sleep(pause)
        pull = rest_pulls.read(client, repo, number)
        if pull["mergeable"] is not None:
            return not pull["mergeable"]
    return None


def apply_metadata(
    client: Client, repo: str, number: int, *, label: str, assignee: str | None, reviewers: Collection[str]
) -> list[str]:
    """Set the assignee, reviewers and label. Return messages for what GitHub refused; none of it is worth failing for.

    A reviewer who was already requested or has reviewed is not requested again.
    """
    pull = rest_pulls.read(client, repo, number)
    reviews = rest_pulls.reviews_of(client, repo, number) if reviewers else ()
    known = {each["login"].casefold() for each in pull["requested_reviewers"]}
    known |= {review["user"]["login"].casefold() for review in reviews if review["user"]}
    wishes: list[tuple[str, str, dict[str, Any]]] = []
    """The description, route and body of each write."""
    if assignee and not pull["assignees"]:
        wishes.append(
            (f"the assignee {assignee}", "/repos/{repo}/issues/{number}/assignees", {"assignees": [assignee]})
        )
    wishes += [
        (f"the reviewer {login}", "/repos/{repo}/pulls/{number}/requested_reviewers", {"reviewers": [login]})
        for login in reviewers
        if login.casefold() not in known
    ]
    refused = []
    for what, path, body in wishes:
        try:
            client.post(path, body, repo=repo, number=number)
        except (RequestRefused, NotFound, NotPermitted) as error:
            refused.append(f"{what}: {error}")
    if label not in {each["name"] for each in pull["labels"]}:
        refused += _labelled(client, repo, number, label)
    return refused


def _labelled(client: Client, repo: str, number: int, label: str) -> list[str]:
    """Add a label, created if it doesn't exist. Return messages for what GitHub refused."""
    body = {"labels": [label]}
    try:
        try:
            client.post(_LABELS, body, repo=repo, number=number)
        except NotPermitted:
            # A token that may add labels may not create one implicitly, but possibly explicitly.
            client.post("/repos/{repo}/labels", {"name": label}, repo=repo)
            client.post(_LABELS, body, repo=repo, number=number)
    except (RequestRefused, NotFound, NotPermitted) as error:
        hint = "creating a label can need 'issues: write'; or create it manually"
        return [f"the label {label}: {error} ({hint})"]
    return []


_MERGE_RULES = """
query MergeRules($owner: String!, $name: String!, $branch: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    mergeQueue(branch: $branch) { configuration { mergeMethod } }
    ref(qualifiedName: $ref) {
      refUpdateRule { requiresLinearHistory requiresSignatures }
      rules(first: 100) { nodes { type parameters { ... on PullRequestParameters { allowedMergeMethods } } } }
    }
  }
}
"""


def merge_rules(client: Client, repo: str, branch: str) -> MergeRules:
    """Return how pull requests into a branch may be merged, by the repository's settings and the branch's rules."""
    found = ask(client, repo, _MERGE_RULES, branch=branch, ref=f"refs/heads/{branch}")
    ref = found["ref"] or {}
    classic, rules = ref.get("refUpdateRule") or {}, (ref.get("rules") or {}).get("nodes") or []
    types = {rule["type"] for rule in rules}
    fields = {"merge": "mergeCommitAllowed", "squash": "squashMergeAllowed", "rebase": "rebaseMergeAllowed"}
    allowed = {method for method, field in fields.items() if found[field]}
    for rule in rules:
        if methods := (rule["parameters"] or {}).get("allowedMergeMethods"):
            allowed &= {method.casefold() for method in methods}
    if classic.get("requiresLinearHistory") or "REQUIRED_LINEAR_HISTORY" in types:
        allowed.discard("merge")
    if classic.get("requiresSignatures") or "REQUIRED_SIGNATURES" in types:
        allowed.discard("rebase")  # GitHub signs the commits of the other methods, but not rebased ones
    queue = found["mergeQueue"]
    if method := ((queue or {}).get("configuration") or {}).get("mergeMethod"):
        allowed = {method.casefold()}
    return MergeRules(methods=tuple(method for method in fields if method in allowed), queue=queue is not None)


def auto_merge(client: Client, repo: str, pull: BackMerge, rules: MergeRules) -> AutoMerge:
    """Enable auto-merge, enqueue the pull request, or merge it if all requirements are already met.

    GitHub may refuse a method for a reason that `rules` do not show, so each one is tried. Raises RequestRefused.
    """
    refused: RequestRefused | None = None
    for method in rules.methods:
        try:
            return _auto_merge(client, repo, pull, method, queue=rules.queue)
        except RequestRefused as error:
            refused = error
    raise refused or RequestRefused(f"The rules for {pull.base} allow no merge method.", 422)


_AUTO_MERGE = """
mutation AutoMerge($id: ID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method}) { pullRequest { number } }
}
"""
_ENQUEUE = "mutation Enqueue($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) { clientMutationId } }"


def _auto_merge(client: Client, repo: str, pull: BackMerge, method: str, *, queue: bool) -> AutoMerge:
    errors = _errors_of(client, _AUTO_MERGE, {"id": pull.node_id, "method": method.upper()})
    if not errors:
        return AutoMerge.QUEUED if queue else AutoMerge.PENDING
    if queue:  # a pull request that is ready needs no auto-merge, which the repository may not allow
        refused = _errors_of(client, _ENQUEUE, {"id": pull.node_id})
        if not refused:
            return AutoMerge.QUEUED
        errors += refused
    elif any(RefusalCause.NOTHING_PENDING in causes_of_query(error) for error in errors):
        body = {"merge_method": method}
        merged = client.put("/repos/{repo}/pulls/{number}/merge", body, repo=repo, number=pull.number)
        if not merged.get("merged"):
            raise TransientError("GitHub has not merged it and does not say why.")
        return AutoMerge.MERGED
    said = " ".join(str(error.get("message", "")) for error in errors)
    raise RequestRefused(f"GitHub refuses auto-merge: {said}", 422)


def _errors_of(client: Client, mutation: str, variables: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Send a mutation and return its errors."""
    answer = client.request("POST", "/graphql", body={"query": mutation, "variables": dict(variables)}).data
    return list(answer.get("errors") or ())


def delete_branch(client: Client, repo: str, name: str, sha: str) -> bool:
    """Delete a branch if it points to a commit; return False if it no longer exists or has moved.

    Raises RequestRefused or NotPermitted if GitHub refuses it, as a ruleset may.
    """
    if object_at(client, repo, f"heads/{name}") != sha:
        return False
    try:
        client.delete("/repos/{repo}/git/refs/heads/{path}", repo=repo, path=name)
    except NotFound:
        return False
    except RequestRefused:
        if object_at(client, repo, f"heads/{name}") != sha:
            return False  # deleted or moved by a concurrent run
        raise
    return True
