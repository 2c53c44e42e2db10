"""One file an event: pure functions from a payload to the jobs it calls for.

`handle(event, action, payload, me)` raises `app.payload.Malformed` where the payload is not what GitHub sends. What no
handler wants is `Wanted()`. What we did ourselves calls for nothing (the loop guard), except where somebody pressed a
button of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from app.handlers import (
    check_run,
    check_suite,
    create_delete,
    deployment_protection_rule,
    deployment_status,
    installation,
    issue_comment,
    member,
    merge_group,
    pull_request,
    pull_request_review,
    push,
    release,
    repository,
    status,
    team,
)
from app.handlers.me import Me
from app.jobs import Wanted
from app.payload import Payload

Handler = Callable[[str, Payload, Me], Wanted]

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "check_run": check_run.handle,
        "check_suite": check_suite.handle,
        "create": create_delete.handle,
        "delete": create_delete.handle,
        "deployment_protection_rule": deployment_protection_rule.handle,
        "deployment_status": deployment_status.handle,
        "installation": installation.handle,
        "installation_repositories": installation.handle_repositories,
        "issue_comment": issue_comment.handle,
        "member": member.handle,
        "membership": team.handle_membership,
        "merge_group": merge_group.handle,
        "organization": member.handle_organization,
        "pull_request": pull_request.handle,
        "pull_request_review": pull_request_review.handle,
        "push": push.handle,
        "release": release.handle,
        "repository": repository.handle,
        "status": status.handle,
        "team": team.handle,
    }
)


def handle(event: str, action: str, data: Any, me: Me) -> Wanted:
    """What this event calls for."""
    handler = HANDLERS.get(event)
    return handler(action, Payload(data), me) if handler is not None else Wanted()


__all__ = ["HANDLERS", "Me", "handle"]
