"""Webhook handlers: pure functions from a payload to the jobs it calls for, one file per event.

`handle(event, action, payload, me)` raises `MalformedPayload` if the payload does not have the expected shape. An event
without a handler gives `HandlerResult()`. Events caused by the App itself are ignored, which prevents loops, unless a
person pressed one of the App's buttons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.web.handlers.access import installation, member, repository, team
from app.web.handlers.checks import check_run, check_suite, merge_group, status
from app.web.handlers.production import deployment_protection_rule, deployment_status, push, release, tag_events
from app.web.handlers.pulls_and_issues import issue_comment, issues, pull_request, pull_request_review
from app.web.payload import Payload

Handler = Callable[[str, Payload, AppIdentity], HandlerResult]

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "check_run": check_run.handle,
        "check_suite": check_suite.handle,
        "create": tag_events.handle,
        "delete": tag_events.handle,
        "deployment": deployment_status.handle_deployment,
        "deployment_protection_rule": deployment_protection_rule.handle,
        "deployment_status": deployment_status.handle,
        "installation": installation.handle,
        "installation_repositories": installation.handle_repositories,
        "issue_comment": issue_comment.handle,
        "issues": issues.handle,
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
        "sub_issues": issues.handle_sub_issues,
        "team": team.handle,
    }
)


def handle(event: str, action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Return the jobs and cache invalidations that an event calls for. Raises MalformedPayload."""
    handler = HANDLERS.get(event)
    return handler(action, payload, me) if handler is not None else HandlerResult()


__all__ = ["HANDLERS", "handle"]
