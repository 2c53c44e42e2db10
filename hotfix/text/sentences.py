"""Capitalize sentences, but not names."""

from __future__ import annotations

import re
from collections.abc import Collection

_WORD = re.compile(r"[a-z]+(?=[\s;,:]|$)")


def capitalized(words: str, names: Collection[str] = ()) -> str:
    """Return the text with a capital first letter, unless it begins with a name.

    Logins, paths and branches must not be capitalized. `names` are those that look like plain words; a word with a
    slash, a dot, a hyphen or a digit is always treated as a name.
    """
    first = _WORD.match(words)
    return words if first is None or first[0] in names else words[:1].upper() + words[1:]
