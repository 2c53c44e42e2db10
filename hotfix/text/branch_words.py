"""Turn free text into a branch name."""

from __future__ import annotations

import re

_LONGEST = 100


def branch_words(text: str) -> str:
    """Return the text as a valid git branch name, without `hotfix/`; empty if no letter or digit remains."""
    words = re.sub(r"[^A-Za-z0-9._/-]+", "-", text.strip(" `").removeprefix("hotfix/"))
    words = re.sub(r"\.{2,}|/{2,}|-{2,}", "-", words).strip("-./").removesuffix(".lock")
    return words[:_LONGEST].strip("-./")
