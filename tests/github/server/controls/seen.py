"""Controls that return recorded calls, deliveries and violations of GitHub's published API description."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.github.server.asgi import Server
    from tests.github.server.hooks import Delivery


def calls(server: Server) -> list[dict[str, Any]]:
    return [{name: getattr(call, name) for name in call.__slots__} for call in server.seen.calls]


def deliveries(server: Server, since: int = 0) -> list[dict[str, Any]]:
    return [_shown(one) for one in server.world.hooks.deliveries if one.id > since]


def unheard(server: Server) -> list[dict[str, Any]]:
    """Return the first attempt of each delivery without a successful attempt."""
    first: dict[str, Delivery] = {}
    heard = set()
    for one in server.world.hooks.deliveries:
        first.setdefault(one.guid, one)
        if one.attempted and one.status_code is not None and 200 <= one.status_code < 300:
            heard.add(one.guid)
    return [_shown(one) for guid, one in first.items() if guid not in heard]


def _shown(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "guid": one.guid,
        "app": one.app.slug,
        "event": one.event,
        "action": one.action,
        "body": base64.b64encode(one.body).decode(),
        "headers": one.headers,
        "status": one.status_code if one.attempted else None,
        "redelivery": one.redelivery,
        "answered_in": one.duration,
        "error": "" if one.status == "OK" else one.status,
        "repo": one.repo,
    }


def newest_delivery(server: Server) -> int:
    """Return the ID of the newest delivery, or 0."""
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
