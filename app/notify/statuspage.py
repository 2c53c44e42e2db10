"""Publish incidents on Statuspage, where they are identified by their metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from app.notify.recipients import NotifySettings
from app.notify.undelivered import Undelivered, cause_of_status, slow_down
from hotfix.life.words.announcements import Announcement

STATUSES = {
    "declared": "investigating",
    "deployed": "monitoring",
    "rolled_back": "investigating",
    "resolved": "resolved",
}
TIMEOUT = 10.0
PAGES, PER_PAGE = 5, 100


def pages(settings: NotifySettings) -> tuple[str, ...]:
    """Return the IDs of the pages that the API key can access. Raises Undelivered."""
    listed = _call(settings, "GET", "/pages")
    return tuple(str(each.get("id")) for each in listed) if isinstance(listed, list) else ()


class StatusPage:
    """A client for one page. Every method may raise Undelivered."""

    def __init__(self, settings: NotifySettings, page: str, components: Sequence[str]) -> None:
        self._settings = settings
        self._path = f"/pages/{quote(page, safe='')}/incidents"
        self._components = components

    def publish(self, ours: str, known: str, name: str, message: Announcement) -> str:
        """Create or update the page's incident with the status for this kind of message. Return its ID.

        `ours` identifies the incident on GitHub, `known` is the recorded ID on the page, if any. The metadata contains
        the kind of the newest update: a second update of the same kind, such as after a lost response or for another
        deployment, is not published.
        """
        kind, there = message.kind, self._found(ours, known)
        if there and _newest_is(there, kind):
            return str(there["id"])
        condition = {"resolved": "operational", "deployed": "degraded_performance"}.get(kind, "major_outage")
        change: dict[str, Any] = {
            "status": STATUSES[kind],
            "body": message.text,
            "metadata": {"hotfix": {"incident": ours, "said": kind}},
        }
        if components := dict.fromkeys(self._components, condition):
            change |= {"components": components, "component_ids": list(self._components)}
        if there is None:
            return str(self._call("POST", "", json={"incident": {"name": name, **change}})["id"])
        self._call("PATCH", f"/{quote(str(there['id']), safe='')}", json={"incident": change})
        return str(there["id"])

    def _found(self, ours: str, known: str) -> Mapping[str, Any] | None:
        for page in range(1, PAGES + 1):
            listed = self._call("GET", "", params={"limit": PER_PAGE, "page": page})
            for each in listed if isinstance(listed, list) else ():
                if each.get("id") == known or _ours(each).get("incident") == ours:
                    found: Mapping[str, Any] = each
                    return found
            if not isinstance(listed, list) or len(listed) < PER_PAGE:
                break
        return None

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        return _call(self._settings, method, self._path + path, **arguments)


def _ours(incident: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metadata that this module stored in an incident of the page."""
    said = (incident.get("metadata") or {}).get("hotfix")
    return said if isinstance(said, dict) else {}


def _newest_is(incident: Mapping[str, Any], kind: str) -> bool:
    """Return whether the newest update is of this kind; without metadata, whether the status matches."""
    said = _ours(incident).get("said")
    return said == kind if said else incident.get("status") == STATUSES[kind]


def _call(settings: NotifySettings, method: str, path: str, **arguments: Any) -> Any:
    url, key = settings.statuspage_url.rstrip("/") + path, settings.statuspage_key.get_secret_value()
    try:
        answer = httpx.request(method, url, headers={"Authorization": f"OAuth {key}"}, timeout=TIMEOUT, **arguments)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Undelivered(f"Statuspage did not answer: {type(error).__name__}") from None
    if answer.status_code in (420, 429):
        raise slow_down("Statuspage", answer.headers.get("Retry-After"), 60.0)
    if not answer.is_success:
        status = answer.status_code
        raise Undelivered(f"Statuspage refused: status {status}", cause=cause_of_status(status))
    try:
        return answer.json()
    except ValueError:
        raise Undelivered("Statuspage's answer can't be read") from None
