"""Look a path up in the table of `known_files`: does it decide what is installed, and how is it read?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hotfix.dependencies.known_files import TABLE
from hotfix.dependencies.path_kinds import is_code_binary, is_example, is_fixture, is_vendored
from hotfix.text.globs import matches

WHOLE = "whole"
"""Compared as a whole: any difference is a change."""
SECTIONS = "sections"
"""Files whose name says little: only what certain sections hold is a change, and lines that install something."""

LOCKS = frozenset(
    [
        "package-lock",
        "pnpm-lock",
        "yarn",
        "pipfile-lock",
        "poetry-lock",
        "uv-lock",
        "pylock",
        "go-sum",
        "cargo-lock",
        "gradle-lock",
        "gemfile-lock",
        "composer-lock",
        "nuget-lock",
        "pub-lock",
        "swift-lock",
    ]
)
"""Readers of large lockfiles."""
ROOTS = (
    "package.json",
    "pnpm-workspace.yaml",
    "lerna.json",
    "Cargo.toml",
    "pyproject.toml",
    "go.work",
    "go.mod",
    "requirements.txt",
    "Dockerfile",
)
"""Manifests at the root that may install from folders that otherwise hold fixtures or examples."""
_KINDS = [
    "*.lock",
    "*.lockb",
    "*.lockfile",
    "*.lock.json",
    "*.lock.y*ml",
    "*.lock.hcl",
    "*-lock.json",
    "*-lock.y*ml",
    "*_lock.json",
    "*.locked",
    "*.resolved",
    "*.shrinkwrap",
    "*.lock.toml",
    ".*-version",
    ".*-versions",
    "*.toolchain",
    ".*toolchain*",
    "*toolchain.toml",
    "*toolchain.json",
    "*toolchain.cmake",
    ".*registry",
    "*.nupkg.metadata",
]
"""Names of files of that kind that no row knows: they are compared as a whole."""


_TEMPLATES = frozenset(
    ("j2", "jinja", "jinja2", "tmpl", "tpl", "template", "gotmpl", "erb", "mustache", "hbs", "in", "dist")
)
"""Endings of files that another one of the table is made from."""


@dataclass(frozen=True, slots=True)
class FileTableRow:
    """How one kind of file is read."""

    reader: str
    syntax: str = ""
    """`json`, `toml`, `yaml`, `xml` or `ini`, if `reader` is the name of a schema."""


TEMPLATE = FileTableRow("text")
"""A template has the syntax of no format: all its lines count."""


def _rows() -> Iterator[tuple[str, FileTableRow]]:
    for line in TABLE.splitlines():
        if line and not line.startswith("#"):
            reader, *patterns = line.split()
            name, _, syntax = reader.rstrip("]").partition("[")
            for pattern in patterns:
                yield _nested(pattern), FileTableRow(name, syntax)


def _nested(pattern: str) -> str:
    """Return the pattern for every folder.

    A monorepo has these files in many folders. A pattern that begins with a slash is for the root alone.
    """
    sign, pattern = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    inside = "/" in pattern.rstrip("/") and not pattern.startswith("/")
    return f"{sign}**/{pattern}" if inside else f"{sign}{pattern}"


def _is_plain(pattern: str) -> bool:
    return not any(sign in pattern for sign in "*?[/")


_NAMES = {pattern.casefold(): row for pattern, row in reversed(list(_rows())) if _is_plain(pattern)}
_PATTERNS: dict[FileTableRow, list[str]] = {}
for _pattern, _row in _rows():
    if not _is_plain(_pattern):
        _PATTERNS.setdefault(_row, []).append(_pattern)


@lru_cache(maxsize=8192)
def row_of(path: str, installed: tuple[str, ...] = ()) -> FileTableRow | None:
    """Return how a file is read; None if it decides nothing about what is installed.

    Fixtures of tests, examples and documentation bring nothing to production, unless the globs `installed` say that
    it installs from them. Code of others that lies in the repository, and binaries that are run, are compared as a
    whole.
    """
    aside = not (installed and (matches(installed, path) or matches(installed, path.rpartition("/")[0])))
    if not path or (aside and is_fixture(path)):
        return None
    if is_vendored(path) or is_code_binary(path):
        return FileTableRow(WHOLE)
    return None if aside and is_example(path) else _named(path)


def _named(path: str) -> FileTableRow | None:
    name = path.rpartition("/")[2].casefold()
    if name.endswith(".dockerignore"):
        return None
    if found := _NAMES.get(name):
        return found
    for row, patterns in _PATTERNS.items():
        if matches(patterns, path, ignore_case=True):
            return row
    if matches(_KINDS, path, ignore_case=True):
        return FileTableRow(WHOLE)
    stem, dot, ending = path.rpartition(".")
    made = _named(stem) if dot and ending.casefold() in _TEMPLATES else None
    return TEMPLATE if made and made.reader != SECTIONS else None


@lru_cache(maxsize=8192)
def is_manifest(path: str) -> bool:
    """Return whether the whole text of this file is needed to know what its change brings."""
    row = None if is_vendored(path) or is_code_binary(path) else _named(path)
    return row is not None and row.reader != WHOLE


def needs_roots(path: str) -> bool:
    """Return whether it is a manifest that counts only if the root manifests install from its folder."""
    return is_manifest(path) and row_of(path) is None


def is_lockfile(path: str) -> bool:
    """Return whether this is a lockfile, written by a tool, whose every line is accounted for."""
    row = row_of(path)
    return row is not None and (
        row.reader in LOCKS or (row.reader != WHOLE and matches(_KINDS, path, ignore_case=True))
    )
