"""The `size` rule: a hotfix is small enough to be reviewed in one sitting."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from hotfix.dependencies import is_lockfile, is_manifest
from hotfix.dependencies.path_kinds import is_fixture, is_media
from hotfix.facts import Change, Facts, File, FileKind
from hotfix.finding import AUTHOR, TECH_LEAD, Finding, Location, failed, passed
from hotfix.remedies import rebase, restore_files
from hotfix.rules.base import Rule, RuleOptions, unknown_without
from hotfix.text.file_kinds import is_test, is_text
from hotfix.text.globs import Patterns, matches
from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.words import words

_SHOWN = 5
"""Maximum number of files listed in a finding."""


def _reject_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


SizeLimit = Annotated[int, BeforeValidator(_reject_bool)]
"""An integer that rejects booleans, since pydantic would convert `true` to 1."""


class SizeOptions(RuleOptions):
    """Options of the `size` rule."""

    max_lines: SizeLimit = Field(
        100, ge=1, le=1_000_000, description="Changed lines allowed: added and removed together"
    )
    max_files: SizeLimit = Field(10, ge=1, le=1_000_000, description="Changed files allowed")
    max_uncounted_lines: SizeLimit = Field(
        1_000,
        ge=1,
        le=1_000_000,
        description="Changed lines allowed in files that `max_lines` does not count, together: tests, files that the "
        "production tag's .gitattributes calls generated or vendored, and ignored ones. The spec and lockfiles have no "
        "limit: reviewers read the spec, and `dependencies` reads every line of a lockfile",
    )
    ignore: Patterns = Field(
        (),
        description="Globs of further files that are not counted, and that may be binary, symbolic links or made "
        "executable. Tests, lockfiles, the spec, and what the production tag's .gitattributes calls generated or "
        "vendored need no glob: they are not counted anyway",
    )


def check(facts: Facts, options: SizeOptions) -> Finding:
    """Check the size. A list that GitHub truncated is a lower bound: it can fail, but otherwise the size is unknown."""
    changed = [file for file in facts.files if file.change is not Change.UNCHANGED]
    uncounted = [(file, kind) for file in changed if (kind := _kind_of_uncounted(file, facts, options))]
    names = {file.path for file, _ in uncounted}
    counted = [file for file in changed if file.path not in names]
    if unread := [(file, why) for file in changed if (why := _unreadable(file, options))]:
        return _unread(facts, unread)
    lines = sum(map(_lines, counted))
    more = "at least " if "files" in facts.missing else ""
    over = []
    if lines > options.max_lines:
        over.append(f"{more}{_pluralize(lines, 'changed line')}, {options.max_lines} are allowed")
    if len(counted) > options.max_files:
        over.append(f"{more}{_pluralize(len(counted), 'changed file')}, {options.max_files} are allowed")
    if over:
        return _too_big(f"{'; '.join(over)}{_not_counted(uncounted)}", counted, uncounted, facts)
    aside = [file for file, kind in uncounted if kind not in (_LOCKFILE, _SPEC)]
    if (lines_aside := sum(map(_lines, aside))) > options.max_uncounted_lines:
        over_aside = (
            f"{more}{_pluralize(lines_aside, 'changed line')} in tests and other files that are not counted,"
            f" {options.max_uncounted_lines:,} are allowed"
        )
        return _too_big(over_aside, aside, uncounted, facts)
    if partial := unknown_without(facts, "files"):
        return partial
    if len(changed) == sum(kind == _SPEC for _, kind in uncounted):
        what = "only the spec" if changed else "no file"
        return failed(f"{what} is changed, so there is nothing to ship", "commit the fix on this branch")
    return passed(
        f"{_pluralize(lines, 'changed line')} in {_pluralize(len(counted), 'file')}{_not_counted(uncounted)}",
        details=_listed(uncounted),
    )


_TEST, _LOCKFILE, _SPEC = "test", "lockfile", "spec"


def _kind_of_uncounted(file: File, facts: Facts, options: SizeOptions) -> str:
    """Return the kind of a file that is not counted; empty if it is counted."""
    if file.kind is FileKind.SUBMODULE:
        return ""
    if is_test(file.path):
        return _TEST
    if is_lockfile(file.path):
        return _LOCKFILE
    if matches((facts.spec_path,), file.path):
        return _SPEC
    if file.generated or file.vendored:
        return "generated file" if file.generated else "vendored file"
    return "ignored file" if matches(options.ignore, file.path) else ""


def _not_counted(uncounted: list[tuple[File, str]]) -> str:
    """Return a clause such as `; not counted: 120 lines in 2 tests, 800 lines in 1 lockfile`."""
    parts = []
    for kind in dict.fromkeys(kind for _, kind in uncounted):
        files = [file for file, other in uncounted if other == kind]
        parts.append(f"{_pluralize(sum(map(_lines, files)), 'line')} in {_pluralize(len(files), kind)}")
    return f"; not counted: {', '.join(parts)}" if parts else ""


def _listed(uncounted: list[tuple[File, str]], shown: Sequence[File] = ()) -> tuple[str, ...]:
    """Return a line for each of the largest files that are not counted, except those in `shown`."""
    found = sorted(uncounted, key=lambda each: (-each[0].lines, each[0].path))
    lines = [
        f"{file.path}: +{file.additions} -{file.deletions} (not counted: {kind})"
        for file, kind in found[:_SHOWN]
        if file not in shown
    ]
    if len(found) > _SHOWN:
        lines.append(f"... and {_pluralize(len(found) - _SHOWN, 'more file')} not counted")
    return tuple(lines)


def _lines(file: File) -> int:
    """Return the number of changed lines; a very long line, or one with carriage returns, is counted as several."""
    if file.patch is None or (len(file.patch) < _LONG and "\r" not in file.patch):
        return file.lines
    found = 0
    for line in file.patch.split("\n"):
        if line.startswith(("+", "-")):
            found += max(len(line[1:].splitlines()), 1 + len(line) // _LONG)
    return max(found, file.lines)


_LONG = 1_000
"""Number of characters in a changed line that are counted as one line."""
_NUL = "binary to git, so its lines can't be counted"


def _unreadable(file: File, options: SizeOptions) -> str:
    """Return why a file's change cannot be reviewed; empty if its lines show the whole change."""
    if matches(options.ignore, file.path):
        return ""
    if file.kind is FileKind.LINK and not is_fixture(file.path):
        return "a symbolic link: what it leads to is not part of the change"
    if file.change is Change.REMOVED:
        return ""
    if file.binary:
        if is_text(file.path):
            return _NUL
        if not is_media(file.path) and not is_fixture(file.path):
            return "binary, so nobody can see what changed in it"
    if not is_media(file.path) and not is_fixture(file.path) and _is_stored_elsewhere(file.patch or ""):
        return "a pointer to content that is stored elsewhere, so nobody can see what changed in it"
    if file.patch is None and file.lines and not is_manifest(file.path):
        return "too large for GitHub to show what changed in it"
    if _hides(file):
        return "written with characters that hide or reorder what a reader sees of it"
    if file.mode_changed and not is_test(file.path):
        return "made executable, or no longer executable"
    return ""


