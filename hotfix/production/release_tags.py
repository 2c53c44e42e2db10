"""Choose the production tag from the tags alone, if neither deployments nor releases determine it.

This is an inference, so it is made only without contrary evidence: the release tags form one family; no other tag that
is or may be a release descends from the chosen one; no hotfix of an older release was created since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotfix.production.versions import EVERY_TAG, Version, VersionStage, is_made_by, is_version_like, parsed, rank
from hotfix.text.globs import matches_branch

_NAMED = 4
"""Maximum number of candidates that a message names."""
_CLOCK_SKEW = timedelta(days=1)
"""Maximum difference by which a commit's date may precede that of its ancestor."""

Descendants = Callable[[str, Sequence[str]], Collection[str]]
"""A function that returns which of the given commits descend from a commit."""


@dataclass(frozen=True, slots=True)
class TagChoice:
    """The production tag inferred from tags alone, or why it is ambiguous."""

    tag: str = ""
    """Empty if ambiguous, or if no tag is a version."""
    problem: str = ""
    """A clause that names the candidates; empty if the choice is unambiguous or there are no candidates."""


def choose(
    tags: Mapping[str, str],
    globs: Sequence[str],
    descendants: Descendants,
    *,
    dates: Mapping[str, datetime] | None = None,
    tag_format: str | None = None,
    released: str | None = None,
) -> TagChoice:
    """Choose the highest release or hotfix among `tags` (name -> commit), or `released`, the latest release's tag.

    Pre-releases are considered only if there is nothing else. `dates`: the tagged commits' dates, if known, which save
    calls of `descendants` for much older commits. `tag_format`: the policy's format of hotfix tags.
    """
    matching = tags if tuple(globs) == EVERY_TAG else {t: sha for t, sha in tags.items() if matches_branch(globs, t)}
    versions = parsed(matching)
    releases = [v for v in versions if v.is_release or (tag_format and is_made_by(tag_format, v))]
    unread = [tag for tag in matching if is_version_like(tag) and Version.parse(tag) is None]
    if not releases:
        unclear = [v.tag for v in versions if v.stage is VersionStage.UNCLEAR] + unread
        if unclear:
            newest_first = sorted(unclear, key=_numbers, reverse=True)
            return TagChoice(problem=f"no tag is certain to be a release ({_some(newest_first)})")
        releases = versions
    families: dict[str, Version] = {}
    for version in sorted(releases, key=rank):
        families[version.family] = version
    if len(families) > 1:
        highest = [version.tag for version in sorted(families.values(), key=rank, reverse=True)]
        return TagChoice(problem=f"the release tags form several families ({_some(highest)})")
    chosen = Version.parse(released) if released else max(releases, key=rank, default=None)
    if chosen is None:
        return TagChoice()
    commit = tags[chosen.tag]
    same = [v.tag for v in releases if v == chosen and tags[v.tag] != commit]
    if same and not released:
        return TagChoice(problem=f"tags of one version name different commits ({_some([chosen.tag, *same])})")
    since = dates.get(chosen.tag) if dates else None
    doubtful = [
        *(v.tag for v in versions if _speaks_against(v, chosen, tag_format) and tags[v.tag] != commit),
        *(tag for tag in unread if tags[tag] != commit),
    ]
    if dates and since:
        oldest = min(dates.values())
        doubtful = [tag for tag in doubtful if dates.get(tag, oldest) >= since - _CLOCK_SKEW]
    # A lower release that came later: the chosen version was a mistake, or the versioning scheme changed.
    lower = (v.tag for v in releases if v <= chosen and tags[v.tag] != commit)
    doubtful += [tag for tag in lower if tag not in doubtful and (not dates or _is_newer(tag, since, dates))]
    after = set(descendants(commit, sorted({tags[tag] for tag in doubtful}))) if doubtful else set()
    if later := [tag for tag in doubtful if tags[tag] in after]:
        return TagChoice(problem=f"{_some(later)} came after {chosen.tag}, the highest version")
    repaired = _hotfix_since(releases, chosen, tags, dates, tag_format) if dates and not released else ""
    if repaired and commit not in descendants(tags[repaired], [commit]):
        return TagChoice(problem=f"the hotfix {repaired} was made after {chosen.tag}, the highest version, without it")
    return TagChoice(tag=chosen.tag)


def _hotfix_since(
    releases: Sequence[Version],
    chosen: Version,
    tags: Mapping[str, str],
    dates: Mapping[str, datetime],
    tag_format: str | None,
) -> str:
    """Return the highest hotfix tag of an older release whose commit is newer than the chosen one's.

    A hotfix is cut from production, so a higher release that doesn't contain it was not deployed at that time.
    """
    since = dates.get(chosen.tag)
    lower = [v for v in releases if v < chosen and (v.is_hotfix or (tag_format and is_made_by(tag_format, v)))]
    newer = [v for v in lower if since and tags[v.tag] != tags[chosen.tag] and dates.get(v.tag, since) > since]
    return max(newer, key=rank).tag if newer else ""


def _is_newer(tag: str, since: datetime | None, dates: Mapping[str, datetime]) -> bool:
    """Return whether the tagged commit is known to be at least as new as the chosen one.

    Commits without a date are older than those with one.
    """
    return tag in dates and (since is None or dates[tag] >= since)


def _numbers(tag: str) -> tuple[list[int], str]:
    """Return a sort key from the numbers in a tag that isn't a version."""
    return [int(number[:20]) for number in re.findall("[0-9]+", tag)], tag


def _speaks_against(version: Version, chosen: Version, tag_format: str | None) -> bool:
    """Return whether this tag would contradict the choice if it descended from the chosen one."""
    if version.stage is VersionStage.PRERELEASE or (tag_format and is_made_by(tag_format, version)):
        return False
    return version > chosen or version.stage is VersionStage.UNCLEAR or version.writing != chosen.writing


def _some(tags: Sequence[str]) -> str:
    """Return the first few tags, for a message."""
    more = f" and {len(tags) - _NAMED} more" if len(tags) > _NAMED else ""
    return ", ".join(tags[:_NAMED]) + more
