"""Find pull requests: a repository's open hotfixes, those with a given head SHA, and those in a merge group."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hotfix.github.read import policies
from hotfix.github.read.caches import Caches
from hotfix.github.read.pull import pull_queries, rest_pulls
from hotfix.github.read.pull.pull_answer import newest_run
from hotfix.github.transport.client import Client
from hotfix.verdict import VerdictKind

_GROUP = re.compile(r"(?:\A|/)pr-([0-9]{1,9})-([0-9a-f]{40})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRef:
    """The state of a pull request needed to decide whether to evaluate it again."""

    number: int
    head_sha: str
    check: str | None
    """Conclusion of our check run on the head (`success` ...), `in_progress` if it has none; None without a run."""
    kind: VerdictKind


def open_hotfixes(client: Client, caches: Caches, repo: str, known: Collection[int] = ()) -> list[PullRef]:
    """Return the open pull requests that are hotfixes by the current policy, or that are in `known`, oldest first.

    Takes one request per 100 open pull requests. Raises NotFound.
    """
    found: list[PullRef] = []
    after: str | None = None
    while True:
        repository, policy = policies.ask(client, caches, repo, pull_queries.OPEN_PULLS, after=after, app=client.app_id)
        for node in repository["pullRequests"]["nodes"]:
            kind = policy.kind_of([each["name"] for each in node["labels"]["nodes"]], node["headRefName"])
            if kind is VerdictKind.NOT_A_HOTFIX and node["number"] not in known:
                continue
            commits = node["commits"]["nodes"]
            run = newest_run(commits[0]["commit"]) if commits else None
            found.append(
                PullRef(
                    number=node["number"],
                    head_sha=node["headRefOid"],
                    check=(run["conclusion"] or "in_progress").lower() if run else None,
                    kind=kind,
                )
            )
        page = repository["pullRequests"]["pageInfo"]
        if not page["hasNextPage"]:
            return found
        after = page["endCursor"]


def with_head(client: Client, repo: str, sha: str) -> list[int]:
    """Return the numbers of the open pull requests of `repo` whose head is `sha`, forks included."""
    found = rest_pulls.of_commit(client, repo, sha)
    return sorted(pull["number"] for pull in found if pull["state"] == "open" and pull["head"]["sha"] == sha)


def of_head(client: Client, repo: str, sha: str) -> list[int]:
    """Return the open pull requests whose head is `sha`; if there are none, the merged ones."""
    at_head = [pull for pull in rest_pulls.of_commit(client, repo, sha) if pull["head"]["sha"] == sha]
    is_open = sorted(pull["number"] for pull in at_head if pull["state"] == "open")
    return is_open or sorted(pull["number"] for pull in at_head if pull["merged_at"])


def of_merge_group(head_ref: str) -> int | None:
    """Return the pull request that a merge group adds: `refs/heads/gh-readonly-queue/main/pr-42-<sha>` -> 42."""
    found = _GROUP.search(head_ref)
    return int(found[1]) if found and "gh-readonly-queue/" in head_ref else None


def in_merge_group(branches: Mapping[str, str], head_ref: str) -> list[int]:
    """Return the pull requests that a merge group contains, last first.

    Each group is based on the one before it.

    `branches`: the merge queue's branches and their commits. A branch's name ends with the commit it is based on.
    """
    before = {commit: found for name, commit in branches.items() if (found := _GROUP.search(name))}
    numbers: list[int] = []
    found = _GROUP.search(head_ref)
    while found is not None:
        numbers.append(int(found[1]))
        found = before.pop(found[2], None)
    return numbers