_POINTER = lazy_pattern(r"^[ +]version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\s*$", re.MULTILINE)
"""The first line of a Git LFS pointer."""
_ANNEXED = lazy_pattern(r"^\+/annex/objects/", re.MULTILINE)
_HIDDEN = lazy_pattern(
    r"^\+.*(?:[\u202a-\u202e\u2066-\u2069\U000e0001-\U000e007f]|[\ufe00-\ufe0f\U000e0100-\U000e01ef\u200b-\u200d\u2060-\u2064]{4})",
    re.MULTILINE,
)
"""An added line with bidirectional controls, tag characters, or several zero-width characters."""
_FLAGS = tuple(
    f"\U0001f3f4{''.join(chr(0xE0000 + ord(letter)) for letter in part)}\U000e007f"
    for part in ("gbeng", "gbsct", "gbwls")
)
"""The flags of England, Scotland and Wales, the only emoji encoded with tag characters."""
_TRANSLATIONS = words(
    "*.po *.pot *.strings *.stringsdict *.xcstrings *.arb *.resx *.xlf *.xliff *.ftl *.properties *.json *.md *.txt",
    "*.html **/res/values*/*.xml **/locale*/**/*.y*ml **/i18n/**/*.y*ml **/lang/**/*.y*ml **/translations/**/*.y*ml",
)
"""Globs of files with text in any script, in which such characters may be legitimate."""
_LONGEST_POINTER = 3_000
"""Maximum length of a pointer's patch, in characters."""


