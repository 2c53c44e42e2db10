"""Fake of the part of Statuspage's API that the service uses."""

from __future__ import annotations

from typing import Any

from tests.services.server import LoopbackService, Request

KEY = "a-very-secret-statuspage-key"
STATUSES = {"investigating", "identified", "monitoring", "resolved"}
COMPONENTS = {"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance", ""}


class FakeStatuspage(LoopbackService):
    """A fake Statuspage with one page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.incidents: list[dict[str, Any]] = []

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("Authorization") != f"OAuth {KEY}":
            return 401, {"error": "Could not authenticate"}
        if request.path == "/v1/pages":
            return 200, [{"id": self.page, "name": "Acme"}]
        base = f"/v1/pages/{self.page}/incidents"
        if not request.path.startswith(base):
            return 404, {"error": "Not found"}
        if request.method == "GET":
            return 200, list(reversed(self.incidents)) if request.query.get("page", "1") == "1" else []
        change = request.body["incident"]
        if change["status"] not in STATUSES or not set(change.get("components", {}).values()) <= COMPONENTS:
            self.wrong.append(str(change))
        if request.method == "POST":
            new = {"id": f"i{len(self.incidents)}", **change, "incident_updates": []}
            self.incidents.append(new)
        else:
            new = next(each for each in self.incidents if request.path == f"{base}/{each['id']}")
            new |= change
        at = f"2026-03-01T00:00:{len(new['incident_updates']):02}Z"
        new["incident_updates"].insert(0, {"status": change["status"], "body": change["body"], "created_at": at})
        return 201, new
