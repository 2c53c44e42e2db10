"""Make the words of a branch's name from what a person wrote."""

from __future__ import annotations

import re

_LONGEST = 100


def branch_words(text: str) -> str:
    """Return words that git allows in a branch's name, without `hotfix/`; empty if no letter or digit is left."""
    words = re.sub(r"[^A-Za-z0-9._/-]+", "-", text.strip(" `").removeprefix("hotfix/"))
    words = re.sub(r"\.{2,}|/{2,}|-{2,}", "-", words).strip("-./").removesuffix(".lock")
    return words[:_LONGEST].strip("-./")
