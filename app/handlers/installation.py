"""The App came to an account or repository, or left it."""

from __future__ import annotations

from app import jobs
from app.handlers.me import Me
from app.jobs import Cache, Forget, Wanted
from app.payload import REPO, Payload

COMES = frozenset({"created", "unsuspend", "new_permissions_accepted"})
LEAVES = frozenset({"deleted", "suspend"})
"""What is suspended may come back: overrides given before still count then, if their comments and heads still stand."""


def handle(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in COMES | LEAVES:
        return Wanted()
    installation = payload.number("installation", "id")
    token = Forget(Cache.INSTALLATION, str(installation))
    if action in COMES:
        return Wanted(jobs=(jobs.sweep(installation),), forget=(token,))
    return Wanted(forget=(token, *(_gone(payload, "repositories") if action == "deleted" else ())))


def handle_repositories(action: str, payload: Payload, _me: Me) -> Wanted:
    installation = payload.number("installation", "id")
    if action == "added":
        return Wanted(jobs=(jobs.sweep(installation),))
    if action == "removed":
        return Wanted(forget=_gone(payload, "repositories_removed"))
    return Wanted()


def _gone(payload: Payload, which: str) -> tuple[Forget, ...]:
    repos = payload.parts(which)
    return tuple(Forget(Cache.REPO, repo.matching(REPO, "owner/name", "full_name")) for repo in repos)
