"""Rewords the display text written by Apps and workflows, which exposes code that makes decisions based on it.

Every word is spelled backwards. Excluded is text with a function: hidden comments, code, links, mentions,
issue numbers, headings (people fill in the sections below them), and a hotfix pull request, whose title and spec
the rules read.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

_WORD = re.compile(r"[^\W\d_]{2,}")
_KEPT = re.compile(
    r"<!--.*?-->|```.*?```|`[^`\n]+`|\]\([^)\s]*\)|https?://\S+|[@#][\w/-]+|^#{1,6} [^\n]*$|</?\w[^>]*>|&\w+;",
    re.DOTALL | re.MULTILINE,
)
_SHOWN = ("title", "summary", "text", "body", "description", "message", "comment", "label")
"""Request fields with display text, at any depth."""
_DATA = ("payload", "inputs", "client_payload")
"""Request fields of GitHub that it stores for programs."""


def reworded(text: str) -> str:
    """Return the text with its display words spelled backwards; applied twice, it returns the original text."""
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_backwards(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _backwards(text[end:])])


def reword_request(path: str, body: Any) -> Any:
    """Return the body of a request to GitHub with its display text reworded."""
    own_pull = isinstance(body, dict) and str(body.get("title", "")).startswith("HOTFIX")
    is_commit = "/contents/" in path or path.endswith("/git/commits")
    return body if own_pull or is_commit or path.endswith("/graphql") else reword(body, data=_DATA)


def reword(value: Any, data: Collection[str] = ()) -> Any:
    """Return JSON with its display text reworded, except in the fields named in `data`."""
    if isinstance(value, list):
        return [reword(item, data) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, item in value.items():
        if key in _SHOWN and isinstance(item, str):
            found[key] = reworded(item)
        else:
            found[key] = item if key in data else reword(item, data)
    return found


def _backwards(text: str) -> str:
    return _WORD.sub(lambda word: word[0][::-1], text)
