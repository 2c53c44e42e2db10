"""Look up a path in the table of `known_files`: whether it affects what is installed, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hotfix.dependencies.known_files import TABLE
from hotfix.dependencies.path_kinds import is_code_binary, is_example, is_fixture, is_vendored
from hotfix.text.globs import matches
from hotfix.text.words import words

WHOLE = "whole"
"""The reader of files that are compared as a whole, so that any difference is a change."""
SECTIONS = "sections"
"""The reader of files with ambiguous names, of which only certain sections and installing lines are relevant."""

LOCKS = frozenset(
    words(
        "package-lock pnpm-lock yarn pipfile-lock poetry-lock uv-lock pylock go-sum cargo-lock gradle-lock",
        "gemfile-lock composer-lock nuget-lock pub-lock swift-lock",
    )
)
"""Readers of large lockfiles."""
ROOTS = words(
    "package.json pnpm-workspace.yaml lerna.json Cargo.toml pyproject.toml go.work go.mod requirements.txt Dockerfile"
)
"""Manifests at the root that may install from directories that usually contain fixtures or examples."""
_KINDS = words(
    "*.lock *.lockb *.lockfile *.lock.json *.lock.y*ml *.lock.hcl *-lock.json *-lock.y*ml *_lock.json *.locked",
    "*.resolved *.shrinkwrap *.lock.toml .*-version .*-versions *.toolchain .*toolchain* *toolchain.toml",
    "*toolchain.json *toolchain.cmake .*registry *.nupkg.metadata",
)
"""Typical names of such files that are not in the table; they are compared as a whole."""
_TEMPLATES = frozenset(words("j2 jinja jinja2 tmpl tpl template gotmpl erb mustache hbs in dist"))
"""Suffixes of templates from which a known file is generated."""


@dataclass(frozen=True, slots=True)
class FileTableRow:
    """The reader of one kind of file."""

    reader: str
    syntax: str = ""
    """`json`, `toml`, `yaml`, `xml` or `ini`, if `reader` is the name of a schema."""


TEMPLATE = FileTableRow("text")
"""The row of a template, which isn't valid in the file's format, so all its lines are relevant."""


_WILDCARDS = frozenset("*?[/")
"""Characters that make a pattern more than the name of a file."""


def _rows() -> Iterator[tuple[str, FileTableRow]]:
    for line in TABLE.splitlines():
        if line and not line.startswith("#"):
            first, *patterns = line.split()
            if line[0] == " ":
                patterns.insert(0, first)
            else:
                reader, _, syntax = first.rstrip("]").partition("[")
            for pattern in patterns:
                yield _nested(pattern), FileTableRow(reader, syntax)


def _nested(pattern: str) -> str:
    """Return the pattern for any directory, as in a monorepo; one that begins with a slash matches only at the root."""
    sign, pattern = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    inside = "/" in pattern.rstrip("/") and not pattern.startswith("/")
    return f"{sign}**/{pattern}" if inside else f"{sign}{pattern}"


_NAMES: dict[str, FileTableRow] = {}
_PATTERNS: dict[FileTableRow, list[str]] = {}
for _pattern, _row in _rows():
    if _WILDCARDS.isdisjoint(_pattern):
        _NAMES.setdefault(_pattern.casefold(), _row)
    else:
        _PATTERNS.setdefault(_row, []).append(_pattern)


@lru_cache(maxsize=8192)
def row_of(path: str, installed: tuple[str, ...] = ()) -> FileTableRow | None:
    """Return how a file is read; None if it doesn't affect what is installed.

    Test fixtures, examples and documentation don't affect production, unless they match the globs `installed`. Vendored
    code and executable binaries are compared as a whole.
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
    """Return whether the full text of this file is needed to determine its dependency changes."""
    row = None if is_vendored(path) or is_code_binary(path) else _named(path)
    return row is not None and row.reader != WHOLE


def needs_roots(path: str) -> bool:
    """Return whether it is a manifest that is relevant only if the root manifests install from its directory."""
    return is_manifest(path) and row_of(path) is None


def is_lockfile(path: str) -> bool:
    """Return whether this is a lockfile, which is written by a tool and compared completely."""
    row = row_of(path)
    return row is not None and (
        row.reader in LOCKS or (row.reader != WHOLE and matches(_KINDS, path, ignore_case=True))
    )
