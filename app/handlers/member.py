"""Who may maintain a repository, or belongs to the organisation, changed."""

from __future__ import annotations

from app.handlers.me import Me
from app.handlers.team import people_changed
from app.jobs import Wanted
from app.payload import Payload


def handle(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in ("added", "removed", "edited"):
        return Wanted()
    return people_changed(payload.repo.partition("/")[0])


def handle_organization(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in ("member_added", "member_removed", "renamed"):
        return Wanted()
    return people_changed(payload.login("organization", "login"))
