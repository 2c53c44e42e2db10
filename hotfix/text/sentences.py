"""Capitalize sentences, but not names, and wrap them, but not commands."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection

_WORD = re.compile(r"[a-z]+(?=[\s;,:]|$)")
_COMMAND = re.compile(r"`[^`]{1,200}`")
_SPACE = "\0"
"""Stands for a space at which no line may end."""


def capitalized(words: str, names: Collection[str] = ()) -> str:
    """Return the text with a capital first letter, unless it begins with a name.

    Logins, paths and branches must not be capitalized. `names` are those that look like plain words; a word with a
    slash, a dot, a hyphen or a digit is always treated as a name.
    """
    first = _WORD.match(words)
    return words if first is None or first[0] in names else words[:1].upper() + words[1:]


def wrapped(text: str, columns: int, start: str = "", hang: str = "") -> list[str]:
    """Return the lines of a text, broken between words: the first begins with `start`, the others with `hang`.

    A command between backticks stays on one line, so that it can be copied.
    """
    whole = _COMMAND.sub(lambda match: match[0].replace(" ", _SPACE), text)
    lines = textwrap.wrap(
        whole, columns, initial_indent=start, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_SPACE, " ") for line in lines] or [""]
