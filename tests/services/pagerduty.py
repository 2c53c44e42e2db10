"""Fake of PagerDuty's Events API v2 and its on-call list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services.server import LoopbackService, Request

KEY, ROUTING_KEY = "a-secret-rest-key-1234", "R0UT1NGK3Y000000000000000000000A"


class FakePagerDuty(LoopbackService):
    """A fake PagerDuty. `events` holds the events that had an effect."""

    def __init__(self, on_call: str = "") -> None:
        super().__init__()
        self.on_call = on_call
        self.shift: timedelta | None = None
        """The remaining length of that person's shift, counted from the response."""
        self.events: list[dict[str, Any]] = []

    @property
    def actions(self) -> list[str]:
        return [each["event_action"] for each in self.events]

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/v2/enqueue":
            event = request.body
            if event.get("routing_key") != ROUTING_KEY:
                return 400, {"status": "invalid event", "message": "", "errors": ["routing_key"]}
            needed = {"summary", "source", "severity"}
            if event["event_action"] == "trigger" and not needed <= set(event.get("payload", {})):
                self.wrong.append(str(event))
            # Like PagerDuty, ignore a `resolve` for an alert that doesn't exist.
            if event["event_action"] == "trigger" or event["dedup_key"] in {e["dedup_key"] for e in self.events}:
                self.events.append(event)
            return 202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        if request.path in ("/oncalls", "/abilities"):
            if request.headers.get("Authorization") != f"Token token={KEY}":
                return 401, {"error": {"code": 2006}}
            if request.path == "/abilities":
                return 200, {"abilities": ["teams"]}
            if request.query.get("schedule_ids[]") != "SCHED1":
                return 404, {"error": {"code": 2100}}
            end = (datetime.now(UTC) + self.shift).isoformat() if self.shift else None
            shift = {"escalation_level": 1, "start": None, "end": end, "user": {"name": self.on_call}}
            found = [shift] if self.on_call else []
            return 200, {"oncalls": found, "limit": 25, "offset": 0, "more": False, "total": None}
        return 404, {}
