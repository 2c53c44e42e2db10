"""Handle events that change access: installations, repositories, members and teams."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import EvaluateOwner, EvaluateRepo, Job, SweepInstallation, SweepRepo
from app.web.payload import REPO, Payload

COMES = frozenset({"created", "unsuspend", "new_permissions_accepted"})
LEAVES = frozenset({"deleted", "suspend"})
"""A suspended installation may return; its overrides are then still valid if their comments and heads are unchanged."""
AT_ONCE = 20
"""Number of added repositories swept without delay; further ones are delayed to spread the requests."""
SPACING = 0.5
"""Seconds between the delayed sweeps."""


def handle_installation(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Sweep the repositories of a new installation, or forget those of a deleted one."""
    if action not in COMES | LEAVES:
        return HandlerResult()
    installation = payload.number("installation", "id")
    token = CacheInvalidation(Cache.INSTALLATION, str(installation))
    if action in COMES:
        return HandlerResult(jobs=(SweepInstallation(installation=installation),), invalidations=(token,))
    gone = _removed(payload, "repositories") if action == "deleted" else ()
    return HandlerResult(invalidations=(token, *gone))


def handle_repositories(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Sweep the repositories added to an installation, or forget the removed ones."""
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


def handle_repository(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Follow a repository that was renamed, transferred, archived or deleted, or whose default branch changed."""
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


def handle_member(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Evaluate again after the collaborators of a repository changed."""
    if action not in ("added", "removed", "edited"):
        return HandlerResult()
    return _people_changed(payload.repo.partition("/")[0])


def handle_organization(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Evaluate again after the members of an organization changed."""
    if action not in ("member_added", "member_removed", "renamed"):
        return HandlerResult()
    return _people_changed(payload.login("organization", "login"))


def handle_membership(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Evaluate again after the members of a team changed."""
    if action not in ("added", "removed"):
        return HandlerResult()
    return _people_changed(payload.login("organization", "login"))


def handle_team(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Evaluate again after a team changed, whose members may be tech leads or may override."""
    if action not in ("created", "edited", "deleted", "added_to_repository", "removed_from_repository"):
        return HandlerResult()
    return _people_changed(payload.login("organization", "login"))


def _people_changed(owner: str) -> HandlerResult:
    """Return the result that invalidates the owner's teams and evaluates the open hotfixes that depend on them.

    All teams of the owner are invalidated: a member of a team also belongs to its parent teams, which the events do not
    name.
    """
    return HandlerResult(invalidations=(CacheInvalidation(Cache.TEAM, owner),), jobs=(EvaluateOwner(owner=owner),))
