"""Find version tags, and create the hotfix tag of a commit idempotently.

GitHub creates a tag's ref atomically; that serves as the lock, not a check beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from hotfix.github.read.baseline import record_queries
from hotfix.github.read.baseline.production_reading import commit_of_tag, tags_in
from hotfix.github.read.repository_queries import ask, pages
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import GitHubError, RequestRefused
from hotfix.github.transport.refusals import RefusalCause
from hotfix.github.write.rollout import refs
from hotfix.production import versions

_TRIES = 25
"""Maximum number of lost races for a number."""
_RESTRICTED_IN_A_ROW = 3
"""Number of refused names that indicates a ruleset, which refuses all names, not names used by immutable releases."""
NEWEST = 100
"""Number of tags read per query."""
_PAGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class HotfixTag:
    """The hotfix tag of a commit, existing or newly created."""

    name: str
    created: bool
    """False if it already existed."""


def highest_tag(tags: dict[str, str], sha: str, globs: Sequence[str] = ("*",)) -> str | None:
    """Return the highest version tag on a commit."""
    return versions.highest((name for name, commit in tags.items() if commit == sha), globs)


def highest_tag_of_commit(client: Client, repo: str, sha: str, globs: Sequence[str]) -> str | None:
    """Return the highest version tag on a commit, preferring tags that match the globs.

    Tags are read newest first, up to the first page with a tag on the commit; None if the newest 1,000 have none.
    """
    tags = pages(lambda after: ask(client, repo, record_queries.TAGS, after=after)["refs"])
    for page in islice(tags, _PAGES):
        there = tags_in(page)
        if found := highest_tag(there, sha, globs) or highest_tag(there, sha):
            return found
    return None


def own_hotfix_tag(tags: dict[str, str], sha: str, production: str, tag_format: str | None = None) -> str | None:
    """Return the hotfix tag that a commit already has, whatever runs in production now; `production` if it is on it."""
    there = [name for name, commit in tags.items() if commit == sha]
    if production in there:
        return production
    found = [version for name in there if (version := versions.Version.parse(name))]
    own = [v for v in found if v.is_hotfix or (tag_format and versions.is_made_by(tag_format, v))]
    return max(own).tag if own else None


def ensure_hotfix_tag(
    client: Client, repo: str, sha: str, *, production: str, message: str, tag_format: str | None = None
) -> HotfixTag:
    """Return the hotfix tag of a commit, created if there is none: annotated, with the next free number.

    Idempotent and safe to call concurrently: the loser of a race finds the winner's tag, or takes the next number. A
    number used by an immutable release is skipped. Raises ValueError if no tag can follow `production`,
    RequestRefused if a ruleset restricts such tags, `refs.NeedsWorkflows`, and the errors in
    `hotfix.github.transport.errors`.
    """
    lost: set[str] = set()
    restricted = 0
    for _ in range(_TRIES):
        tags = tags_with_next_prefix(client, repo, production, tag_format)
        if own := own_hotfix_tag(tags, sha, production, tag_format):
            return HotfixTag(name=own, created=False)
        name = versions.next_hotfix_tag(production, {*tags, *lost}, tag_format)
        try:
            if create(client, repo, name, sha, message):
                return HotfixTag(name=name, created=True)
            if commit_of_tag(client, repo, name) == sha:
                return HotfixTag(name=name, created=False)
        except RequestRefused as error:
            if RefusalCause.CREATION_RESTRICTED not in error.causes:
                raise
            restricted += 1
            if restricted == _RESTRICTED_IN_A_ROW:
                raise
        lost.add(name)
    raise GitHubError(f"{_TRIES} tags in a row were taken by others; something else creates hotfix tags here.")


def tags_with_next_prefix(client: Client, repo: str, production: str, tag_format: str | None = None) -> dict[str, str]:
    """Return the tags with the next hotfix tag's prefix, and their commits.

    Takes one request per 100 matching tags, however many tags the repository has. Raises ValueError if no tag can
    follow `production`.
    """
    first = versions.next_hotfix_tag(production, (), tag_format)
    second = versions.next_hotfix_tag(production, {first}, tag_format)
    stem = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
    found = pages(lambda after: ask(client, repo, record_queries.TAGS_LIKE, like=stem, after=after)["refs"])
    return {name: sha for page in found for name, sha in tags_in(page).items() if name.startswith(stem)}


def create(client: Client, repo: str, name: str, sha: str, message: str) -> bool:
    """Create an annotated tag; return False if its ref already exists. The tagger is the token's owner."""
    made = client.post(
        "/repos/{repo}/git/tags", {"tag": name, "message": message, "object": sha, "type": "commit"}, repo=repo
    )
    return refs.create(client, repo, f"tags/{name}", made["sha"])
