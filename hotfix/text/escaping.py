"""Make users' text harmless before it is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200d\ufe0f"
"""Inside emoji: harmless, and their loss would change what people wrote."""


def printable(text: str) -> str:
    """Return the text with every control, bidirectional, invisible and lone-surrogate character as U+FFFD.

    Newlines stay (`\\r\\n`, `\\r` and Unicode's line separators become `\\n`), tabs become four spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return text.translate(_SHOWN)


def hides_characters(text: str) -> bool:
    """Return whether a text of one line holds characters that a reader does not see, or that reorder what follows."""
    return printable(text).replace("    ", "\t") != text.replace("    ", "\t")


def without_hidden(text: str) -> str:
    """Return a text without the characters that `hides_characters` finds."""
    return printable(text).replace(_REPLACEMENT, "")


def one_line(text: str) -> str:
    """Return the text made printable, with every run of white space as one space."""
    return " ".join(printable(text).split())


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return the first names on one line; ` ...` says that there are more."""
    return ", ".join(map(one_line, names[:most])) + (" ..." if len(names) > most else "")


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters; an ellipsis marks a cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


class _Shown(dict[int, str]):
    """Code point -> what is shown for it, found out once."""

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
"""Code points: more than people's scripts need, so that nobody fills the memory with odd ones."""
_SHOWN = _Shown()
