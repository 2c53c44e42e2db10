"""Tags that read as SemVer, whatever stands before the version, and the tag that the next hotfix gets.

The order is SemVer's: `1.2.3 < 1.2.4-hotfix.1 < 1.2.4-hotfix.2 < 1.2.4`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import total_ordering

import semver

from hotfix.text.globs import matches_branch

TAG_FORMAT = "{prefix}{major}.{minor}.{patch}-hotfix.{n}"
"""How a hotfix tag is written: `v1.2.4-hotfix.1`."""

EVERY_TAG = ("*",)
"""The globs of a policy that names none: where there are tags such as `v1.2.3`, no `docs-v9.0.0` is above them."""
_PLAIN = frozenset({"", "v", "V"})
"""Prefixes of the tags of the repository as a whole, rather than of a part of it."""

_FIELDS = frozenset({"prefix", "major", "minor", "patch", "n"})
_LONGEST = 250
"""Characters of a tag that is looked at: git keeps no longer ones on common file systems."""
_CANDIDATE = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]+\.[0-9]+\.[0-9]+(?=[-+]|\Z)")
"""Where a version may begin: no middle of a longer row of numbers."""
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|^/|^-")
"""What no name of a branch or tag may hold, by `git check-ref-format`; a version at its end rules the rest out."""
_NUMBERED = re.compile(r"hotfix\.(0|[1-9][0-9]*)\Z", re.ASCII)


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A tag as a version. Ordered by SemVer precedence; neither prefix nor build metadata counts."""

    tag: str
    prefix: str
    semver: semver.Version

    @classmethod
    def parse(cls, tag: str) -> Version | None:
        """The version that ends the tag, or None: `v1.2.3`, `app-1.2.3`, `release/1.2.3`, `pkg@1.2.3-rc.1`."""
        if len(tag) > _LONGEST or not tag.isascii():
            return None
        for match in _CANDIDATE.finditer(tag):
            try:
                return cls(tag, tag[: match.start()], semver.Version.parse(tag[match.start() :]))
            except ValueError:
                continue
        return None

    def __lt__(self, other: Version) -> bool:
        return self.semver < other.semver

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.semver == other.semver

    def __hash__(self) -> int:
        return hash(self.semver.to_tuple()[:4])

    @property
    def is_hotfix(self) -> bool:
        """Was it made by a hotfix, in the default format?"""
        return bool(_NUMBERED.search(self.semver.prerelease or ""))

    @property
    def is_release(self) -> bool:
        """A release or a hotfix; a release candidate (`-rc.1`, `-beta`) is neither."""
        return not self.semver.prerelease or self.is_hotfix


def highest(tags: Iterable[str], globs: Sequence[str] = EVERY_TAG) -> str | None:
    """The tag with the highest version among those that match a glob; None when no such tag reads as a version."""
    found = _versions(tags, globs)
    return max(found, key=_rank).tag if found else None


def production_tag(tags: Iterable[str], globs: Sequence[str] = EVERY_TAG, tag_format: str | None = None) -> str | None:
    """What most likely runs in production, going by tags alone: the highest release or hotfix.

    Release candidates and other pre-releases count only where there is nothing else. Hotfixes are known by their
    default format and by `tag_format`.
    """
    found = _versions(tags, globs)
    released = [v for v in found if v.is_release or (tag_format and is_made_by(tag_format, v))] or found
    return max(released, key=_rank).tag if released else None


def next_hotfix_tag(production: str, existing: Iterable[str], tag_format: str | None = None) -> str:
    """The tag of the next hotfix on what runs in production; never one that exists.

    `v1.2.3` gives `v1.2.4-hotfix.1`, `v1.2.4-hotfix.1` gives `v1.2.4-hotfix.2`. Another pre-release in production
    keeps its name, so that the hotfix still sorts after it: `v2.0.0-rc.1` gives `v2.0.0-rc.1.hotfix.1`. `tag_format` is
    TAG_FORMAT with other words around the same fields. Raises ValueError when the production tag does not read as a
    version, or when the format leads to none that sorts after it.
    """
    now = Version.parse(production)
    if now is None:
        raise ValueError(f"{production} does not read as a version such as v1.2.3, so no tag can follow it")
    if tag_format is not None and (wrong := format_problem(tag_format)):
        raise ValueError(wrong)
    taken = set(existing) | {production}
    if tag_format is None or tag_format == TAG_FORMAT:
        return _next_default(now, taken)
    return _next_formatted(now, taken, tag_format)


