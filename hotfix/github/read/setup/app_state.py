"""Read the state of the App on GitHub: reachability, webhook, deliveries and rate limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import islice

from hotfix.github.transport.errors import TransientError
from hotfix.github.transport.exchange import cause_of
from hotfix.github.transport.github_app import GitHubApp, Installation
from hotfix.github.transport.requester import NO_ANSWER, Anonymous, JsonRequester


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """The configuration of the App's webhook."""

    url: str
    """Empty if no URL is configured."""
    content_type: str
    has_secret: bool
    verifies_tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDelivery:
    """One of the newest webhook deliveries."""

    event: str
    status: int
    """HTTP status of the service's response; 0 if there was none."""
    delivered_at: datetime


def probe(api_url: str) -> datetime:
    """Return the time on GitHub's clock, requested without credentials.

    Raises TransientError, with the host and the cause, if GitHub can't be reached.
    """
    client = JsonRequester(Anonymous(), api_url)
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


def last_deliveries(app: GitHubApp, count: int = 20) -> list[LastDelivery]:
    """Return the newest webhook deliveries, newest first."""
    answer = app.client.get("/app/hook/deliveries", params={"per_page": count})
    return [
        LastDelivery(
            event=item["event"],
            status=item.get("status_code") or 0,
            delivered_at=datetime.fromisoformat(item["delivered_at"]),
        )
        for item in islice(answer, count)
    ]


def rate_left(client: Installation) -> tuple[int, int]:
    """Return the number of REST requests left this hour, and the hourly limit."""
    core = client.get("/rate_limit")["resources"]["core"]
    return core["remaining"], core["limit"]
