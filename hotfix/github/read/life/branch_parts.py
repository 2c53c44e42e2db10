"""Read the branches of an incident: its own, and the long-lived ones, which must contain the fix."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from hotfix.github.read import git_refs
from hotfix.github.read.caches import KnownPolicy, RecentCache
from hotfix.github.read.life import pull_parts
from hotfix.github.read.pull.pull_answer import time
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound
from hotfix.life.incident_commands import CommandName
from hotfix.life.record import BackMergeStatus, GivenCommand, HotfixPull, IncidentBranch
from hotfix.text.globs import is_literal, matches_branch

BACK_MERGE = "back-merge/"
_PATCHES: RecentCache[tuple[str, str], str] = RecentCache(1000)
"""(repository, commit) -> its patch; commits are immutable, so entries never become stale."""
_NUMBER = re.compile(r" \(#\d+\)$")
_REVERTED = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
"""The line that git adds to the message of a revert."""
_CONTAINS: RecentCache[tuple[str, str, str], bool] = RecentCache(1000)
"""(repository, tip of a branch, commit) -> whether the tip contains the commit, which never changes either."""


def own(
    nodes: Iterable[Mapping[str, Any]],
    known: KnownPolicy,
    repo: str,
    host: str,
    number: int,
    pulls: Sequence[HotfixPull],
    commands: Sequence[GivenCommand],
) -> tuple[IncidentBranch, ...]:
    """Return the incident's hotfix branches, recognized by their pull request or by the issues their tip fixes."""
    of_pulls = {pull.branch: pull for pull in pulls if pull.same_repo}
    heads = {pull.head for pull in pulls}
    starts = [
        command for command in commands if command.request.name is CommandName.START and command.ruling is not False
    ]
    found = []
    for node in nodes:
        name, tip = node["name"], node["target"] or {}
        if not matches_branch(known.policy.branches.head, name):
            continue
        pull = of_pulls.get(name)
        # The tip of a branch newly created from a hotfix tag is still the commit of the earlier hotfix.
        if pull is None and (
            tip["oid"] in heads or number not in pull_parts.fixes("", "", [tip.get("message") or ""], repo, host)
        ):
            continue
        start = next((command for command in starts if name.endswith(command.request.target)), None)
        author = ((tip.get("author") or {}).get("user") or {}).get("login", "")
        at = start.at if start else pull.created_at if pull else time(tip["committedDate"])
        by = start.by if start else pull.author if pull else author
        found.append(IncidentBranch(name=name, sha=tip["oid"], at=at, by=by))
    return tuple(found)


def long_lived(known: KnownPolicy, names: Iterable[str]) -> tuple[str, ...]:
    """Return the branches that must get every fix: existing ones that match the policy's globs, and its plain names."""
    globs = known.long_lived
    heads = known.policy.branches.head
    there = [name for name in names if matches_branch(globs, name) and not matches_branch(heads, name)]
    plain = [name for name in globs if is_literal(name)]
    return tuple(dict.fromkeys([*plain, *sorted(there)]))


def carried(
    client: Client, repo: str, branches: Mapping[str, Any], tip: Mapping[str, Any] | None, fix: str,
    commits: Sequence[Mapping[str, Any]], known: KnownPolicy,
) -> tuple[BackMergeStatus, ...]:  # fmt: skip
    """Return for each branch whether it contains the fix: its commits, a merged pull request, or the same patch.

    A merge counts only while the branch contains it: a force-push may have removed it since. Nothing counts that one of
    the branch's newest commits reverts.
    A later hotfix created from this one contains its commits too, but its pull request isn't this one's back-merge.
    `branches`: the GraphQL node of each. `tip`: that of the fix's last commit, `fix`.
    """
    found = ((tip or {}).get("associatedPullRequests") or {}).get("nodes") or []
    hotfixes = known.policy.branches.head
    pulls = [pull for pull in found if pull["headRefOid"] == fix or not matches_branch(hotfixes, pull["headRefName"])]
    return tuple(_of_branch(client, repo, name, ref, pulls, fix, commits, tip or {}) for name, ref in branches.items())


