"""Teams changed: who is a tech lead, who may override."""

from __future__ import annotations

from app import jobs
from app.handlers.me import Me
from app.jobs import Cache, Forget, Wanted
from app.payload import Payload


def handle_membership(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in ("added", "removed"):
        return Wanted()
    slug = payload.text_or("", "team", "slug")
    return people_changed(payload.login("organization", "login"), slug or None)


def handle(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in ("created", "edited", "deleted", "added_to_repository", "removed_from_repository"):
        return Wanted()
    # A renamed team has another slug: every team is read again.
    slug = payload.text("team", "slug") if action != "edited" else None
    return people_changed(payload.login("organization", "login"), slug)


def people_changed(owner: str, slug: str | None = None) -> Wanted:
    """Read the people again, and judge the open hotfixes that rest on them."""
    return Wanted(forget=(Forget(Cache.TEAM, owner, slug),), jobs=(jobs.fan_out_owner(owner),))
