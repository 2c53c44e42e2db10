"""Find the dependency changes in a changed file: the entry point for every kind of file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from hotfix.dependencies.changed_lines import is_pointer, lines_of_patch
from hotfix.dependencies.file_table import SECTIONS, WHOLE, row_of
from hotfix.dependencies.mentions import mentions
from hotfix.dependencies.package_change import (
    ChangeKind,
    PackageChange,
    RepositoryPackages,
    changed_line,
    unread,
    whole_file,
)
from hotfix.dependencies.path_kinds import is_code_binary, is_example, is_fixture, is_vendored
from hotfix.dependencies.shell_commands import without_limits
from hotfix.facts import Change, File, FileKind
from hotfix.text.lazy_pattern import lazy_pattern

MAX_MENTIONS = 50
"""Maximum number of lines reported for a file that is not in the table."""
_PROSE = (".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc")
_YAML = (".yml", ".yaml")
_RELEASE = lazy_pattern(
    r"^[ +-]\s+chart:\s*(?:\S+\s*)?$|^[ +-]kind:\s*(?:Helm(?:Release|Chart|Repository)|(?:Git|OCI)Repository)\b",
    re.MULTILINE,
)
"""Text that identifies a Helm release, or its source, among other cluster objects."""
_POINTER = lazy_pattern(r"^([-+])Subproject commit ([0-9a-f]{7,64})", re.MULTILINE)


def changes_of(file: File, repository: tuple[RepositoryPackages, RepositoryPackages]) -> list[PackageChange]:
    """Return the packages, sources and toolchains that a file adds, removes or changes.

    Content that can't be read is reported as changed.
    """
    if file.change is Change.UNCHANGED:
        return []
    if file.kind is FileKind.SUBMODULE or is_pointer(file.patch or ""):
        return [_pointer(file)]
    previous = file.previous_path if file.change is Change.RENAMED and file.previous_path else file.path
    rows = row_of(previous, repository[0].installed), row_of(file.path, repository[1].installed)
    if rows == (None, None):
        return list(_mentions(file))
    existed, exists = file.change not in (Change.ADDED, Change.COPIED), file.change is not Change.REMOVED
    before, after = file.before if existed else None, file.after if exists else None
    if all(row is None or row.reader == SECTIONS for row in rows):
        return [*_compared(file, before, after, previous, repository), *_mentions(file)]
    if file.kind is FileKind.LINK:
        return [whole_file("the symbolic link")]
    if any(row is not None and row.reader == WHOLE for row in rows):
        only_mode = file.mode_changed and not file.lines and not file.binary and file.change is Change.MODIFIED
        return [] if only_mode else [whole_file(_what(file.path, previous))]
    if file.mode_changed and not file.lines and not file.binary:
        return []
    if None not in rows and posixpath.basename(previous) != posixpath.basename(file.path):
        return [whole_file("the file's name")]
    if rows[0] and existed and before is None:
        return [unread("at the production tag it is binary, or too large")]
    if rows[1] and exists and after is None:
        return [unread("at the head it is binary, or too large")]
    return _compared(file, before, after, previous, repository)


def repository_of(
    name: str, files: Iterable[File], roots: Mapping[str, str] = MappingProxyType({})
) -> tuple[RepositoryPackages, RepositoryPackages]:
    """Return the packages of the repository `name` before and after the change, according to its changed manifests.

    Only packages that already had that name before are included: a hotfix can't declare others' packages its own.
    `roots`: the texts of the root manifests, if they were read.
    """
    before: dict[str, dict[str, str]] = {}
    after: dict[str, dict[str, str]] = {}
    for file in files:
        if file.before is None or file.after is None or file.change is not Change.MODIFIED:
            continue
        from hotfix.dependencies.file_comparison import own_package

        old, new = own_package(file.path, file.before), own_package(file.path, file.after)
        if old and new and old[0] == new[0] and old[1].name == new[1].name:
            before.setdefault(old[0], {})[old[1].name] = old[1].version
            after.setdefault(new[0], {})[new[1].name] = new[1].version
    installed: tuple[str, ...] = ()
    if roots:
        from hotfix.dependencies.workspaces import installed_patterns

        installed = installed_patterns(roots)
    return RepositoryPackages(name, before, installed), RepositoryPackages(name, after, installed)


def _pointer(file: File) -> PackageChange:
    commits = {sign: sha[:12] for sign, sha in _POINTER.findall(file.patch or "")}
    before, after = commits.get("-", ""), commits.get("+", "")
    kind = ChangeKind.CHANGED
    if not before or not after:
        kind = {Change.ADDED: ChangeKind.ADDED, Change.REMOVED: ChangeKind.REMOVED}.get(file.change, kind)
    return PackageChange(kind, "", f"submodule {file.path}", before=before, after=after)


def _compared(
    file: File,
    before: str | None,
    after: str | None,
    previous: str,
    repository: tuple[RepositoryPackages, RepositoryPackages],
) -> list[PackageChange]:
    from hotfix.dependencies.file_comparison import compare_texts  # here, because few changes need all the readers

    return compare_texts(file.path, before, after, path_before=previous, repository=repository)


def _what(*paths: str) -> str:
    if any(map(is_code_binary, paths)):
        return "the binary"
    return "vendored code" if any(map(is_vendored, paths)) else "the file"


def _mentions(file: File) -> Iterator[PackageChange]:
    """Yield the changed lines that install or fetch something, for a file that is not in the table."""
    if is_fixture(file.path) or is_example(file.path) or file.path.casefold().endswith(_PROSE):
        return
    # A Helm release is treated like a file of chart values, whatever its name.
    path = "helmrelease.yaml" if file.path.endswith(_YAML) and _RELEASE.search(file.patch or "") else file.path
    seen = [(sign, number, line) for sign, number, line in _changed_lines(file) if mentions(path, line)]
    contents = [without_limits(line) for _, _, line in seen]
    gone, come = ({what for what, each in zip(contents, seen, strict=True) if each[0] == sign} for sign in "-+")
    changed = [each for what, each in zip(contents, seen, strict=True) if what not in gone & come]
    for sign, number, line in changed[:MAX_MENTIONS]:
        yield changed_line(ChangeKind.ADDED if sign == "+" else ChangeKind.REMOVED, line.strip(), number)


def _changed_lines(file: File) -> Iterator[tuple[str, int, str]]:
    """Yield the sign, number and text of each changed line. The `size` rule reports truncated patches."""
    if file.before is None and file.after is None:
        yield from lines_of_patch(file.patch or "")
        return
    sides = (file.before or "").splitlines(), (file.after or "").splitlines()
    for sign, lines, others in (("-", sides[0], set(sides[1])), ("+", sides[1], set(sides[0]))):
        yield from ((sign, number, line) for number, line in enumerate(lines, 1) if line not in others)
