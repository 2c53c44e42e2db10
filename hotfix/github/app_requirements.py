"""The permissions and events that the GitHub App needs, each with its purpose.

The service compares them with the App's settings at startup; the README and the App manifest list them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

STRENGTH: Mapping[str, int] = MappingProxyType({"read": 1, "write": 2, "admin": 3})


@dataclass(frozen=True, slots=True)
class PermissionNeed:
    """One permission of the App."""

    level: str
    """`read` or `write`."""
    purpose: str
    used: bool = True
    """Whether requests use it; otherwise it is needed only to receive an event."""
    title: str = ""
    """GitHub's name for it on the App's settings page; empty if it is the key, capitalized."""


PERMISSIONS: Mapping[str, PermissionNeed] = MappingProxyType(
    {
        "metadata": PermissionNeed("read", "required by GitHub"),
        "contents": PermissionNeed(
            "write", "policy, tags, comparisons; the branch and spec that `/hotfix start` creates"
        ),
        "checks": PermissionNeed("write", "the check run"),
        "pull_requests": PermissionNeed("write", "reading them; requesting the tech lead's review"),
        "issues": PermissionNeed(
            "write",
            "incidents: status comment, reminders, follow-ups, post-mortem; answering `/hotfix` commands",
        ),
        "statuses": PermissionNeed("read", "the head's required checks", title="Commit statuses"),
        "administration": PermissionNeed(
            "read",
            "what the base branch requires; who may maintain the repository, if the policy names no tech leads",
        ),
        "members": PermissionNeed("read", "teams that the policy names", title="Members (organization)"),
        "deployments": PermissionNeed("write", "what runs in production; the protection rule's answer"),
        "merge_queues": PermissionNeed("read", "receiving the event merge group", used=False),
        "actions": PermissionNeed("write", "the protection rule; starting `deploy.workflow`"),
    }
)

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "check_run": "checks of others end, the check is requested again",
        "check_suite": "the check is requested again",
        "create": "tags",
        "delete": "tags",
        "deployment": "the timeline of a hotfix",
        "deployment_protection_rule": "a deployment requests approval",
        "deployment_status": "production moved, staging succeeded",
        "issue_comment": "`/hotfix` commands",
        "issues": "incidents",
        "member": "who may maintain the repository",
        "membership": "teams that the policy names",
        "merge_group": "the merge queue asks for the check",
        "organization": "who is a member",
        "pull_request": "evaluation",
        "pull_request_review": "approvals and objections",
        "push": "branches and tags that move",
        "release": "production moved",
        "repository": "renamed, transferred, archived",
        "status": "commit statuses of others end",
        "sub_issues": "follow-ups of an incident",
        "team": "teams that the policy names",
    }
)
ALWAYS_SENT = frozenset({"installation", "installation_repositories", "ping"})
"""Events that GitHub sends to every App, without a subscription."""


def token_permissions() -> dict[str, str]:
    """Return the permissions to request for each installation token: only those that the service uses."""
    return {name: need.level for name, need in sorted(PERMISSIONS.items()) if need.used}


def lacking(granted: Mapping[str, str]) -> dict[str, PermissionNeed]:
    """Return the permissions that the App lacks, by name."""
    strengths = {name: STRENGTH.get(granted.get(name, ""), 0) for name in PERMISSIONS}
    return {name: need for name, need in PERMISSIONS.items() if strengths[name] < STRENGTH[need.level]}


def missing_permissions(granted: Mapping[str, str]) -> list[str]:
    """Return the permissions that the App lacks, with their levels, as in the App's settings: `checks: write`."""
    return [f"{name}: {need.level}" for name, need in lacking(granted).items()]


def missing_events(subscribed: Collection[str]) -> list[str]:
    """Return the events that the App is not subscribed to."""
    return [name for name in EVENTS if name not in subscribed]
