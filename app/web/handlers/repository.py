"""A repository changed its name, owner or default branch, or went away."""

from __future__ import annotations

from app.queue import jobs
from app.queue.jobs import Cache, CacheInvalidation, HandlerResult
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in ("renamed", "transferred", "deleted", "archived", "edited", "unarchived"):
        return HandlerResult()
    repo, installation = payload.repo, payload.installation
    owner, _, name = repo.partition("/")
    match action:
        case "deleted" | "archived":
            return HandlerResult(repo=repo, forget=(CacheInvalidation(Cache.REPO, repo),))
        case "renamed":
            old = f"{owner}/{payload.text_or(name, 'changes', 'repository', 'name', 'from')}"
            again = (*_again(installation), jobs.fan_out(repo, installation))
            return HandlerResult(repo=repo, renamed_from=old, forget=(CacheInvalidation(Cache.REPO, old),), jobs=again)
        case "transferred":
            before = payload.text_or("", "changes", "owner", "from", "user", "login") or payload.text_or(
                "", "changes", "owner", "from", "organization", "login"
            )
            return HandlerResult(
                repo=repo, forget=(CacheInvalidation(Cache.REPO, f"{before}/{name}"),), jobs=_again(installation)
            )
        case "edited" if payload.has("changes", "default_branch"):
            again = (jobs.fan_out(repo, installation, policy=True),)
            return HandlerResult(repo=repo, forget=(CacheInvalidation(Cache.POLICY, repo),), jobs=again)
        case "unarchived":
            return HandlerResult(repo=repo, jobs=_again(installation))
    return HandlerResult()


def _again(installation: int) -> tuple[jobs.Job, ...]:
    return (jobs.sweep(installation),) if installation else ()
