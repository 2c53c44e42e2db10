"""Handle `push`: the verdicts of open hotfixes may have changed."""

from __future__ import annotations

from app.app_identity import AppIdentity
from app.queue.handler_result import BranchPush, Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import EvaluateOwner, EvaluateRepo, Job, SweepInstallation
from app.web.payload import Payload
from hotfix import message
from hotfix.policy import PATH
from hotfix.text import issue_references

SHOWN = 20
"""Number of listed commits from which a push may contain more than it lists, so any file may have changed."""


def handle(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    repo, installation, ref = payload.repo, payload.installation, payload.text("ref")
    before = payload.text_or("", "before")
    if ref.startswith("refs/tags/"):
        return production_moved(repo, installation, ref=ref, before=before)
    if not ref.startswith("refs/heads/"):
        return HandlerResult()
    branch = ref.removeprefix("refs/heads/")
    if branch != payload.text_or("", "repository", "default_branch"):
        # When the job runs, the policy decides whether the branch is long-lived or a hotfix branch.
        mentions = message.parse(payload.text_or("", "head_commit", "message")).mentions(repo)
        host = payload.host("repository", "html_url")
        job = EvaluateRepo(repo=repo, installation=installation, branch=branch, ref=ref, before=before)
        pushed = BranchPush(
            branch=branch, before=before, tip=payload.text_or("", "after"),
            fixes=issue_references.numbers(mentions, repo, host),
        )  # fmt: skip
        return HandlerResult(repo=repo, jobs=(job,), wakes_lives=True, push=pushed)
    policy = _touches_policy(payload)
    jobs: list[Job] = [EvaluateRepo(repo=repo, installation=installation, ref=ref, before=before, policy=policy)]
    if not policy:
        return HandlerResult(repo=repo, jobs=tuple(jobs), wakes_lives=True)
    if repo.endswith("/.github"):
        # The policy may apply to any repository of the owner, and change which pull requests are hotfixes there.
        jobs.append(EvaluateOwner(owner=repo.partition("/")[0], delay=0.0))
        if installation:
            jobs.append(SweepInstallation(installation=installation))
    invalid = (CacheInvalidation(Cache.POLICY, repo),)
    return HandlerResult(repo=repo, jobs=tuple(jobs), invalidations=invalid, wakes_lives=True)


def production_moved(repo: str, installation: int, *, ref: str = "", before: str = "") -> HandlerResult:
    """Return the jobs that resolve production again after a tag, release or deployment."""
    job = EvaluateRepo(repo=repo, installation=installation, ref=ref, before=before)
    invalid = (CacheInvalidation(Cache.PRODUCTION, repo),)
    return HandlerResult(repo=repo, jobs=(job,), invalidations=invalid, wakes_lives=True)


def _touches_policy(payload: Payload) -> bool:
    commits = payload.parts("commits")
    if payload.flag("forced") or payload.flag("created") or payload.flag("deleted") or len(commits) >= SHOWN:
        return True
    return any(PATH in commit.texts(kind) for commit in commits for kind in ("added", "modified", "removed"))
