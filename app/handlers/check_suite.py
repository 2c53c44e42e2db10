"""Our check suite is asked for again, also by "Re-run all"."""

from __future__ import annotations

from app import jobs
from app.handlers.me import Me
from app.handlers.merge_group import QUEUE, group
from app.jobs import Wanted
from app.payload import Payload


def handle(action: str, payload: Payload, me: Me) -> Wanted:
    suite = payload.part("check_suite")
    if action != "rerequested" or suite.number_or(me.app_id, "app", "id") != me.app_id:
        return Wanted()
    return again(payload, suite, suite.sha("head_sha"))


def again(payload: Payload, suite: Payload, sha: str) -> Wanted:
    """Judge what has this head again. Events name no pull request of a fork, so the head finds them all."""
    repo, installation = payload.repo, payload.installation
    branch = suite.text_or("", "head_branch")
    if branch.startswith(QUEUE):
        return Wanted(repo=repo, jobs=(group(repo, installation, sha, f"refs/heads/{branch}", force=True),))
    return Wanted(repo=repo, jobs=(jobs.of_sha(repo, sha, installation, force=True),))
