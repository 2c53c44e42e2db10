"""Post to Slack: one thread per incident, and single messages to stakeholders' channels.

Every message has metadata that identifies it, by which it is searched for before it is posted. It is not posted twice
even after a lost response or a lost database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from app.notify.recipients import NotifySettings
from app.notify.undelivered import Cause, Undelivered, cause_of_status, slow_down

INCIDENT, UPDATE = "hotfix_incident", "hotfix_update"
LONGEST = 3000
TIMEOUT = 10
PAGES = 10
_UNKNOWN = frozenset(
    {"channel_not_found", "missing_scope", "not_in_channel", "unknown_method", "not_allowed_token_type"}
)
"""Errors of a look-up after which the message is sent anyway: Slack itself rejects messages to unknown channels."""
_PASSING = frozenset(
    {
        "accesslimited", "external_channel_migrating", "fatal_error", "internal_error", "message_limit_exceeded",
        "rate_limited", "ratelimited", "request_timeout", "service_unavailable", "team_added_to_org",
    }
)  # fmt: skip
"""Transient errors; all others require a change of the configuration."""


def escaped(text: str) -> str:
    """Return text with Slack's markup escaped, so that it can't mention or link anything, cut to `LONGEST`."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 1]
    if "&" in cut[-5:] and ";" not in cut[cut.rindex("&") :]:
        cut = cut[: cut.rindex("&")]
    return f"{cut}…"


class Slack:
    """A client for the workspace of a bot token. Every method may raise Undelivered."""

    def __init__(self, settings: NotifySettings) -> None:
        token, url = settings.slack_token.get_secret_value(), settings.slack_url.rstrip("/") + "/"
        self._client = WebClient(token, base_url=url, timeout=TIMEOUT, retry_handlers=[])

    def identity(self) -> tuple[str, frozenset[str]]:
        """Return the bot and workspace of the token, and its scopes (empty if Slack does not report them)."""
        try:
            answer = self._client.auth_test()
        except Exception as error:
            raise _undelivered(error) from None
        scopes = str(answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or "")
        names = f"{answer.get('user') or 'bot'} in {answer.get('team') or 'the workspace'}"
        return names, frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())

    def membership(self, channel: str) -> bool | None:
        """Return whether the bot is a member of a channel; None if it can't see the channel."""
        found = next((each for each in self._channels() if channel in (each.get("id"), f"#{each.get('name')}")), None)
        return bool(found.get("is_member", True)) if found else None

    def root(self, channel: str, incident: str) -> tuple[str, str] | None:
        """Return the channel's ID and the timestamp of the incident's first message; None if there is none."""
        place = self._id(channel)
        found = self._find(self._client.conversations_history, INCIDENT, {"incident": incident}, channel=place)
        return (place, found) if found else None

    def open_thread(self, channel: str, incident: str, url: str, text: str) -> tuple[str, str]:
        """Post the first message unless it exists. Return the channel's ID and the timestamp."""
        return self.root(channel, incident) or self._post(channel, text, INCIDENT, {"incident": incident, "url": url})

    def update(self, channel: str, ts: str, incident: str, url: str, text: str) -> None:
        """Update the first message."""
        metadata = {"event_type": INCIDENT, "event_payload": {"incident": incident, "url": url}}
        self._call(self._client.chat_update, channel=channel, ts=ts, text=escaped(text), metadata=metadata)

    def reply(self, channel: str, ts: str, incident: str, key: str, text: str) -> str:
        """Post a message to the thread unless it exists. Return the timestamp."""
        about = {"incident": incident, "key": key}
        there = self._find(self._client.conversations_replies, UPDATE, about, channel=channel, ts=ts)
        return there or self._post(channel, text, UPDATE, about, thread_ts=ts)[1]

    def post(self, channel: str, incident: str, key: str, text: str) -> str:
        """Post a message outside a thread unless it exists. Return the timestamp."""
        about = {"incident": incident, "key": key}
        there = self._find(self._client.conversations_history, UPDATE, about, channel=self._id(channel))
        return there or self._post(channel, text, UPDATE, about)[1]

    def _post(self, channel: str, text: str, event: str, payload: Mapping[str, str], **others: str) -> tuple[str, str]:
        answer = self._call(
            self._client.chat_postMessage, channel=channel, text=escaped(text), unfurl_links=False, unfurl_media=False,
            metadata={"event_type": event, "event_payload": dict(payload)}, **others,
        )  # fmt: skip
        return str(answer.get("channel") or channel), str(answer["ts"])

    def _id(self, channel: str) -> str:
        """Return the channel's ID, or its name if Slack does not list it."""
        if not channel.startswith("#"):
            return channel
        try:
            found = next((str(each["id"]) for each in self._channels() if each.get("name") == channel[1:]), None)
        except _Unknown:
            return channel
        return found or channel

    def _channels(self) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        for _ in range(PAGES):
            listed = {"exclude_archived": True, "limit": 1000, "types": "public_channel,private_channel"}
            answer = self._call(self._client.conversations_list, **listed, cursor=cursor)
            yield from answer.get("channels") or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _find(self, method: Callable[..., Any], event: str, payload: Mapping[str, str], **where: str) -> str:
        """Return the timestamp of the message with this metadata; empty if the bot can't find one."""
        try:
            cursor = ""
            for _ in range(PAGES):
                answer = self._call(method, **where, limit=200, include_all_metadata=True, cursor=cursor)
                for each in answer.get("messages") or ():
                    said = each.get("metadata") or {}
                    about = said.get("event_payload") or {}
                    if said.get("event_type") == event and all(about.get(k) == v for k, v in payload.items()):
                        return str(each["ts"])
                cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    break
        except _Unknown:
            pass
        return ""

    def _call(self, method: Callable[..., Any], **arguments: Any) -> Any:
        if arguments.get("cursor") == "":
            del arguments["cursor"]
        try:
            return method(**arguments).data
        except Exception as error:  # errors of slack_sdk, of the transport and of http.client
            raise _undelivered(error) from None


def _undelivered(error: Exception) -> Undelivered:
    """Return the error for a failed call, without the original message, which may quote the request."""
    if not isinstance(error, SlackApiError):
        return Undelivered(f"Slack did not answer: {type(error).__name__}")
    answer = error.response
    status = int(getattr(answer, "status_code", 0) or 0)
    if status == 429:
        return slow_down("Slack", answer.headers.get("Retry-After") or answer.headers.get("retry-after"))
    data = answer.data if isinstance(answer.data, dict) else {}
    code = str(data.get("error") or "")
    cause = cause_of_status(status)
    if code and cause is Cause.PASSING and status < 500 and code not in _PASSING:
        cause = Cause.CONFIGURATION
    said = f"Slack refused: {code[:60] or f'status {status}'}"
    return (_Unknown if code in _UNKNOWN else Undelivered)(said, cause=cause)


class _Unknown(Undelivered):
    """The bot can't see the channel."""
