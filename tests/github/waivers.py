"""Points at which GitHub's published description is wrong or incomplete, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Waiver:
    where: str
    """Glob for `request GET /...`, `response GET /... 200` or `webhook event.action`."""
    at: str
    """Glob for the location in the body, `/a/b/0`."""
    reason: str
    says: str = "*"
    """Glob for the validator's message."""


WAIVERS: tuple[Waiver, ...] = (
    Waiver(
        "response GET /app/installations 200",
        "/*/account",
        "the description asks for a user AND an enterprise at once (allOf where the other routes have anyOf)",
    ),
    Waiver(
        "* *deployment*status*",
        "*_url",
        "GitHub answers an empty string where no URL was given; the description itself gives that as the default",
        '"" is not a "uri"',
    ),
    Waiver(
        "webhook *",
        "*/events/*",
        "the list of event names in webhooks' app lags behind: deployment_protection_rule, merge_group ... are missing",
        "* is not one of *",
    ),
    Waiver(
        "webhook *",
        "*email",
        "a bot's address is `N+NAME[bot]@users.noreply.github.com` on GitHub, which is not a sound address",
        '*bot]@users.noreply.github.com" is not a "email"',
    ),
    Waiver(
        "*pull*",
        "*/head/repo",
        "the repository of a deleted fork is null; the description allows it in some answers and forgets it in others",
        "null is not of type*",
    ),
    Waiver(
        "*pull*",
        "*/head/user",
        "the owner of a deleted fork can be gone too",
        "null is not of type*",
    ),
    Waiver(
        "webhook pull_request.review_request*",
        "/",
        "the same null, in the two events whose description is an anyOf: the validator names no place in it",
        '*"head":{*"repo":null*',
    ),
    Waiver(
        "response * /repos/{}/{}/*pulls*",
        "*/labels/*/description",
        "a label without a description has null there; the description says so for labels, not inside pull requests",
        "null is not of type*",
    ),
)


def waived(where: str, at: str, message: str) -> bool:
    return any(
        fnmatchcase(where, one.where) and fnmatchcase(at, one.at) and fnmatchcase(message, one.says) for one in WAIVERS
    )
