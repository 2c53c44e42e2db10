"""Parse tags as versions, and compute the next hotfix tag.

Versions follow SemVer if possible: `1.2.3 < 1.2.4-hotfix.1 < 1.2.4-hotfix.2 < 1.2.4`. Two or four numbers, leading
zeros (`2024.01.15`) and suffixes such as `.Final` or `rc1` are versions too, ordered by their numbers; a hotfix of
these is `{tag}-hotfix.{n}` and sorts directly after the version that it fixes.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import total_ordering
from typing import TYPE_CHECKING

from hotfix.text.globs import matches_branch
from hotfix.text.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    import semver

TAG_FORMAT = "{prefix}{major}.{minor}.{patch}-hotfix.{n}"
"""The default format of hotfix tags: `v1.2.4-hotfix.1`."""

EVERY_TAG = ("*",)
"""The globs of a policy that doesn't restrict tags."""

_FIELDS = frozenset({"prefix", "major", "minor", "patch", "n"})
_LONGEST = 250
"""Maximum length of a tag in characters; common file systems allow no longer names."""
_NUMBERS = lazy_pattern(r"(?<![0-9])(?<![0-9]\.)([0-9]+(?:\.[0-9]+){1,3})(?!\.?[0-9])")
"""The numbers of a version, but not in the middle of a longer sequence of numbers."""
_ENDING = lazy_pattern(r"(?:[-._+]?[A-Za-z][0-9A-Za-z.+_-]*|[-+][0-9A-Za-z][0-9A-Za-z.+_-]*)?\Z")
_ANOTHER_VERSION = lazy_pattern(r"-[0-9]+\.[0-9]")
_VERSION_LIKE = lazy_pattern(
    r"(?:\A|[^0-9a-z]|(?<![a-z])[vr])[0-9]+[a-z]?(?![0-9a-z])|[0-9]+[._][0-9]"
    r"|(?<![a-z])(?:build|deploy|live|prod|production|rel|release|stable|ver|version)[0-9]+(?![0-9a-z])"
    r"|(?<![0-9])20[0-9]{2}[hmqrsw][0-9]{1,2}(?![0-9a-z])|(?<![0-9])[0-9]{1,2}u[0-9]{1,4}(?![0-9a-z])",
    re.IGNORECASE,
)
"""Text that looks like a version: `v12`, `REL_16_1`, `release20260115`, `2026w03`, `jdk8u392-b08`."""
_COMMIT = lazy_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_BAD_REF = lazy_pattern(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|^/|^-")
"""Characters and sequences that `git check-ref-format` rejects in a tag that ends with a version."""
_HOTFIX = lazy_pattern(r"(?:\A|[-.])hotfix\.(0|[1-9][0-9]*)\Z", re.ASCII)
_PRERELEASE = lazy_pattern(
    r"(?:a|alpha|b|beta|c|canary|cr|dev|develop|ea|eap|edge|experimental|insiders?|m|milestone|next|nightly|pre|preview|"
    r"prerelease|rc|snapshot|test|testing|unstable)(?![a-z])"
)
_FINAL = frozenset({"final", "release", "ga"})


class VersionStage(Enum):
    """The stage of a version, according to its suffix."""

    RELEASE = "release"
    HOTFIX = "hotfix"
    """Made by a hotfix, in the default format."""
    PRERELEASE = "pre-release"
    UNCLEAR = "unclear"
    """`1.2.3-1`, `1.2.3-p1`: before 1.2.3 in some projects, after it in others."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A tag parsed as a version. Comparisons ignore prefix and build metadata."""

    tag: str
    prefix: str
    numbers: tuple[int, ...]
    stage: VersionStage
    strict: semver.Version | None
    """None if the text after the prefix isn't SemVer."""
    writing: tuple[str, int, bool, str] = field(repr=False)
    """The notation: prefix, number of components, whether they are zero-padded, and a final word."""
    key: tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]] = field(repr=False)

    @classmethod
    def parse(cls, tag: str) -> Version | None:
        """Return the version at the end of the tag: `v1.2.3`, `app-1.2.3`, `release/26.2`, `pkg@1.2.3-rc.1`."""
        if len(tag) > _LONGEST or not tag.isascii():
            return None
        import semver  # here, because a clone's branch often names its tag

        found = [match for match in _NUMBERS.finditer(tag) if _ENDING.match(tag, match.end())]
        for match in found:
            if semver.Version.is_valid(tag[match.start() :]):
                return cls._of(tag, match, semver.Version.parse(tag[match.start() :]))
        loose = (match for match in found if not _ANOTHER_VERSION.match(tag, match.end()))
        return next((cls._of(tag, match, None) for match in loose), None)

    @classmethod
    def _of(cls, tag: str, match: re.Match[str], strict: semver.Version | None) -> Version:
        parts = match[1].split(".")
        ending = tag[match.end() :].partition("+")[0].lstrip("-._")
        stage = _stage(ending)
        numbers = tuple(map(int, parts))
        rank = {VersionStage.RELEASE: 1, VersionStage.HOTFIX: 0 if strict else 2}.get(stage, 0)
        padded = any(len(part) > 1 and part[0] == "0" for part in parts)
        word = ending.lower() if stage is VersionStage.RELEASE else ""
        return cls(
            tag=tag,
            prefix=tag[: match.start()],
            numbers=numbers,
            stage=stage,
            strict=strict if not word else None,
            writing=(tag[: match.start()], len(parts), padded, word),
            key=((*numbers, *(0,) * (4 - len(numbers))), rank, () if rank == 1 else _identifiers(ending, strict)),
        )

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def is_hotfix(self) -> bool:
        """Whether it was made by a hotfix, in the default format."""
        return self.stage is VersionStage.HOTFIX

    @property
    def is_release(self) -> bool:
        """Whether it is a release or a hotfix. A release candidate (`-rc.1`, `-beta`) is neither."""
        return self.stage in (VersionStage.RELEASE, VersionStage.HOTFIX)

    @property
    def family(self) -> str:
        """The product of the tag: empty for `v1.2.3` and `1.2.3`, `app` for `app-1.2.3` and `app/v1.2.3`."""
        return re.sub(r"(?:(?<![A-Za-z0-9])|\A)[vV]\Z", "", self.prefix).rstrip("-_/@.").casefold()


