"""Define the hidden markers by which the App finds its own comments and issues again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

STATUS = "status"
POST_MORTEM = "post-mortem"
_MARKER = re.compile(r"<!-- hotfix:([a-z-]+(?: [^\n]{1,200}?)?) -->")
_REFS = re.compile(r"<!-- hotfix-refs:(\{[^\n]{0,8000}?\}) -->")


def marker(name: str) -> str:
    """Return the comment that GitHub doesn't show."""
    return f"<!-- hotfix:{name} -->"


def of_incident(number: int) -> str:
    """Return the marker that says to which incident an issue belongs."""
    return marker(f"incident {number}")


def found(body: str) -> str:
    """Return what the first marker of a text names; empty if it has none."""
    match = _MARKER.search(body)
    return match[1] if match else ""


def reminder(clock: str, alarm: str) -> str:
    """Return the markers of a reminder: its clock, and which of the clock's alarms it is."""
    return f"{marker(f'reminder {clock}')}\n{marker(f'alarm {alarm}')}"


def alarm(body: str) -> str:
    """Return which alarm a reminder's text is about."""
    match = re.search(r"<!-- hotfix:alarm ([^\n]{1,100}?) -->", body)
    return match[1] if match else ""


def refs(ids: Mapping[str, str]) -> str:
    """Return the hidden line that keeps ids at other services; empty if there are none."""
    if not ids:
        return ""
    text = json.dumps(dict(sorted(ids.items())), separators=(",", ":"))
    # A comment must not end within the text.
    return f"<!-- hotfix-refs:{text.replace('>', chr(92) + 'u003e')} -->\n"


def read_refs(body: str) -> Mapping[str, str]:
    """Return the ids that a status comment keeps."""
    match = _REFS.search(body)
    if match is None:
        return {}
    try:
        data = json.loads(match[1])
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}
