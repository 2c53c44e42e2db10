"""A tag was made or deleted: production may have moved. Branches are pushes' affair."""

from __future__ import annotations

from app.handlers.me import Me
from app.handlers.push import production_moved
from app.jobs import Wanted
from app.payload import Payload


def handle(_action: str, payload: Payload, _me: Me) -> Wanted:
    if payload.text("ref_type") != "tag":
        return Wanted()
    return production_moved(payload.repo, payload.installation)
