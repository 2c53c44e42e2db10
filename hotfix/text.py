"""Text that users wrote, made harmless before it is shown anywhere."""

from __future__ import annotations

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200d\ufe0f"
"""Inside emoji: harmless, and their loss would change what people wrote."""


def printable(text: str) -> str:
    """The text with every control, bidirectional, invisible and lone-surrogate character shown as U+FFFD.

    Newlines stay (`\\r\\n`, `\\r` and Unicode's line separators become `\\n`), tabs become four spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join(_shown(character) for character in text)


def one_line(text: str) -> str:
    """`printable`, with every run of white space as one space."""
    return " ".join(printable(text).split())


def shortened(text: str, most: int) -> str:
    """At most `most` characters; what is cut shows as an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _shown(character: str) -> str:
    if character in "\r\u0085\u2028\u2029":
        return "\n"
    if character == "\n" or character in _JOINERS:
        return character
    return _REPLACEMENT if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co") else character
