"""Teams changed: who is a tech lead, who may override."""

from __future__ import annotations

from app import jobs
from app.handlers.me import Me
from app.jobs import Cache, Forget, Wanted
from app.payload import Payload


def handle_membership(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in ("added", "removed"):
        return Wanted()
    return people_changed(payload.login("organization", "login"))


def handle(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in ("created", "edited", "deleted", "added_to_repository", "removed_from_repository"):
        return Wanted()
    return people_changed(payload.login("organization", "login"))


def people_changed(owner: str) -> Wanted:
    """Read the people again, and judge the open hotfixes that rest on them. Every team of the owner is read again: a
    member of one belongs to the teams above it as well, and the events do not name those."""
    return Wanted(forget=(Forget(Cache.TEAM, owner),), jobs=(jobs.fan_out_owner(owner),))
