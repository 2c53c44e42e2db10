"""Read a webhook delivery from GitHub, with the response to it; GitHub keeps deliveries for three days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from hotfix.github.transport.github_app import GitHubApp

LOOKED_THROUGH = 3_000
"""Maximum number of entries of GitHub's list to search; it has no search by GUID."""
EARLIER = timedelta(minutes=15)
"""How much earlier than ours GitHub's time of a delivery may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDelivery:
    """The newest attempt to send a delivery."""

    delivered_at: datetime
    redelivery: bool
    duration: float
    """In seconds."""
    status: int
    """HTTP status of the service's response; 0 if there was none."""
    event: str
    action: str
    headers: Mapping[str, str]
    payload: Mapping[str, Any]
    answer: str


def sent_delivery(app: GitHubApp, guid: str, received_at: datetime) -> SentDelivery | None:
    """Return the delivery with this GUID; None if GitHub no longer lists it, or lists too many newer ones.

    Raises NotFound, NotPermitted, TransientError.
    """
    listed = islice(app.deliveries(received_at - EARLIER), LOOKED_THROUGH)
    found = next((one for one in listed if one.guid == guid), None)
    if found is None:
        return None
    data = app.client.get("/app/hook/deliveries/{id}", id=found.id)
    request, response = data.get("request") or {}, data.get("response") or {}
    payload = request.get("payload")
    return SentDelivery(
        delivered_at=found.delivered_at,
        redelivery=bool(data.get("redelivery")),
        duration=float(data.get("duration") or 0),
        status=data.get("status_code") or 0,
        event=data.get("event") or "",
        action=data.get("action") or "",
        headers=request.get("headers") or {},
        payload=payload if isinstance(payload, dict) else {},
        answer=str(response.get("payload") or ""),
    )
