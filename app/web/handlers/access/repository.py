"""Handle `repository`: renamed, transferred, archived or deleted, or its default branch changed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import EvaluateRepo, Job, SweepRepo
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
            return _moved(repo, old, look, EvaluateRepo(repo=repo, installation=installation))
        case "transferred":
            before = payload.text_or("", "changes", "owner", "from", "user", "login") or payload.text_or(
                "", "changes", "owner", "from", "organization", "login"
            )
            return _moved(repo, f"{before or owner}/{name}", look)
        case "edited" if payload.has("changes", "default_branch"):
            jobs_after = (EvaluateRepo(repo=repo, installation=installation, policy=True),)
            return HandlerResult(repo=repo, invalidations=(CacheInvalidation(Cache.POLICY, repo),), jobs=jobs_after)
        case "unarchived":
            return HandlerResult(repo=repo, jobs=(look,))
    return HandlerResult()


def _moved(repo: str, old: str, *jobs: Job) -> HandlerResult:
    """Return the result that carries over the records stored under the former name.

    If the event does not contain that name, nothing is invalidated.
    """
    if old == repo:
        return HandlerResult(repo=repo, jobs=jobs)
    return HandlerResult(repo=repo, renamed_from=old, invalidations=(CacheInvalidation(Cache.REPO, old),), jobs=jobs)