def is_version_like(tag: str) -> bool:
    """Return whether the tag might be a release, although it can't be parsed as a version: `REL_16_1`, `build-12`."""
    return bool(_VERSION_LIKE.search(tag)) and not _COMMIT.match(tag)


def highest(tags: Iterable[str], globs: Sequence[str] = EVERY_TAG) -> str | None:
    """Return the tag with the highest version among those that match a glob; None if none is a version."""
    found = parsed(tags, globs)
    return max(found, key=rank).tag if found else None


def parsed(tags: Iterable[str], globs: Sequence[str] = EVERY_TAG) -> list[Version]:
    """Return the versions of the tags that match a glob and can be parsed."""
    matching = tags if tuple(globs) == EVERY_TAG else (tag for tag in tags if matches_branch(globs, tag))
    return [version for tag in matching if (version := Version.parse(tag))]


def rank(version: Version) -> tuple[Version, str]:
    """Return a sort key with a stable order for equal versions (different prefix or build)."""
    return version, version.tag


def next_hotfix_tag(production: str, existing: Iterable[str], tag_format: str | None = None) -> str:
    """Return the tag of the next hotfix of the production tag, never an existing one.

    `v1.2.3` gives `v1.2.4-hotfix.1`, `v1.2.4-hotfix.1` gives `v1.2.4-hotfix.2`. Any other pre-release in production
    keeps its name, so that the hotfix still sorts after it: `v2.0.0-rc.1` gives `v2.0.0-rc.1.hotfix.1`. A version that
    isn't SemVer keeps its full name: `2024.01.15` gives `2024.01.15-hotfix.1`. `tag_format` is a variant of TAG_FORMAT
    with the same fields; it requires SemVer. Raises ValueError if the production tag isn't a version, or if the format
    gives no tag that sorts after it.
    """
    if tag_format is not None and (wrong := format_problem(tag_format)):
        raise ValueError(wrong)
    now = Version.parse(production)
    taken = set(existing) | {production}
    if now is None or now.strict is None:
        if now is None and not is_version_like(production):
            raise ValueError(f"{production} does not read as a version such as v1.2.3, so no tag can follow it")
        made = _HOTFIX.search(production)
        return _numbered(production[: made.start(1)] if made else f"{production}-hotfix.", taken)
    if tag_format is None or tag_format == TAG_FORMAT:
        return _next_default(now, now.strict, taken)
    return _next_formatted(now, now.strict, taken, tag_format)


