"""Hidden markers by which the App recognizes its own comments and issues."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

SENT = "sent "
"""Prefix of the hidden entries in the status comment that list the messages sent to a recipient, with times."""
STATUS = "status"
POST_MORTEM = "post-mortem"
_MARKER = re.compile(r"<!-- hotfix:([a-z-]+(?: [^\n]{1,200}?)?) -->")
_REFS = re.compile(r"<!-- hotfix-refs:(\{[^\n]{0,8000}?\}) -->")


def marker(name: str) -> str:
    """Return the hidden HTML comment with this name."""
    return f"<!-- hotfix:{name} -->"


def of_incident(number: int) -> str:
    """Return the marker that links an issue to its incident."""
    return marker(f"incident {number}")


def found(body: str) -> str:
    """Return the name in the first marker of a text; empty if it has none."""
    match = _MARKER.search(body)
    return match[1] if match else ""


def reminder(clock: str, alarm: str) -> str:
    """Return the markers of a reminder, with the name of its clock and the ID of the alarm."""
    return f"{marker(f'reminder {clock}')}\n{marker(f'alarm {alarm}')}"


def alarm(body: str) -> str:
    """Return the alarm ID in a reminder's text; empty if it has none."""
    match = re.search(r"<!-- hotfix:alarm ([^\n]{1,100}?) -->", body)
    return match[1] if match else ""


def refs(ids: Mapping[str, str]) -> str:
    """Return the hidden line that stores IDs in other services; empty if there are none."""
    if not ids:
        return ""
    text = json.dumps(dict(sorted(ids.items())), separators=(",", ":"))
    # Escape `>` so that the IDs can't end the HTML comment.
    return f"<!-- hotfix-refs:{text.replace('>', chr(92) + 'u003e')} -->\n"


def read_refs(body: str) -> Mapping[str, str]:
    """Return the IDs stored in a status comment; empty if there are none or they are invalid."""
    match = _REFS.search(body)
    if match is None:
        return {}
    try:
        data = json.loads(match[1])
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def sent(ids: Mapping[str, str]) -> Iterator[tuple[str, str, str, int]]:
    """Yield recipient, kind, key and time of each message that the hidden entries of a status comment list."""
    for name, value in ids.items():
        for part in value.split(";") if name.startswith(SENT) else ():
            key, _, at = part.rpartition("=")
            if key and re.fullmatch("[0-9]{1,10}", at):
                kind = "gate" if key.startswith("gate ") else key.rpartition(" ")[0] or key
                yield name.removeprefix(SENT), kind, key, int(at)
