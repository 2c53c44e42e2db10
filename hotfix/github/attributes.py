"""The repository's own word on generated and vendored files: `.gitattributes` at the root of the production tag."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import re2

MOST_LINES = 2000
LONGEST = 1000
GENERATED = "linguist-generated"
VENDORED = "linguist-vendored"


@dataclass(frozen=True)
class Attributes:
    """Compiled lines in the order of the file: the last one that matches decides, for each attribute by itself."""

    lines: tuple[tuple[Any, str, bool | None], ...] = ()

    def has(self, path: str, attribute: str) -> bool:
        found: bool | None = None
        text = path.encode("utf-8", "replace").decode()
        for pattern, name, value in self.lines:
            if name == attribute and pattern.fullmatch(text):
                found = value
        return bool(found)


def parse(text: str) -> Attributes:
    """Read what git would; a line that means nothing to it is skipped."""
    lines: list[tuple[Any, str, bool | None]] = []
    for line in text.splitlines()[:MOST_LINES]:
        if GENERATED not in line and VENDORED not in line:
            continue
        pattern, words = _split(line)
        if not pattern or len(pattern) > LONGEST or pattern.startswith("!") or pattern.endswith("/"):
            continue
        compiled = None
        for word in words:
            name, value = _value(word)
            if name in (GENERATED, VENDORED):
                compiled = compiled or re2.compile(_translated(pattern))
                lines.append((compiled, name, value))
    return Attributes(tuple(lines))


def _split(line: str) -> tuple[str, list[str]]:
    line = line.strip()
    if line.startswith("#"):
        return "", []
    try:
        words = shlex.split(line, posix=True) if line.startswith('"') else line.split()
    except ValueError:
        return "", []
    return (words[0], words[1:]) if words else ("", [])


def _value(word: str) -> tuple[str, bool | None]:
    if word.startswith("-"):
        return word[1:], False
    if word.startswith("!"):
        return word[1:], None
    name, _, value = word.partition("=")
    return name, value.casefold() != "false"


def _translated(pattern: str) -> str:
    """git's glob as a regular expression; without a slash it speaks of the name alone."""
    anchored = "/" in pattern
    pattern = pattern.removeprefix("/")
    regex = "" if anchored else "(?:.*/)?"
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            regex, at = regex + "(?:.*/)?", at + 3
        elif pattern[at:] == "**" and at and pattern[at - 1] == "/":
            regex, at = regex + ".*", at + 2
        elif pattern[at] == "*":
            regex, at = regex + "[^/]*", at + 1
        elif pattern[at] == "?":
            regex, at = regex + "[^/]", at + 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end]
            negated = inside.startswith(("!", "^"))
            regex += f"[{'^/' if negated else ''}{_class(inside[1:] if negated else inside)}]"
            at = end + 1
        elif pattern[at] == "\\" and at + 1 < len(pattern):
            regex, at = regex + re2.escape(pattern[at + 1]), at + 2
        else:
            regex, at = regex + re2.escape(pattern[at]), at + 1
    return f"(?s){regex}"


def _class(inside: str) -> str:
    return "".join(c if c == "-" or c.isalnum() else "\\" + c if c.isascii() else c for c in inside)
