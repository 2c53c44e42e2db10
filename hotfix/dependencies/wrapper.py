"""The build tool that Gradle's and Maven's wrappers download and run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, without_secrets

_KEYS = ("distributionUrl", "wrapperUrl")
_CHECKSUMS = {"distributionUrl": "distributionSha256Sum", "wrapperUrl": "wrapperSha256Sum"}
_PROPERTY = re.compile(r"((?:\\.|[^\\\s=:])+)[ \t\f]*(?:[=:][ \t\f]*)?(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ENDS_OPEN = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")


def wrapper(text: str) -> Iterator[Dependency]:
    """Java's properties: the last value of a key counts, its checksum decides with it what is run."""
    found: dict[str, tuple[str, int]] = {}
    for line, property in _lines(text):
        if match := _PROPERTY.fullmatch(property):
            found[_unescaped(match[1])] = (_unescaped(match[2]).strip(), line)
    for key in _KEYS:
        if key in found:
            address, line = found[key]
            checksum, _ = found.get(_CHECKSUMS[key], ("", 0))
            yield Dependency(
                ecosystem="maven",
                name=key,
                version=without_secrets(address),
                line=line,
                detail=f"sha256 {checksum}" if checksum else "",
            )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Whole properties with the line each begins at: a backslash at the end of a line continues it."""
    parts: list[str] = []
    start = 0
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        content = raw.lstrip(" \t\f")
        if not parts:
            if not content or content[0] in "#!":
                continue
            start = number
        if _ENDS_OPEN.search(content):
            parts.append(content[:-1])
            continue
        yield start, "".join((*parts, content))
        parts = []
    if parts:
        yield start, "".join(parts)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)
