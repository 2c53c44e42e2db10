"""Handle events that may have changed what runs in production: pushes, tags, releases and deployments."""

from __future__ import annotations

import re

from app.app_identity import AppIdentity
from app.queue.handler_result import BranchPush, Cache, CacheInvalidation, HandlerResult
from app.queue.jobs import AnswerProtection, EvaluateOwner, EvaluateRepo, Job, SweepInstallation
from app.web.payload import MalformedPayload, Payload
from hotfix import message
from hotfix.policy import PATH
from hotfix.text import issue_references

SHOWN = 20
"""Number of listed commits from which a push may contain more than it lists, so any file may have changed."""
RELEASE_ACTIONS = frozenset({"published", "unpublished", "deleted", "edited", "released", "prereleased"})
MOVES_PRODUCTION = frozenset({"success", "inactive", "failure", "error"})
"""Statuses that may change production, or how a hotfix's own deployment ended. After `inactive`, an earlier deployment
may be in production again; after a failure of one that had succeeded, what runs is unknown."""
CALLBACK = re.compile(r"/actions/runs/([0-9]{1,19})/deployment_protection_rule\Z")


def handle_push(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Evaluate the open hotfixes whose verdicts a push may have changed."""
    repo, installation, ref = payload.repo, payload.installation, payload.text("ref")
    before = payload.text_or("", "before")
    if ref.startswith("refs/tags/"):
        return _production_moved(repo, installation, ref=ref, before=before)
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


def _production_moved(repo: str, installation: int, *, ref: str = "", before: str = "") -> HandlerResult:
    """Return the jobs that resolve production again after a tag, release or deployment."""
    job = EvaluateRepo(repo=repo, installation=installation, ref=ref, before=before)
    invalid = (CacheInvalidation(Cache.PRODUCTION, repo),)
    return HandlerResult(repo=repo, jobs=(job,), invalidations=invalid, wakes_lives=True)


def _touches_policy(payload: Payload) -> bool:
    commits = payload.parts("commits")
    if payload.flag("forced") or payload.flag("created") or payload.flag("deleted") or len(commits) >= SHOWN:
        return True
    return any(PATH in commit.texts(kind) for commit in commits for kind in ("added", "modified", "removed"))


def handle_tag(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Resolve production again after a tag was created or deleted. Branches are handled by `handle_push`."""
    if payload.text("ref_type") != "tag":
        return HandlerResult()
    return _production_moved(payload.repo, payload.installation)


def handle_release(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Resolve production again after a release changed."""
    return _production_moved(payload.repo, payload.installation) if action in RELEASE_ACTIONS else HandlerResult()


def handle_deployment_status(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Resolve production again if a deployment may have changed it; staging may have succeeded."""
    repo = payload.repo
    if payload.text("deployment_status", "state") not in MOVES_PRODUCTION:
        return HandlerResult(repo=repo, wakes_protections=True, wakes_lives=True)
    environment = payload.text("deployment", "environment")
    return HandlerResult(
        repo=repo,
        jobs=(EvaluateRepo(repo=repo, installation=payload.installation, environment=environment),),
        invalidations=(CacheInvalidation(Cache.PRODUCTION, repo),),
        wakes_protections=True,
        wakes_lives=True,
    )


def handle_deployment(_action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Reconcile the incidents whose timeline shows the deployment."""
    return HandlerResult(repo=payload.repo, wakes_lives=True)


def handle_deployment_protection_rule(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    """Answer GitHub's request to approve a deployment."""
    if action != "requested":
        return HandlerResult()
    found = CALLBACK.search(payload.text("deployment_callback_url"))
    if found is None:
        raise MalformedPayload("deployment_callback_url names no workflow run")
    job = AnswerProtection(
        repo=payload.repo,
        installation=payload.installation,
        run_id=int(found.group(1)),
        environment=payload.text("environment"),
        sha=payload.sha("deployment", "sha"),
        deployment=payload.number_or(0, "deployment", "id"),
    )
    return HandlerResult(repo=job.repo, jobs=(job,))