def format_problem(tag_format: str) -> str | None:
    """What is wrong with a tag format, in one sentence; None when nothing is."""
    try:
        fields = [
            (name, spec, conversion) for _, name, spec, conversion in string.Formatter().parse(tag_format) if name
        ]
        plain = all(name in _FIELDS and not spec and not conversion for name, spec, conversion in fields)
        sample = _formatted(tag_format, "v", semver.Version(1, 2, 4), 1) if plain else ""
    except (ValueError, KeyError, IndexError):
        return f"{tag_format} cannot be read; write it like {TAG_FORMAT}"
    if not plain:
        return f"{tag_format} has fields other than {', '.join(sorted(_FIELDS))}; write it like {TAG_FORMAT}"
    version = Version.parse(sample)
    if version is None or not semver.Version(1, 2, 3) < version.semver <= semver.Version(1, 2, 4):
        return f"{tag_format} would make {sample} after v1.2.3, which is no version just after it; write {TAG_FORMAT}"
    if _NO_REF.search(sample):
        return f"{tag_format} would make {sample}, which git takes for no tag; write {TAG_FORMAT}"
    if version.semver.prerelease and "n" not in {name for name, _, _ in fields}:
        return f"{tag_format} makes the same tag twice; add {{n}}, as in {TAG_FORMAT}"
    return None


def _versions(tags: Iterable[str], globs: Sequence[str]) -> list[Version]:
    matching = (tag for tag in tags if matches_branch(globs, tag))
    found = [version for tag in matching if (version := Version.parse(tag))]
    if tuple(globs) == EVERY_TAG:
        return [version for version in found if version.prefix in _PLAIN] or found
    return found


def _rank(version: Version) -> tuple[semver.Version, str]:
    """Equal versions (other prefix or build) in a fixed order."""
    return version.semver, version.tag


def _next_default(now: Version, taken: set[str]) -> str:
    base, pre = now.semver.finalize_version(), now.semver.prerelease or ""
    if not pre:
        base = base.bump_patch()
    stem = _NUMBERED.sub("", pre) if now.is_hotfix else f"{pre}." if pre else ""
    start = f"{now.prefix}{base}-{stem}hotfix."
    numbers = (_NUMBERED.search(tag.partition("+")[0]) for tag in taken if tag.startswith(start))
    last = max((int(number[1]) for number in numbers if number), default=0)
    return f"{start}{last + 1}"


def _next_formatted(now: Version, taken: set[str], tag_format: str) -> str:
    base = now.semver.finalize_version()
    last = _number(now) if is_made_by(tag_format, now) else 0
    for candidate, start in ((base, last), (base.bump_patch(), 0)):
        for n in range(start + 1, start + len(taken) + 2):
            tag = _formatted(tag_format, now.prefix, candidate, n)
            version = Version.parse(tag)
            if version and version > now and tag not in taken:
                return tag
    raise ValueError(f"{tag_format} leads to no tag after {now.tag} that is still free; make the format {TAG_FORMAT}")


def is_made_by(tag_format: str, version: Version) -> bool:
    """Does the tag read as one that the format makes?"""
    base = version.semver.finalize_version()
    return _formatted(tag_format, version.prefix, base, _number(version)) == version.tag


def _number(version: Version) -> int:
    """The last number of the pre-release; 1 where there is none."""
    numbers = re.findall(r"[0-9]+", version.semver.prerelease or "")
    return int(numbers[-1]) if numbers else 1


def _formatted(tag_format: str, prefix: str, base: semver.Version, n: int) -> str:
    return tag_format.format(prefix=prefix, major=base.major, minor=base.minor, patch=base.patch, n=n)
