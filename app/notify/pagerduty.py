"""Send an alert per incident with PagerDuty's Events API, and read who is on call with its REST API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pagerduty

from app.notify.recipients import NotifySettings
from app.notify.undelivered import Undelivered, cause_of_status, slow_down

T = TypeVar("T")
TIMEOUT = 10
LONGEST_SUMMARY = 1024
ACTIONS = {"declared": "trigger", "acknowledged": "acknowledge", "resolved": "resolve", "reopened": "trigger"}
"""The event action for each kind of message. After a resolve, a trigger with the same key opens a new alert."""


def send(settings: NotifySettings, kind: str, ours: str, known: str, summary: str, url: str, critical: bool) -> str:
    """Send the event for a kind of message and return its key, by which PagerDuty deduplicates events.

    `known` is the key of the triggered alert, if any: it stays the same if the repository is renamed. Raises
    Undelivered.
    """
    key = known or f"hotfix:{ours}"[:255]
    action = ACTIONS[kind]
    details: dict[str, Any] = {}
    if action == "trigger":
        payload = {
            "summary": summary[:LONGEST_SUMMARY], "source": ours, "severity": "critical" if critical else "error"
        }  # fmt: skip
        details = {"payload": payload, "links": [{"href": url, "text": ours}], "client": "hotfix", "client_url": url}
    client = pagerduty.EventsApiV2Client(settings.pagerduty_routing_key.get_secret_value())
    return _asked(client, settings.pagerduty_events_url, lambda: client.send_event(action, key, **details))


def accepts_key(settings: NotifySettings) -> None:
    """Check that PagerDuty accepts the REST API key. Raises Undelivered."""
    client = pagerduty.RestApiV2Client(settings.pagerduty_key.get_secret_value())
    answer = _asked(client, settings.pagerduty_url, lambda: client.get("/abilities"))
    if not answer.is_success:
        raise _refused(answer)


def accepts_routing_key(settings: NotifySettings) -> None:
    """Check that PagerDuty accepts events with the routing key, by resolving an alert that does not exist.

    PagerDuty ignores such an event. Raises Undelivered.
    """
    client = pagerduty.EventsApiV2Client(settings.pagerduty_routing_key.get_secret_value())
    _asked(client, settings.pagerduty_events_url, lambda: client.send_event("resolve", "hotfix:doctor"))


def on_call(settings: NotifySettings, schedule: str) -> str:
    """Return who is on call in this schedule, as `NAME|END`; each part may be empty. Raises Undelivered.

    `END` is the end of the shift as PagerDuty writes it.
    """
    client = pagerduty.RestApiV2Client(settings.pagerduty_key.get_secret_value())
    params = {"schedule_ids[]": [schedule], "include[]": ["users"], "earliest": "true"}
    answer = _asked(client, settings.pagerduty_url, lambda: client.get("/oncalls", params=params))
    if not answer.is_success:
        raise _refused(answer)
    try:
        found = answer.json()["oncalls"]
        first = sorted(found, key=lambda each: each.get("escalation_level") or 0)[:1]
        for each in first:
            user = each["user"]
            return f"{user.get('name') or user.get('summary') or ''}|{each.get('end') or ''}"
        return "|"
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Undelivered("PagerDuty's answer can't be read") from None


def _asked(client: Any, url: str, ask: Callable[[], T]) -> T:
    """Make a request without retries, since the queue retries failed jobs."""
    client.retry = dict.fromkeys((429, 500, 502, 503, 504), 0)
    client.max_network_attempts = 1
    client.max_http_attempts = 1
    client.timeout = TIMEOUT
    # The public property rejects http URLs, which are used for a proxy on the same machine.
    client._url = url.rstrip("/")
    try:
        return ask()
    except pagerduty.HttpError as error:
        raise _refused(error.response) from None
    except Exception as error:  # errors of the transport, whose messages may quote the request
        raise Undelivered(f"PagerDuty did not answer: {type(error).__name__}") from None


def _refused(answer: Any) -> Undelivered:
    if answer.status_code == 429:
        return slow_down("PagerDuty", answer.headers.get("Retry-After") or answer.headers.get("ratelimit-reset"))
    status = int(answer.status_code)
    return Undelivered(f"PagerDuty refused: status {status}", cause=cause_of_status(status))
