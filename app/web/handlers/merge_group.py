"""The merge queue made a commit and wants it checked: judged again, not waved through."""

from __future__ import annotations

from app.queue.jobs import HandlerResult, Job, Kind, Scalar
from app.web.handlers.app_identity import AppIdentity
from app.web.payload import Payload

QUEUE = "gh-readonly-queue/"


def handle(action: str, payload: Payload, _me: AppIdentity) -> HandlerResult:
    if action != "checks_requested":
        return HandlerResult()
    repo = payload.repo
    merge = payload.part("merge_group")
    return HandlerResult(
        repo=repo, jobs=(group(repo, payload.installation, merge.sha("head_sha"), merge.text("head_ref")),)
    )


def group(repo: str, installation: int, sha: str, head_ref: str, *, force: bool = False) -> Job:
    args: dict[str, Scalar] = {"repo": repo, "installation": installation, "sha": sha, "head_ref": head_ref[:1000]}
    if force:
        args["force"] = True
    return Job(kind=Kind.GROUP, key=f"group:{repo}@{sha}", args=args)
