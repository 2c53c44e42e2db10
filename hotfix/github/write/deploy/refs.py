"""Create branches and tags as refs: GitHub creates or refuses each as a whole, so each can serve as a lock."""

from __future__ import annotations

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotPermitted, RequestRefused


class NeedsWorkflows(NotPermitted):
    """The commit's workflow files differ from the default branch's, and the token lacks the permission `workflows`."""


class TagNameRestricted(RequestRefused):
    """A ruleset restricts the creation of such refs, or a tag of this name belonged to an immutable release once."""


def create(client: Client, repo: str, ref: str, sha: str) -> bool:
    """Make a ref (`heads/...`, `tags/...`) at an object; False if there is one of that name already."""
    try:
        client.post("/repos/{repo}/git/refs", {"ref": f"refs/{ref}", "sha": sha}, repo=repo)
    except NotPermitted as error:
        if "workflows" in error.accepted:
            raise NeedsWorkflows(str(error), error.accepted) from None
        raise
    except RequestRefused as error:
        if error.status == 422 and "already exists" in str(error).casefold():
            return False
        if error.status == 422 and "creations being restricted" in str(error).casefold():
            raise TagNameRestricted(str(error), error.status, error.answer) from None
        raise
    return True
