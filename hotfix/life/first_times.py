"""Keep when something first became true, if GitHub shows only its present state: a newer verdict, a newer commit.

The status comment keeps the times in a hidden entry. They are only shown: nothing is decided by them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime

ENTRY = "first"
"""The entry's name in `IncidentRecord.refs`."""


def kept(refs: Mapping[str, str]) -> Mapping[str, datetime]:
    """Return the times that the status comment keeps, by key."""
    found = (part.partition("=")[::2] for part in refs.get(ENTRY, "").split(";"))
    return {key: datetime.fromtimestamp(int(at), UTC) for key, at in found if re.fullmatch("[0-9]{1,10}", at)}


def entry(times: Mapping[str, datetime]) -> Mapping[str, str]:
    """Return the entry for the status comment; empty without times. Keys contain neither `=` nor `;`."""
    return {ENTRY: ";".join(f"{key}={int(at.timestamp())}" for key, at in times.items())} if times else {}


def of_branch(name: str) -> str:
    """Return the key of a branch. Its name may contain any character."""
    return f"branch {hashlib.sha256(name.encode()).hexdigest()[:12]}"
