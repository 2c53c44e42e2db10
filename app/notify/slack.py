"""Slack: one thread per incident, and single messages to stakeholders' channels.

Every message carries metadata that says what it is, and is looked up by it before it is posted: neither a lost answer
nor a lost database posts it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from app.notify.recipients import NotifySettings
from app.notify.undelivered import Undelivered

INCIDENT, UPDATE = "hotfix_incident", "hotfix_update"
LONGEST = 3000
TIMEOUT = 10
PAGES = 10
_UNKNOWN = frozenset(
    {"channel_not_found", "missing_scope", "not_in_channel", "unknown_method", "not_allowed_token_type"}
)
"""Errors of a look-up after which Slack itself decides about the message: it refuses those to unknown channels."""


def escaped(text: str) -> str:
    """Return text that mentions nobody and links nothing by Slack's markup, cut to what one message may hold."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 1]
    if "&" in cut[-5:] and ";" not in cut[cut.rindex("&") :]:
        cut = cut[: cut.rindex("&")]
    return f"{cut}…"


class Slack:
    """A workspace, by its bot token. Every method raises Undelivered."""

    def __init__(self, settings: NotifySettings) -> None:
        token, url = settings.slack_token.get_secret_value(), settings.slack_url.rstrip("/") + "/"
        self._client = WebClient(token, base_url=url, timeout=TIMEOUT, retry_handlers=[])

    def root(self, channel: str, incident: str) -> tuple[str, str] | None:
        """Return the channel's id and the time stamp of the incident's first message; None if there is none."""
        place = self._id(channel)
        found = self._find(self._client.conversations_history, INCIDENT, {"incident": incident}, channel=place)
        return (place, found) if found else None

    def open_thread(self, channel: str, incident: str, url: str, text: str) -> tuple[str, str]:
        """Post the first message, unless it is there. Return the channel's id and the time stamp."""
        return self.root(channel, incident) or self._post(channel, text, INCIDENT, {"incident": incident, "url": url})

    def update(self, channel: str, ts: str, incident: str, url: str, text: str) -> None:
        """Change the first message."""
        metadata = {"event_type": INCIDENT, "event_payload": {"incident": incident, "url": url}}
        self._call(self._client.chat_update, channel=channel, ts=ts, text=escaped(text), metadata=metadata)

    def reply(self, channel: str, ts: str, incident: str, key: str, text: str) -> str:
        """Post into the thread, unless it is there. Return the time stamp."""
        about = {"incident": incident, "key": key}
        there = self._find(self._client.conversations_replies, UPDATE, about, channel=channel, ts=ts)
        return there or self._post(channel, text, UPDATE, about, thread_ts=ts)[1]

    def post(self, channel: str, incident: str, key: str, text: str) -> str:
        """Post a message of its own, unless it is there. Return the time stamp."""
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
        """The channel's id; its name if Slack does not list it."""
        if not channel.startswith("#"):
            return channel
        try:
            cursor = ""
            for _ in range(PAGES):
                listed = {"exclude_archived": True, "limit": 1000, "types": "public_channel,private_channel"}
                answer = self._call(self._client.conversations_list, **listed, cursor=cursor)
                for each in answer.get("channels") or ():
                    if each.get("name") == channel[1:]:
                        return str(each["id"])
                cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    break
        except _Unknown:
            pass
        return channel

    def _find(self, method: Callable[..., Any], event: str, payload: Mapping[str, str], **where: str) -> str:
        """The time stamp of the message with this metadata; empty if there is none, or Slack shows none to the bot."""
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
        except SlackApiError as error:
            answer = error.response
            status = int(getattr(answer, "status_code", 0) or 0)
            if status == 429:
                after = str(answer.headers.get("Retry-After") or answer.headers.get("retry-after") or "30")
                raise Undelivered("Slack asks to slow down", float(after) if after.isdigit() else 30.0) from None
            data = answer.data if isinstance(answer.data, dict) else {}
            code = str(data.get("error") or f"status {status}")[:60]
            raise (_Unknown if code in _UNKNOWN else Undelivered)(f"Slack refused: {code}") from None
        except (SlackClientError, OSError, ValueError) as error:
            raise Undelivered(f"Slack did not answer: {type(error).__name__}") from None
        except Exception as error:  # http.client raises its own
            raise Undelivered(f"Slack did not answer: {type(error).__name__}") from None


class _Unknown(Undelivered):
    """Slack does not show the place to the bot."""
