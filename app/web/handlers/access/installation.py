"""Handle `installation` and `installation_repositories`: the App was installed or removed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import Job, SweepInstallation, SweepRepo
from app.web.payload import REPO, Payload

COMES = frozenset({"created", "unsuspend", "new_permissions_accepted"})
LEAVES = frozenset({"deleted", "suspend"})
"""A suspended installation may return; its overrides are then still valid if their comments and heads are unchanged."""
AT_ONCE = 20
"""Number of added repositories swept without delay; further ones are delayed to spread the requests."""
SPACING = 0.5
"""Seconds between the delayed sweeps."""


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in COMES | LEAVES:
        return HandlerResult()
    installation = payload.number("installation", "id")
    token = CacheInvalidation(Cache.INSTALLATION, str(installation))
    if action in COMES:
        return HandlerResult(jobs=(SweepInstallation(installation=installation),), invalidations=(token,))
    gone = _removed(payload, "repositories") if action == "deleted" else ()
    return HandlerResult(invalidations=(token, *gone))


def handle_repositories(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    installation = payload.number("installation", "id")
    if action == "added":
        return HandlerResult(jobs=_added(payload, installation))
    if action == "removed":
        return HandlerResult(invalidations=_removed(payload, "repositories_removed"))
    return HandlerResult()


def _added(payload: Payload, installation: int) -> tuple[Job, ...]:
    """Return one sweep per added repository, instead of a sweep of the whole installation."""
    return tuple(
        SweepRepo(repo=repo, installation=installation, new=True, lives=True, delay=max(0, at - AT_ONCE + 1) * SPACING)
        for at, repo in enumerate(_names(payload, "repositories_added"))
    )


def _removed(payload: Payload, which: str) -> tuple[CacheInvalidation, ...]:
    return tuple(CacheInvalidation(Cache.REPO, repo) for repo in _names(payload, which))


def _names(payload: Payload, which: str) -> list[str]:
    return [repo.matching(REPO, "owner/name", "full_name") for repo in payload.parts(which)]
