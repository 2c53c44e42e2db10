"""Create branches and tags as refs. GitHub creates a ref atomically, so each can serve as a lock."""

from __future__ import annotations

import contextlib

from hotfix.github.read.git_refs import beginning_with, object_at
from hotfix.github.read.repository_queries import ask
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused
from hotfix.github.transport.refusals import RefusalCause

_WORKFLOW_FILES = """
query WorkflowFiles($owner: String!, $name: String!, $here: String!) {
  repository(owner: $owner, name: $name) {
    here: object(expression: $here) { oid }
    there: object(expression: "HEAD:.github/workflows") { oid }
  }
}
"""


class NeedsWorkflows(NotPermitted):
    """A refusal for lack of the permission `workflows`, because the commit's workflow files differ from the default
    branch's."""


class RefInTheWay(RequestRefused):
    """A refusal because git allows no ref `a/b` next to a ref `a`."""


def create(client: Client, repo: str, ref: str, sha: str) -> bool:
    """Create a ref (`heads/...`, `tags/...`) at an object; return False if it already exists.

    Raises RefInTheWay, NeedsWorkflows and the errors in `hotfix.github.transport.errors`.
    """
    try:
        client.post("/repos/{repo}/git/refs", {"ref": f"refs/{ref}", "sha": sha}, repo=repo)
    except NotPermitted as error:
        if "workflows" in error.accepted:
            raise NeedsWorkflows(str(error), error.accepted) from None
        raise
    except RequestRefused as error:
        if error.status == 422 and RefusalCause.ALREADY_EXISTS in error.causes:
            return False
        if error.status == 422 and not error.causes and (other := _in_the_way(client, repo, ref)):
            kind = "branch" if ref.startswith("heads/") else "tag"
            name, there = ref.partition("/")[2], other.partition("/")[2]
            reason = f"git allows no {kind} {name} next to the {kind} {there}: rename that one, or delete it if unused"
            raise RefInTheWay(reason, error.status, error.answer) from None
        raise
    return True


def _in_the_way(client: Client, repo: str, ref: str) -> str:
    """Return an existing ref that excludes this one, as `heads/a` does `heads/a/b`; empty if there is none."""
    parts = ref.split("/")
    above = ("/".join(parts[:depth]) for depth in range(2, len(parts)))
    if found := next((each for each in above if object_at(client, repo, each)), ""):
        return found
    below = beginning_with(client, repo, f"refs/{ref}/")
    return next(iter(below), "").removeprefix("refs/")


def check_may_create(client: Client, repo: str, sha: str, *, existing: str) -> None:
    """Raise NeedsWorkflows or NotPermitted if it is certain that the token may not create a ref at a commit.

    GitHub does not report a token's permissions, so this tries to create `existing`, a branch that already exists at
    that commit. If the branch was just deleted, the call restores it. Success proves nothing: GitHub may check the name
    first.
    """
    with contextlib.suppress(RequestRefused, NotFound):
        create(client, repo, f"heads/{existing}", sha)


def workflow_files_differ(client: Client, repo: str, sha: str) -> bool:
    """Return whether a commit's workflow files differ from those at the tip of the default branch."""
    found = ask(client, repo, _WORKFLOW_FILES, here=f"{sha}:.github/workflows")
    return bool(found["here"] != found["there"])
