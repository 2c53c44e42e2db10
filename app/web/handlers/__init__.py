"""Webhook handlers: pure functions from a payload to the jobs it calls for, in files by subject.

`handle(event, action, payload, me)` raises `MalformedPayload` if the payload does not have the expected shape. An event
without a handler gives `HandlerResult()`. Events caused by the App itself are ignored, which prevents loops, unless a
person pressed one of the App's buttons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.app_identity import AppIdentity
from app.queue.handler_result import HandlerResult
from app.web.handlers import access_events, check_events, production_events, pull_events
from app.web.payload import Payload

Handler = Callable[[str, Payload, AppIdentity], HandlerResult]

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "check_run": check_events.handle_check_run,
        "check_suite": check_events.handle_check_suite,
        "create": production_events.handle_tag,
        "delete": production_events.handle_tag,
        "deployment": production_events.handle_deployment,
        "deployment_protection_rule": production_events.handle_deployment_protection_rule,
        "deployment_status": production_events.handle_deployment_status,
        "installation": access_events.handle_installation,
        "installation_repositories": access_events.handle_repositories,
        "issue_comment": pull_events.handle_issue_comment,
        "issues": pull_events.handle_issues,
        "member": access_events.handle_member,
        "membership": access_events.handle_membership,
        "merge_group": check_events.handle_merge_group,
        "organization": access_events.handle_organization,
        "pull_request": pull_events.handle_pull_request,
        "pull_request_review": pull_events.handle_pull_request_review,
        "push": production_events.handle_push,
        "release": production_events.handle_release,
        "repository": access_events.handle_repository,
        "status": check_events.handle_status,
        "sub_issues": pull_events.handle_sub_issues,
        "team": access_events.handle_team,
    }
)


def handle(event: str, action: str, payload: Payload, me: AppIdentity) -> HandlerResult:
    """Return the jobs and cache invalidations that an event calls for. Raises MalformedPayload."""
    handler = HANDLERS.get(event)
    return handler(action, payload, me) if handler is not None else HandlerResult()


__all__ = ["HANDLERS", "handle"]
