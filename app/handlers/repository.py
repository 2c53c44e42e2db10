"""A repository changed its name, owner or default branch, or went away."""

from __future__ import annotations

from app import jobs
from app.handlers.me import Me
from app.jobs import Cache, Forget, Wanted
from app.payload import Payload


def handle(action: str, payload: Payload, _me: Me) -> Wanted:
    if action not in ("renamed", "transferred", "deleted", "archived", "edited", "unarchived"):
        return Wanted()
    repo, installation = payload.repo, payload.installation
    owner, _, name = repo.partition("/")
    match action:
        case "deleted" | "archived":
            return Wanted(repo=repo, forget=(Forget(Cache.REPO, repo),))
        case "renamed":
            old = f"{owner}/{payload.text_or(name, 'changes', 'repository', 'name', 'from')}"
            again = (*_again(installation), jobs.fan_out(repo, installation))
            return Wanted(repo=repo, renamed_from=old, forget=(Forget(Cache.REPO, old),), jobs=again)
        case "transferred":
            before = payload.text_or("", "changes", "owner", "from", "user", "login") or payload.text_or(
                "", "changes", "owner", "from", "organization", "login"
            )
            return Wanted(repo=repo, forget=(Forget(Cache.REPO, f"{before}/{name}"),), jobs=_again(installation))
        case "edited" if payload.has("changes", "default_branch"):
            again = (jobs.fan_out(repo, installation, policy=True),)
            return Wanted(repo=repo, forget=(Forget(Cache.POLICY, repo),), jobs=again)
        case "unarchived":
            return Wanted(repo=repo, jobs=_again(installation))
    return Wanted()


def _again(installation: int) -> tuple[jobs.Job, ...]:
    return (jobs.sweep(installation),) if installation else ()