def format_problem(tag_format: str) -> str | None:
    """Return a sentence on why a tag format is invalid; None if it is valid."""
    import semver

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
    strict = version.strict if version else None
    if strict is None or not semver.Version(1, 2, 3) < strict <= semver.Version(1, 2, 4):
        return f"{tag_format} would make {sample} after v1.2.3, which is not just after it; write {TAG_FORMAT}"
    if _BAD_REF.search(sample):
        return f"{tag_format} would make {sample}, which git refuses as a tag; write {TAG_FORMAT}"
    if strict.prerelease and "n" not in {name for name, _, _ in fields}:
        return f"{tag_format} makes the same tag twice; add {{n}}, as in {TAG_FORMAT}"
    return None


def is_made_by(tag_format: str, version: Version) -> bool:
    """Return whether the tag could have been created with the format."""
    if version.strict is None:
        return False
    base = version.strict.finalize_version()
    return _formatted(tag_format, version.prefix, base, _number(version.strict)) == version.tag


def _stage(ending: str) -> VersionStage:
    words = ending.lower()
    if not words or words in _FINAL:
        return VersionStage.RELEASE
    if _HOTFIX.search(ending):
        return VersionStage.HOTFIX
    # `3.7a` is a patch of 3.7 in tmux, but an alpha in Python.
    return VersionStage.PRERELEASE if len(words) > 1 and _PRERELEASE.match(words) else VersionStage.UNCLEAR


def _identifiers(ending: str, strict: semver.Version | None) -> tuple[tuple[int, int, str], ...]:
    """Return a pre-release as a key with SemVer's order; if it isn't SemVer, `rc10` sorts after `rc9`."""
    parts = ending.split(".") if strict else re.findall(r"[0-9]+|[A-Za-z]+", ending.lower())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _next_default(now: Version, strict: semver.Version, taken: set[str]) -> str:
    base, pre = strict.finalize_version(), strict.prerelease
    if pre is None:
        return _numbered(f"{now.prefix}{base.bump_patch()}-hotfix.", taken)
    made = _HOTFIX.search(pre)
    return _numbered(f"{now.prefix}{base}-{pre[: made.start(1)] if made else f'{pre}.hotfix.'}", taken)


def _numbered(start: str, taken: set[str]) -> str:
    """Return the tag with the next number after the highest one taken."""
    ends = (tag.partition("+")[0].removeprefix(start) for tag in taken if tag.startswith(start))
    return f"{start}{max((int(end) for end in ends if end.isdecimal()), default=0) + 1}"


def _next_formatted(now: Version, strict: semver.Version, taken: set[str], tag_format: str) -> str:
    base = strict.finalize_version()
    last = _number(strict) if is_made_by(tag_format, now) else 0
    for candidate, start in ((base, last), (base.bump_patch(), 0)):
        for n in range(start + 1, start + len(taken) + 2):
            tag = _formatted(tag_format, now.prefix, candidate, n)
            version = Version.parse(tag)
            if version and version.strict and version.strict > strict and tag not in taken:
                return tag
    raise ValueError(f"{tag_format} leads to no tag after {now.tag} that is still free; make the format {TAG_FORMAT}")


def _number(version: semver.Version) -> int:
    """Return the last number of the pre-release; 1 if it has none."""
    numbers = re.findall(r"[0-9]+", version.prerelease or "")
    return int(numbers[-1]) if numbers else 1


def _formatted(tag_format: str, prefix: str, base: semver.Version, n: int) -> str:
    return tag_format.format(prefix=prefix, major=base.major, minor=base.minor, patch=base.patch, n=n)
