"""Recognize causes of a refusal that GitHub states in words only: the one module that reads the text of its errors.

Everything else is decided by status, header, error code or GraphQL `type`. A phrase that GitHub rewords is no longer
recognized: the refusal is then reported as it is, with GitHub's text, and never counts as success.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

_Causes = frozenset["RefusalCause"]


class RefusalCause(StrEnum):
    """A cause for which GitHub's API has no code."""

    RATE_LIMIT = "rate_limit"
    IP_ALLOW_LIST = "ip_allow_list"
    SINGLE_SIGN_ON = "single_sign_on"
    ALREADY_EXISTS = "already_exists"
    RULE_VIOLATION = "rule_violation"
    CREATION_RESTRICTED = "creation_restricted"
    UNRELATED_HISTORIES = "unrelated_histories"
    NO_SUCH_COMMIT = "no_such_commit"
    NOTHING_PENDING = "nothing_pending"
    ACTIONS_MAY_NOT_CREATE = "actions_may_not_create"


BY_RULESET = frozenset({RefusalCause.RULE_VIOLATION, RefusalCause.CREATION_RESTRICTED})
"""The causes that mean that a ruleset refuses a branch or tag."""

_PHRASES = {
    # 403 without `Retry-After`: "You have exceeded a secondary rate limit"; GraphQL may answer without a `type`.
    "rate limit": RefusalCause.RATE_LIMIT,
    # 403: "the `acme` organization has an IP allow list enabled, and your IP address is not permitted ..."
    "ip allow list": RefusalCause.IP_ALLOW_LIST,
    # 403, some without `X-GitHub-SSO`: "Resource protected by organization SAML enforcement."
    "saml": RefusalCause.SINGLE_SIGN_ON,
    # 422 of POST git/refs: "Reference already exists", without the code `already_exists` of other routes.
    "already exists": RefusalCause.ALREADY_EXISTS,
    # 422 of POST git/refs, 405 of a merge, by any rule of a ruleset: "Repository rule violations found".
    "rule violations found": RefusalCause.RULE_VIOLATION,
    # 422 of POST git/refs, by a ruleset or for a tag that an immutable release used up: "Cannot create ref due to
    # creations being restricted."
    "creations being restricted": RefusalCause.CREATION_RESTRICTED,
    # 404 of GET compare, as for an unknown commit: "No common ancestor between main and topic."
    "common ancestor": RefusalCause.UNRELATED_HISTORIES,
    # 422 of routes that take a commit or ref: "No commit found for SHA: ...", "No ref found for: ..."
    "no commit found": RefusalCause.NO_SUCH_COMMIT,
    "no ref found": RefusalCause.NO_SUCH_COMMIT,
    # UNPROCESSABLE of enablePullRequestAutoMerge: "Pull request is in clean status"; it can be merged now.
    "clean status": RefusalCause.NOTHING_PENDING,
    # 403 by a setting of the repository: "GitHub Actions is not permitted to create or approve pull requests."
    "not permitted to create": RefusalCause.ACTIONS_MAY_NOT_CREATE,
}


def causes(text: str) -> _Causes:
    """Return the causes that the text of an error states."""
    lower = text.casefold()
    return frozenset(cause for phrase, cause in _PHRASES.items() if phrase in lower)


def causes_of_answer(data: Any, message: str) -> _Causes:
    """Return the causes that the JSON of a REST error states: by its documentation's address, otherwise in words."""
    about = str(data.get("documentation_url", "")) if isinstance(data, dict) else ""
    return causes(message) | ({RefusalCause.RATE_LIMIT} if "rate-limit" in about else frozenset())


def causes_of_query(error: Mapping[str, Any]) -> _Causes:
    """Return the causes that one of a GraphQL answer's `errors` states: by type and extensions, otherwise in words."""
    found = set(causes(str(error.get("message", ""))))
    if error.get("type") == "RATE_LIMITED":
        found.add(RefusalCause.RATE_LIMIT)
    if (error.get("extensions") or {}).get("saml_failure") is True:
        found.add(RefusalCause.SINGLE_SIGN_ON)
    return frozenset(found)
