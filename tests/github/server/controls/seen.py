"""What was seen: calls, deliveries, violations of GitHub's own description."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.github.server.asgi import Server


def calls(server: Server) -> list[dict[str, Any]]:
    return [asdict(call) for call in server.seen.calls]


def deliveries(server: Server, since: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "id": d.id,
            "guid": d.guid,
            "app": d.app.slug,
            "event": d.event,
            "action": d.action,
            "body": base64.b64encode(d.body).decode(),
            "headers": d.headers,
            "status": d.status_code if d.attempted else None,
            "redelivery": d.redelivery,
            "answered_in": d.duration,
            "error": "" if d.status == "OK" else d.status,
            "repo": d.repo,
        }
        for d in server.world.hooks.deliveries
        if d.id > since
    ]


def newest_delivery(server: Server) -> int:
    """The id of the newest one, or 0."""
    found = server.world.hooks.deliveries
    return found[-1].id if found else 0


def forget(server: Server) -> None:
    server.seen.calls.clear()
    server.world.hooks.deliveries.clear()


def violations(server: Server) -> list[str]:
    return server.world.violations


def ignore_violations(server: Server) -> None:
    server.world.violations.clear()


def ready(server: Server) -> dict[str, str]:
    return {"url": server.world.url}
