"""What runs in production: the last successful deployment, else the latest release, else the highest version tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hotfix.facts import Production
from hotfix.github.read import queries
from hotfix.github.transport.client import Client
from hotfix.policy import Policy
from hotfix.production import versions
from hotfix.text.globs import matches_branch

MOST_TAG_PAGES = 20
"""Pages of a hundred tags that are looked through for the first version, newest commits first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the query for releases was asked for: an answer to another question is no answer."""

    environment: str
    depth: int
    tags: bool
    history: bool = False
    """All states of each deployment: one that was replaced is told from one that never ran."""

    @property
    def variables(self) -> dict[str, Any]:
        """By which the query asks for it."""
        return {
            "environments": [self.environment],
            "depth": self.depth,
            "tags": self.tags,
            "history": self.history,
        }


def from_answer(
    repository: Mapping[str, Any], policy: Policy, asked: Asked, guess: Production | None
) -> Production | None:
    """The production tag that an answer shows. Raises `NeedMore` where it must be asked for more.

    `guess`: what was cached. It spares the list of tags where the answer shows the same commit for the same reason.
    """
    globs = policy.production.tags
    if asked.environment != policy.production.environment:
        raise NeedMore(Asked(policy.production.environment, queries.DEPLOYMENTS, True, asked.history))
    deployments = repository["deployments"]
    tags = tags_in(repository["refs"]) if asked.tags else None
    for node in deployments["nodes"]:
        if (node["latestStatus"] or {}).get("state") != "SUCCESS":
            continue
        return _deployed(node, policy, asked, tags, guess)
    if deployments["pageInfo"]["hasNextPage"] and asked.depth < 100:
        raise NeedMore(replace(asked, depth=100, tags=True))
    release = repository["latestRelease"]
    if release and release["tagCommit"] and matches_branch(globs, release["tagName"]):
        return Production(tag=release["tagName"], sha=release["tagCommit"]["oid"], known_from="release")
    if tags is None:
        raise NeedMore(replace(asked, tags=True))
    return _highest(tags, policy)


def before(
    repository: Mapping[str, Any],
    policy: Policy,
    asked: Asked,
    guess: Production | None,
    *,
    head: str,
    running: Production,
) -> Production | None:
    """What ran in production before the commit `head`, which `running` is or holds; None when that is not known.

    It is the last deployment of another commit that succeeded before `head` first did, since retired or not; else by
    version, from the latest release or the tags. `guess` is as in `from_answer`. Raises `NeedMore` like it.
    """
    if not asked.history:
        raise NeedMore(replace(asked, history=True))
    deployments, globs = repository["deployments"], policy.production.tags
    tags = tags_in(repository["refs"]) if asked.tags else None
    ran = [node for node in deployments["nodes"] if _ran(node)]
    first = max((at for at, node in enumerate(ran) if node["commitOid"] == head), default=None)
    if first is not None and first + 1 < len(ran):
        return _deployed(ran[first + 1], policy, asked, tags, guess)
    if deployments["pageInfo"]["hasNextPage"] and asked.depth < 100:
        raise NeedMore(replace(asked, depth=100))
    if tags is None:
        raise NeedMore(replace(asked, tags=True))
    there = [running.tag] if running.sha == head else [name for name, commit in tags.items() if commit == head]
    shipped = versions.Version.parse(versions.highest(there, globs) or "")
    if shipped is None and running.sha != head:
        return None
    release = repository["latestRelease"]
    if release and release["tagCommit"] and matches_branch(globs, release["tagName"]):
        tag, sha = release["tagName"], release["tagCommit"]["oid"]
        if sha != head and _is_before(tag, shipped):
            return Production(tag=tag, sha=sha, known_from="release")
    return _highest({tag: sha for tag, sha in tags.items() if sha != head and _is_before(tag, shipped)}, policy)


def _ran(node: Mapping[str, Any]) -> bool:
    """Was this deployment a success, retired since or not? One that made way for another never was."""
    latest = (node["latestStatus"] or {}).get("state")
    return latest == "SUCCESS" or (
        latest == "INACTIVE" and any(status["state"] == "SUCCESS" for status in node["statuses"]["nodes"])
    )


def _deployed(
    node: Mapping[str, Any], policy: Policy, asked: Asked, tags: Mapping[str, str] | None, guess: Production | None
) -> Production:
    globs, sha, ref = policy.production.tags, node["commitOid"], node["ref"] or {}
    named = ref.get("name") if ref.get("prefix") == "refs/tags/" else None
    if named and versions.Version.parse(named) and matches_branch(globs, named):
        return Production(tag=named, sha=sha, known_from="deployment")
    if tags is None:
        if guess is not None and guess.sha == sha and guess.known_from == "deployment":
            return guess
        raise NeedMore(replace(asked, tags=True))
    there = [name for name, commit in tags.items() if commit == sha]
    return Production(tag=versions.highest(there, globs) or named or sha, sha=sha, known_from="deployment")


def _highest(tags: Mapping[str, str], policy: Policy) -> Production | None:
    tag = versions.production_tag(tags, policy.production.tags)
    return Production(tag=tag, sha=tags[tag], known_from="tag") if tag else None


def _is_before(tag: str, shipped: versions.Version | None) -> bool:
    version = versions.Version.parse(tag)
    return version is not None and (shipped is None or version < shipped)


class NeedMore(Exception):
    """The answer does not hold enough; `asked` says what to ask for."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self.asked = asked


def tags_in(refs: Mapping[str, Any]) -> dict[str, str]:
    """Tag -> commit. An annotated tag is followed to its commit; a tag of anything else is left out."""
    found = {}
    for node in refs["nodes"]:
        target = node["target"]
        while target and target.get("target"):
            target = target["target"]
        if target:
            found[node["name"]] = target["oid"]
    return found


def search_tags(client: Client, repo: str, policy: Policy, after: str | None) -> Production | None:
    """Look through further pages of tags: for a repository whose newest hundred hold no version of ours."""
    for _ in range(MOST_TAG_PAGES):
        data = client.graphql(queries.TAGS, {**queries.of(repo), "after": after})
        refs = data["repository"]["refs"]
        tags = tags_in(refs)
        if tag := versions.production_tag(tags, policy.production.tags):
            return Production(tag=tag, sha=tags[tag], known_from="tag")
        if not refs["pageInfo"]["hasNextPage"]:
            return None
        after = refs["pageInfo"]["endCursor"]
    return None
