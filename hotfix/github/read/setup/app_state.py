"""Read the state of the App on GitHub: reachability, webhook, rate limit, and a delivery with the response to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from hotfix.github.transport.connection import ConnectionFactory
from hotfix.github.transport.errors import TransientError
from hotfix.github.transport.exchange import cause_of
from hotfix.github.transport.github_app import GitHubApp, Installation
from hotfix.github.transport.requester import NO_ANSWER, Anonymous, JsonRequester

LOOKED_THROUGH = 3_000
"""Maximum number of entries of GitHub's list to search; it has no search by GUID."""
EARLIER = timedelta(minutes=15)
"""How much earlier than ours GitHub's time of a delivery may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """The configuration of the App's webhook."""

    url: str
    """Empty if no URL is configured."""
    content_type: str
    has_secret: bool
    verifies_tls: bool


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


def probe(api_url: str) -> datetime:
    """Return the time on GitHub's clock, requested without credentials.

    Raises TransientError, with the host and the cause, if GitHub can't be reached.
    """
    client = JsonRequester(Anonymous(), ConnectionFactory(api_url))
    try:
        status, headers, _ = client.send("GET", "/meta")
    except NO_ANSWER as error:
        raise TransientError(f"GitHub ({api_url}) {cause_of(error)}.") from None
    finally:
        client.close()
    try:
        return parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        raise TransientError(f"What answers at {api_url} is not the GitHub API ({status}, without a date).") from None


def webhook(app: GitHubApp) -> Webhook:
    """Return the configuration of the App's webhook; GitHub never reveals the secret itself."""
    data = app.client.get("/app/hook/config")
    return Webhook(
        url=data.get("url") or "",
        content_type=data.get("content_type") or "form",
        has_secret=bool(data.get("secret")),
        verifies_tls=str(data.get("insecure_ssl", "0")) == "0",
    )


def rate_left(client: Installation) -> tuple[int, int]:
    """Return the number of REST requests left this hour, and the hourly limit."""
    core = client.get("/rate_limit")["resources"]["core"]
    return core["remaining"], core["limit"]


def sent_delivery(app: GitHubApp, guid: str, received_at: datetime) -> SentDelivery | None:
    """Return the delivery with this GUID; None if GitHub no longer lists it, or lists too many newer ones.

    GitHub keeps deliveries for three days. Raises NotFound, NotPermitted, TransientError.
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
