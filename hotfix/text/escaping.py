"""Sanitize user text before it is displayed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200d\ufe0f"
"""Zero-width joiner and variation selector, which are part of emoji and harmless."""


def printable(text: str) -> str:
    """Return the text with all control, bidirectional, invisible and lone-surrogate characters replaced by U+FFFD.

    Newlines are kept (`\\r\\n`, `\\r` and Unicode's line separators become `\\n`), tabs become four spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return text.translate(_SHOWN)


def hides_characters(text: str) -> bool:
    """Return whether a line contains characters that are invisible, or that reorder the following text."""
    return printable(text).replace("    ", "\t") != text.replace("    ", "\t")


def without_hidden(text: str) -> str:
    """Return a text without the characters that `hides_characters` detects."""
    return printable(text).replace(_REPLACEMENT, "")


def one_line(text: str) -> str:
    """Return the printable text, with each run of white space replaced by one space."""
    return " ".join(printable(text).split())


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return the first names on one line, followed by ` ...` if there are more."""
    return ", ".join(map(one_line, names[:most])) + (" ..." if len(names) > most else "")


def shortened(text: str, most: int) -> str:
    """Return the text truncated to `most` characters, including the ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


class _Shown(dict[int, str]):
    """Cache of code point -> displayed character."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        if character in "\r\u0085\u2028\u2029":
            shown = "\n"
        elif character == "\n" or character in _JOINERS:
            shown = character
        else:
            hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co")
            shown = _REPLACEMENT if hidden else character
        if len(self) < _REMEMBERED:
            self[point] = shown
        return shown


_REMEMBERED = 10_000
"""Maximum number of cached code points, which bounds memory; ordinary text needs fewer."""
_SHOWN = _Shown()
