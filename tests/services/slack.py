"""Fake of the part of Slack's Web API that the service uses."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from tests.services.server import LoopbackService, Request

TOKEN = "xoxb-a-very-secret-token"


class FakeSlack(LoopbackService):
    """A fake workspace. `messages` maps channel IDs to messages; replies have `thread_ts`."""

    def __init__(self, *channels: str) -> None:
        super().__init__()
        self.ids = {name: f"C{number:08}" for number, name in enumerate(channels, 1)}
        self.messages: dict[str, list[dict[str, Any]]] = {each: [] for each in self.ids.values()}
        self.scopes = "chat:write,channels:read,channels:history"
        self.outside: set[str] = set()
        """Channels that the bot is not a member of."""
        self._ts = count(1)

    def posts(self, channel: str) -> list[dict[str, Any]]:
        """Return the channel's messages that are not in threads."""
        return [m for m in self.messages[self.ids[channel]] if "thread_ts" not in m]

    def replies(self, channel: str) -> list[dict[str, Any]]:
        """Return the messages in the channel's threads."""
        return [m for m in self.messages[self.ids[channel]] if "thread_ts" in m]

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 200, {"ok": False, "error": "invalid_auth"}
        asked = {**request.query, **request.body}
        method = request.path.rpartition("/")[2]
        if method == "auth.test":
            self.headers = {"x-oauth-scopes": self.scopes}
            return 200, {"ok": True, "team": "Acme", "user": "hotfix", "bot_id": "B1"}
        if method == "conversations.list":
            found = [
                {"id": each, "name": name.removeprefix("#"), "is_member": name not in self.outside}
                for name, each in self.ids.items()
            ]
            return 200, {"ok": True, "channels": found, "response_metadata": {"next_cursor": ""}}
        given = str(asked.get("channel", ""))
        # Only chat.postMessage accepts a channel name.
        channel = self.ids.get(given, given) if method == "chat.postMessage" else given
        if channel not in self.messages:
            return 200, {"ok": False, "error": "channel_not_found"}
        there = self.messages[channel]
        if method in ("chat.postMessage", "chat.update"):
            return 200, self._write(method, channel, asked)
        if method == "conversations.history":
            return 200, {"ok": True, "messages": [m for m in reversed(there) if "thread_ts" not in m]}
        if method == "conversations.replies":
            ts = asked["ts"]
            return 200, {"ok": True, "messages": [m for m in there if ts in (m["ts"], m.get("thread_ts"))]}
        return 200, {"ok": False, "error": "unknown_method"}

    def _write(self, method: str, channel: str, asked: dict[str, Any]) -> dict[str, Any]:
        text = str(asked.get("text", ""))
        metadata = asked.get("metadata")
        metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
        if not 0 < len(text) <= 4000:
            self.wrong.append(f"text of {len(text)} characters")
        if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
            self.wrong.append(f"metadata {metadata}")
        if method == "chat.update":
            old = next((m for m in self.messages[channel] if m["ts"] == asked.get("ts")), None)
            if old is None:
                return {"ok": False, "error": "message_not_found"}
            old |= {"text": text, "metadata": metadata}
            return {"ok": True, "channel": channel, "ts": old["ts"], "text": text}
        new = {"type": "message", "ts": f"17723000{next(self._ts):02}.000100", "text": text, "metadata": metadata}
        if asked.get("thread_ts"):
            new["thread_ts"] = asked["thread_ts"]
        self.messages[channel].append(new)
        return {"ok": True, "channel": channel, "ts": new["ts"], "message": new}
