"""A release was published or changed: production may have moved."""

from __future__ import annotations

from app.handlers.me import Me
from app.handlers.push import production_moved
from app.jobs import Wanted
from app.payload import Payload

MOVES = frozenset({"published", "unpublished", "deleted", "edited", "released", "prereleased"})


def handle(action: str, payload: Payload, _me: Me) -> Wanted:
    return production_moved(payload.repo, payload.installation) if action in MOVES else Wanted()