def _hides(file: File) -> bool:
    """Return whether an added line is displayed differently from its content."""
    patch = file.patch or ""
    if patch.isascii() or not _HIDDEN.search(patch):
        return False
    for flag in _FLAGS:
        patch = patch.replace(flag, "")
    return bool(_HIDDEN.search(patch)) and not matches(_TRANSLATIONS, file.path, ignore_case=True)


def _is_stored_elsewhere(patch: str) -> bool:
    """Return whether git stores only a pointer to the content, as with Git LFS and git-annex."""
    return len(patch) <= _LONGEST_POINTER and bool(_POINTER.search(patch) or _ANNEXED.search(patch))


def _unread(facts: Facts, found: list[tuple[File, str]]) -> Finding:
    """Report the files whose lines could not be read; otherwise a NUL byte in a comment could hide every line."""
    hidden = [file for file, why in found if why == _NUL]
    others = [file for file, why in found if why != _NUL]
    said = [f"{file.path} is {why}" for file, why in found]
    more = f"; and {_pluralize(len(said) - _SHOWN, 'more file')}" if len(said) > _SHOWN else ""
    advice: list[str] = []
    commands: tuple[str, ...] = ()
    if hidden:
        paths = [file.path for file in hidden[:_SHOWN]]
        advice.append("remove the NUL bytes (save it as UTF-8)")
        commands = (
            f"perl -pi.orig -e 's/\\0//g' -- {shlex.join(paths)}",
            f"git add -- {restore_files.pathspecs(paths)}",
            restore_files.AMEND,
        )
    if others:
        advice.append("restore it as in production, or let a tech lead override: `/hotfix override size REASON`")
        commands += restore_files.commands(facts, others)
    return failed(
        "; ".join(said[:_SHOWN]) + more,
        "; ".join(advice) + "; a file that is always so can be added to rules.size.ignore",
        commands=rebase.published(facts, commands),
        actors=(AUTHOR, TECH_LEAD),
        locations=tuple(Location(file.path, message=why) for file, why in found[:_SHOWN]),
        details=tuple(said),
    )


def _too_big(why: str, files: list[File], uncounted: list[tuple[File, str]], facts: Facts) -> Finding:
    biggest = sorted(files, key=lambda file: (-file.lines, file.path))[:_SHOWN]
    details = [f"{file.path}: +{file.additions} -{file.deletions}" for file in biggest]
    if len(files) > len(biggest):
        details.append(f"... and {_pluralize(len(files) - len(biggest), 'smaller file')}")
    details += _listed(uncounted, shown=biggest)
    commands: tuple[str, ...] = ()
    if facts.production and facts.branches.tag_is_ancestor:
        commands = (f"git diff --stat {shlex.quote(facts.production.revision)}...HEAD",)
    return failed(
        why,
        "take out of the branch what the fix does not need, and ship it in the next release"
        f"{' (the command lists what changed)' if commands else ''}; if the fix needs all of it, a tech lead can "
        "override: `/hotfix override size REASON`",
        commands=commands,
        locations=tuple(Location(file.path, message=_pluralize(file.lines, "changed line")) for file in biggest),
        details=tuple(details),
    )


def _pluralize(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


RULE = Rule(
    id="size",
    summary="passes when something is changed, and the changed lines and files are within limits; lockfiles and the "
    "spec are not counted; tests, ignored files, and what the production tag's .gitattributes calls generated or "
    "vendored have a limit of their own; changes that can't be reviewed fail: binaries other than media, pointers of "
    "Git LFS, symbolic links, changed modes, and characters that hide or reorder text",
    options=SizeOptions,
    check=check,
)
