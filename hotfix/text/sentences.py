"""Begin sentences with a capital letter, but leave names as they are."""

from __future__ import annotations

import re
from collections.abc import Collection

_WORD = re.compile(r"[a-z]+(?=[\s;,:]|$)")


def capitalized(words: str, names: Collection[str] = ()) -> str:
    """Return the words with a capital first letter, unless they begin with a name.

    Logins, paths and branches differ by case. `names` are those that look like a plain word; what holds a slash, a
    dot, a hyphen or a digit is a name anyway.
    """
    first = _WORD.match(words)
    return words if first is None or first[0] in names else words[:1].upper() + words[1:]