def _of_branch(
    client: Client, repo: str, name: str, ref: Mapping[str, Any] | None, pulls: Sequence[Mapping[str, Any]], fix: str,
    commits: Sequence[Mapping[str, Any]], tip: Mapping[str, Any],
) -> BackMergeStatus:  # fmt: skip
    if ref is None:
        return BackMergeStatus(branch=name, contains=None)
    into = [pull for pull in pulls if pull["baseRefName"] == name]
    merged = [p for p in into if p["mergedAt"] and (p["headRefOid"] == fix or p["headRefName"].startswith(BACK_MERGE))]
    opened = [pull["number"] for pull in into if pull["state"] == "OPEN"]
    by_commits = bool(ref["compare"]) and ref["compare"]["status"] in ("IDENTICAL", "BEHIND")
    merged.sort(key=lambda pull: str(pull["mergedAt"]))
    history = (ref["target"] or {}).get("history", {}).get("nodes") or []
    merges = {node["oid"] for node in history if fix in [each["oid"] for each in node["parents"]["nodes"][1:]]}
    merges |= {_merge_of(pull) for pull in merged}
    there, undone = _since_revert(history, {fix, *merges, *(commit["oid"] for commit in commits)})
    if undone:
        by_commits, newest = False, {node["oid"] for node in there}
        merged = [pull for pull in merged if _merge_of(pull) in newest]
    first = next((pull for pull in merged if by_commits or _has_merge(client, repo, ref, pull)), None)
    if first:
        return BackMergeStatus(
            branch=name, contains=True, at=time(first["mergedAt"]), by=(first["mergedBy"] or {}).get("login", ""),
            pull=first["number"],
        )  # fmt: skip
    if by_commits:
        return BackMergeStatus(branch=name, contains=True)
    if picked := _picked(client, repo, there, commits, tip):
        at, by = picked
        return BackMergeStatus(branch=name, contains=True, at=at, by=by)
    return BackMergeStatus(branch=name, contains=False, pull=max(opened, default=None))


def _has_merge(client: Client, repo: str, ref: Mapping[str, Any], pull: Mapping[str, Any]) -> bool:
    """Return whether the branch contains the commit that merged the pull request, such as a squashed one."""
    merge = _merge_of(pull)
    if not merge or any(node["oid"] == merge for node in ref["target"]["history"]["nodes"]):
        return bool(merge)
    key = (repo.casefold(), ref["target"]["oid"], merge)
    if (known := _CONTAINS.get(key)) is None:
        try:
            known = git_refs.contains(client, repo, ref["target"]["oid"], merge)
        except NotFound:  # GitHub no longer has the commit, or does not show it yet
            return False
        _CONTAINS.put(key, known)
    return known


def _merge_of(pull: Mapping[str, Any]) -> str:
    """Return the commit that merged a pull request; empty if unknown."""
    return str((pull["mergeCommit"] or {}).get("oid", ""))


def _since_revert(history: Sequence[Mapping[str, Any]], shas: Collection[str]) -> tuple[list[Mapping[str, Any]], bool]:
    """Return the branch's newest commits after the last revert of one of `shas`, and whether there is such a revert.

    Other reverted commits are left out. `history`: newest first, so that a reverted revert counts as neither.
    """
    there: list[Mapping[str, Any]] = []
    reverted: set[str] = set()
    for node in history:
        if node["oid"].startswith(tuple(reverted)):
            continue
        named = tuple(_REVERTED.findall(node["message"]))
        if any(sha.startswith(named) for sha in shas):
            return there, True
        there.append(node)
        reverted.update(named)
    return there, False


def _picked(
    client: Client, repo: str, there: Sequence[Mapping[str, Any]], commits: Sequence[Mapping[str, Any]],
    tip: Mapping[str, Any],
) -> tuple[datetime, str] | None:  # fmt: skip
    """Return when the last of the fix's commits was cherry-picked, and by whom; None unless all of them were.

    `there`: the branch's newest commits that were not reverted. `tip`: the fix's last commit.
    """
    found: list[tuple[datetime, str]] = []
    for commit in commits:
        size = (tip.get("additions"), tip.get("deletions")) if commit is commits[-1] else None
        same = [
            node
            for node in there
            if _subject(node) == _subject(commit)
            or commit["oid"] in node["message"]
            or (node["additions"], node["deletions"]) == size
        ]
        match = next((n for n in same if _patch(client, repo, n["oid"]) == _patch(client, repo, commit["oid"])), None)
        if match is None:
            return None
        found.append(
            (
                time(match["committedDate"]),
                ((match["author"] or {}).get("user") or {}).get("login", ""),
            )
        )
    return max(found, default=None)


def _subject(commit: Mapping[str, Any]) -> str:
    """Return a commit's subject, without the number that GitHub appends when it squashes a pull request."""
    return _NUMBER.sub("", str(commit["message"]).partition("\n")[0])


def _patch(client: Client, repo: str, sha: str) -> str:
    """Return a commit's changed lines, without line numbers: in a cherry-pick they may be at another place."""
    if (known := _PATCHES.get((repo.casefold(), sha))) is not None:
        return known
    files = client.get("/repos/{repo}/commits/{sha}", repo=repo, sha=sha).get("files") or []
    parts = []
    for file in sorted(files, key=lambda each: str(each["filename"])):
        lines = (file.get("patch") or f"{file['status']} {file.get('sha')}").split("\n")
        changed = [line for line in lines if line[:1] in "+-" or not file.get("patch")]
        parts.append("\n".join([file["filename"], *changed]))
    text = "\n".join(parts)
    _PATCHES.put((repo.casefold(), sha), text)
    return text
