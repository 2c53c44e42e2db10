"""Controls of faults, limits, the clock, and lost or held webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.server.clock import iso
from tests.github.server.faults import Lag
from tests.github.server.hooks import Mishap

if TYPE_CHECKING:
    from tests.github.server.asgi import Server


def add_fault(server: Server, **said: Any) -> int:
    return server.faults.add(server.world.new_id(), said).id


def fault_hits(server: Server, id: int) -> int:
    return server.faults.known[id].hits


def fault_held(server: Server, id: int) -> int:
    return server.faults.known[id].held


async def remove_fault(server: Server, id: int) -> None:
    """Remove a fault and answer the calls that it holds."""
    server.faults.remove(server.faults.known[id])


async def clear_faults(server: Server) -> None:
    for fault in list(server.faults.known.values()):
        server.faults.remove(fault)
    server.faults.outage = False


def seed(server: Server, number: int) -> None:
    server.faults.random.seed(number)
    server.world.hooks.random.seed(number)


def settings(server: Server, latency: float | None = None, outage: bool | int | None = None) -> dict[str, Any]:
    if latency is not None:
        server.faults.latency = latency
    if outage is not None:
        server.faults.outage = outage
    return {"latency": server.faults.latency, "outage": server.faults.outage}


def stale(server: Server, repo: str, seconds: float | None = None, reads: int | None = None) -> None:
    world = server.world
    world.lags.append(Lag(world.find_repo(*repo.split("/")), world.clock, seconds, reads))


def reword(server: Server, on: bool) -> None:
    server.world.rewords = on


def rate_limit(server: Server, limit: int, remaining: int | None = None, reset_in: float = 3600) -> None:
    server.limits.set(limit, remaining, reset_in)


def clock(server: Server, now: str | None = None, advance: float = 0) -> str:
    if now is not None:
        server.world.clock.set(datetime.fromisoformat(now))
    server.world.clock.advance(advance)
    return server.world.clock.now().isoformat()


def timestamp(server: Server) -> str:
    return iso(server.world.clock.now())


# --- webhooks ---


def hold(server: Server) -> None:
    if server.world.hooks.held is None:
        server.world.hooks.held = []


async def release(server: Server, order: str = "sent") -> None:
    server.world.hooks.release(order)


def mishap(server: Server, kind: str, count: int | None = None, event: str | None = None, rate: float = 1.0) -> None:
    server.world.hooks.mishaps.append(Mishap(kind, count, event, rate))


def clear_mishaps(server: Server) -> None:
    server.world.hooks.mishaps.clear()


async def send(
    server: Server, app: int, event: str, payload: dict[str, Any], guid: str | None = None,
    installation_id: int | None = None,
) -> str:  # fmt: skip
    one = server.world.apps[app]
    if installation_id is None:
        installation_id = (payload.get("installation") or {}).get("id")
    repo_id = (payload.get("repository") or {}).get("id")
    return server.world.hooks.enqueue(
        one, event, payload, installation_id=installation_id, repo_id=repo_id, guid=guid
    ).guid


async def redeliver(server: Server, guid: str) -> None:
    newest = next(d for d in reversed(server.world.hooks.deliveries) if d.guid == guid)
    server.world.hooks.again(newest)


async def settle(server: Server, timeout: float) -> bool:
    return await server.world.hooks.settle(timeout)
