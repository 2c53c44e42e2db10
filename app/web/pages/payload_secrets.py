"""Redact secrets in a payload before it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from app.logs import HIDDEN

_NAMES = re.compile(r"secret|token|passw|authorization|signature|credential|private.?key|api.?key", re.IGNORECASE)


def without_secrets(value: Any, scrub: Callable[[str], str]) -> Any:
    """Return JSON data with secrets redacted: fields with suspicious names, and parts of texts that resemble tokens."""
    if isinstance(value, dict):
        return {
            name: HIDDEN if _NAMES.search(name) and not _is_plain(name, each) else without_secrets(each, scrub)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(each, scrub) for each in value]
    return scrub(value) if isinstance(value, str) else value


def _is_plain(name: str, value: Any) -> bool:
    """Return whether a field with a suspicious name is harmless: a URL, a boolean or null."""
    return value is None or isinstance(value, bool) or (name.endswith("_url") and isinstance(value, str))
