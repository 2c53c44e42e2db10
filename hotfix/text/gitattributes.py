"""Read GitHub's `linguist-generated` and `linguist-vendored` attributes from `.gitattributes`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from hotfix.text.globs import matches_attribute

FILE = ".gitattributes"
GENERATED = "linguist-generated"
VENDORED = "linguist-vendored"

_Lines = tuple[tuple[str, Mapping[str, bool | None]], ...]
"""Tuples of pattern and attribute -> True (set), False (unset) or None (unspecified), in file order."""


def files_for(path: str) -> Iterator[str]:
    """Yield the `.gitattributes` files that apply to a path, the root's first."""
    parts = path.split("/")
    for depth in range(len(parts)):
        yield "/".join([*parts[:depth], FILE])


def is_set(attribute: str, path: str, texts: Mapping[str, str]) -> bool:
    """Return whether the attribute is set for the path. `texts`: the `.gitattributes` files' contents by path.

    The last matching line takes precedence, and deeper files take precedence over those above. `=false` means `-`.
    """
    found: bool | None = None
    for name in files_for(path):
        if text := texts.get(name):
            below = path.removeprefix(name.removesuffix(FILE))
            for pattern, values in _parse(text):
                if attribute in values and matches_attribute(pattern, below):
                    found = values[attribute]
    return bool(found)


@lru_cache(maxsize=256)
def _parse(text: str) -> _Lines:
    macros: dict[str, dict[str, bool | None]] = {}
    lines: list[tuple[str, Mapping[str, bool | None]]] = []
    for line in text.removeprefix("\ufeff").splitlines():
        pattern, words = _split(line.strip(" \t\r"))
        values: dict[str, bool | None] = {}
        for word in words:
            name, value = _value(word)
            values |= macros.get(name, {}) if value else {}
            values[name] = value
        if pattern.startswith("[attr]"):
            macros[pattern.removeprefix("[attr]")] = values
        elif pattern and (GENERATED in values or VENDORED in values):
            lines.append((pattern, values))
    return tuple(lines)


def _split(line: str) -> tuple[str, list[str]]:
    if line.startswith("#"):
        return "", []
    if line.startswith('"') and (end := line.find('"', 1)) > 0 and "\\" not in line[:end]:
        return line[1:end], line[end + 1 :].split()
    pattern, *words = line.split() or [""]
    return pattern, words


def _value(word: str) -> tuple[str, bool | None]:
    name, _, value = word.removeprefix("-").removeprefix("!").partition("=")
    if word.startswith("-"):
        return name, False
    if word.startswith("!"):
        return name, None
    return name, value != "false"
