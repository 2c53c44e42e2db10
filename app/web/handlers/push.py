"""A branch or tag moved: hotfixes that were right may now be wrong, and the other way round."""

from __future__ import annotations

from app.queue import jobs
from app.queue.jobs import Cache, CacheInvalidation, HandlerResult
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload
from hotfix.policy import PATH

SHOWN = 20
"""A push may name fewer commits than it has: with this many or more, any file may have changed."""


def handle(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    repo, installation, ref = payload.repo, payload.installation, payload.text("ref")
    before = payload.text_or("", "before")
    if ref.startswith("refs/tags/"):
        return production_moved(repo, installation, ref=ref, before=before)
    if not ref.startswith("refs/heads/"):
        return HandlerResult()
    branch = ref.removeprefix("refs/heads/")
    if branch != payload.text_or("", "repository", "default_branch"):
        # Long-lived or not: the policy knows, when the job runs.
        return HandlerResult(repo=repo, jobs=(jobs.fan_out(repo, installation, branch=branch, ref=ref, before=before),))
    if not _touches_policy(payload):
        return HandlerResult(repo=repo, jobs=(jobs.fan_out(repo, installation, ref=ref, before=before),))
    again = [jobs.fan_out(repo, installation, ref=ref, before=before, policy=True)]
    if repo.endswith("/.github"):
        # Of the owner's repositories any may be judged by it: which pull requests are hotfixes there is looked up too.
        again += [jobs.fan_out_owner(repo.partition("/")[0]), *([jobs.sweep(installation)] if installation else [])]
    return HandlerResult(repo=repo, jobs=tuple(again), forget=(CacheInvalidation(Cache.POLICY, repo),))


def production_moved(repo: str, installation: int, *, ref: str = "", before: str = "") -> HandlerResult:
    """A tag, release or deployment: what production is has to be found again."""
    again = jobs.fan_out(repo, installation, ref=ref, before=before)
    return HandlerResult(repo=repo, jobs=(again,), forget=(CacheInvalidation(Cache.PRODUCTION, repo),))


def _touches_policy(payload: Payload) -> bool:
    commits = payload.parts("commits")
    if payload.flag("forced") or payload.flag("created") or payload.flag("deleted") or len(commits) >= SHOWN:
        return True
    return any(PATH in commit.texts(kind) for commit in commits for kind in ("added", "modified", "removed"))
