"""Bringing a shipped hotfix back to a long-lived branch: does it lack the fix, and the one pull request that brings it.

GitHub takes one open pull request for a pair of branches, and a branch once: those are the locks.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, Refused, TransientError
from hotfix.github.write import refs

LABEL = "back-merge"
_MERGEABLE_LOOKS = 12
_MERGEABLE_PAUSE = 0.5
"""GitHub works out in the background whether a pull request conflicts; seconds before the next look, growing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackMerge:
    """A pull request that brings the fix to a branch."""

    number: int
    url: str
    node_id: str
    base: str
    created: bool = False
    conflicts: bool | None = None
    """None where GitHub had not worked it out yet."""


def branch_name(tag: str, base: str) -> str:
    """The branch a back-merge pull request comes from; one a base, since conflicts are solved on it."""
    return f"{LABEL}/{tag}-into-{base}"


def has_fix(client: Client, repo: str, base: str, sha: str) -> bool:
    """Return whether the branch contains the commit, or its pull request was merged there. Raises NotFound."""
    compared = client.get(
        "/repos/{repo}/compare/{basehead}", params={"per_page": 1}, repo=repo, basehead=f"{base}...{sha}"
    )
    if compared["status"] in ("identical", "behind"):
        return True
    pulls = client.pages("/repos/{repo}/commits/{sha}/pulls", repo=repo, sha=sha)
    merged = [pull["head"] for pull in pulls if pull["base"]["ref"] == base and pull["merged_at"]]
    return any(head["sha"] == sha or head["ref"].startswith(f"{LABEL}/") for head in merged)


def open_pull(client: Client, repo: str, head: str, base: str) -> BackMerge | None:
    """The open pull request from one branch of the repository to another."""
    owner = repo.partition("/")[0]
    params = {"state": "open", "head": f"{owner}:{head}", "base": base}
    found = list(client.pages("/repos/{repo}/pulls", params=params, repo=repo))
    return of(found[0]) if found else None


def of(pull: Mapping[str, Any], *, created: bool = False) -> BackMerge:
    """From the REST API's words for a pull request."""
    return BackMerge(
        number=pull["number"],
        url=pull["html_url"],
        node_id=pull["node_id"],
        base=pull["base"]["ref"],
        created=created,
    )


def branch_sha(client: Client, repo: str, name: str) -> str | None:
    """Where a branch stands; None when there is none."""
    try:
        return str(client.get("/repos/{repo}/git/ref/heads/{path}", repo=repo, path=name)["object"]["sha"])
    except NotFound:
        return None


def ensure_branch(client: Client, repo: str, name: str, sha: str) -> bool:
    """Make the branch at a commit; False when it was there: conflicts may have been solved on it since."""
    return refs.create(client, repo, f"heads/{name}", sha)


def ensure_pull(client: Client, repo: str, *, head: str, base: str, title: str, body: str) -> BackMerge:
    """The open pull request from `head` to `base`, opened where there is none."""
    if found := open_pull(client, repo, head, base):
        return found
    try:
        made = client.post("/repos/{repo}/pulls", {"title": title, "head": head, "base": base, "body": body}, repo=repo)
    except Refused as error:
        if error.status == 422 and (found := open_pull(client, repo, head, base)):
            return found  # another run was faster
        raise
    return of(made, created=True)


def conflicts(client: Client, repo: str, number: int) -> bool | None:
    """Does the pull request conflict with its base? None when GitHub does not work it out in time."""
    pause = _MERGEABLE_PAUSE
    for look in range(_MERGEABLE_LOOKS):
        pull = client.get("/repos/{repo}/pulls/{number}", repo=repo, number=number)
        if pull["mergeable"] is not None:
            return not pull["mergeable"]
        if look + 1 < _MERGEABLE_LOOKS:
            time.sleep(pause)
            pause = min(pause * 1.5, 5.0)
    return None


def apply_metadata(
    client: Client, repo: str, number: int, *, label: str, assignee: str | None, reviewers: Iterable[str]
) -> list[str]:
    """Assign, ask for reviews, label. Returns what GitHub did not take, in words: nothing of it is worth stopping for.

    The label comes last: what wears it is not touched again.
    """
    pull = client.get("/repos/{repo}/pulls/{number}", repo=repo, number=number)
    if label in {each["name"] for each in pull["labels"]}:
        return []
    wishes: list[tuple[str, str, dict[str, Any]]] = []
    if assignee:
        wishes.append(
            (f"the assignee {assignee}", "/repos/{repo}/issues/{number}/assignees", {"assignees": [assignee]})
        )
    wishes += [
        (f"the reviewer {login}", "/repos/{repo}/pulls/{number}/requested_reviewers", {"reviewers": [login]})
        for login in reviewers
    ]
    wishes.append((f"the label {label}", "/repos/{repo}/issues/{number}/labels", {"labels": [label]}))
    refused = []
    for what, path, body in wishes:
        try:
            client.post(path, body, repo=repo, number=number)
        except (Refused, NotFound, NotPermitted) as error:
            refused.append(f"{what}: {error}")
    return refused


def auto_merge(client: Client, repo: str, pull: BackMerge) -> str:
    """Let GitHub merge it when its rules are met, or merge it when they are. Returns what was done, in words."""
    mutation = (
        "mutation($id: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: MERGE})"
        " { pullRequest { number } } }"
    )
    answer = client.request("POST", "/graphql", body={"query": mutation, "variables": {"id": pull.node_id}}).data
    errors = " ".join(str(error.get("message", "")) for error in answer.get("errors") or ())
    if not errors:
        return "merges when its checks pass"
    if "clean status" not in errors.casefold():
        raise Refused(f"GitHub does not take auto-merge: {errors}", 422)
    merged = client.put("/repos/{repo}/pulls/{number}/merge", {"merge_method": "merge"}, repo=repo, number=pull.number)
    if not merged.get("merged"):
        raise TransientError("GitHub has not merged it and does not say why.")
    return "merged"


def delete_branch(client: Client, repo: str, name: str, sha: str) -> bool:
    """Delete a branch that stands at a commit; False when it is gone or has moved on."""
    if branch_sha(client, repo, name) != sha:
        return False
    try:
        client.delete("/repos/{repo}/git/refs/heads/{path}", repo=repo, path=name)
    except (NotFound, Refused):
        return False
    return True
