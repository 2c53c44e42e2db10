"""Handle `repository`: it was renamed, moved, archived or deleted, or its default branch changed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import EvaluateRepo, SweepRepo
from app.web.payload import Payload


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action not in ("renamed", "transferred", "deleted", "archived", "edited", "unarchived"):
        return HandlerResult()
    repo, installation = payload.repo, payload.installation
    owner, _, name = repo.partition("/")
    look = SweepRepo(repo=repo, installation=installation, new=True, lives=True)
    match action:
        case "deleted" | "archived":
            return HandlerResult(repo=repo, invalidations=(CacheInvalidation(Cache.REPO, repo),))
        case "renamed":
            old = f"{owner}/{payload.text_or(name, 'changes', 'repository', 'name', 'from')}"
            invalid = (CacheInvalidation(Cache.REPO, old),)
            jobs = (look, EvaluateRepo(repo=repo, installation=installation))
            return HandlerResult(repo=repo, renamed_from=old, invalidations=invalid, jobs=jobs)
        case "transferred":
            before = payload.text_or("", "changes", "owner", "from", "user", "login") or payload.text_or(
                "", "changes", "owner", "from", "organization", "login"
            )
            there = f"{before or owner}/{name}"
            invalid = (CacheInvalidation(Cache.REPO, there),)
            return HandlerResult(repo=repo, renamed_from=there, invalidations=invalid, jobs=(look,))
        case "edited" if payload.has("changes", "default_branch"):
            jobs_after = (EvaluateRepo(repo=repo, installation=installation, policy=True),)
            return HandlerResult(repo=repo, invalidations=(CacheInvalidation(Cache.POLICY, repo),), jobs=jobs_after)
        case "unarchived":
            return HandlerResult(repo=repo, jobs=(look,))
    return HandlerResult()
