"""The errors of communicating with GitHub, one class per way of handling them. No message contains a secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotfix.github.transport.refusals import RefusalCause


class GitHubError(Exception):
    """The base class of this package's errors; `str()` is one sentence."""

    from_github = True
    """Whether the error comes from GitHub's API; otherwise something else responded at its address."""
    causes: frozenset[RefusalCause] = frozenset()
    """What GitHub's answer states as the cause, if the status doesn't."""


class TransientError(GitHubError):
    """A temporary failure: GitHub is down, limits the rate, or does not show yet what it announced.

    Draw no conclusion from it; retry.
    """

    def __init__(self, reason: str, retry_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_at = retry_at
        """When GitHub allows a retry; None if the caller's own backoff applies."""


class NotPermitted(GitHubError):
    """A refusal: a permission is missing, the installation is suspended, or a key or token is not accepted."""

    def __init__(self, reason: str, accepted: str = "") -> None:
        super().__init__(reason)
        self.accepted = accepted
        """The permissions that GitHub would accept, such as `contents=write,workflows=write`; empty if unknown."""


class TokenRefused(NotPermitted):
    """A token that is invalid, expired or revoked."""


class AccessRestricted(NotPermitted):
    """An organization's access restriction (IP allow list, SAML single sign-on), which no permission overrides."""


class NotFound(GitHubError):
    """A repository, pull request, installation or object that doesn't exist, or isn't visible to this token."""


class RequestRefused(GitHubError):
    """A request that GitHub rejected (any other 4xx): a ref already exists, a merge conflicts."""

    def __init__(self, reason: str, status: int, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        """The HTTP status: 409 conflict, 422 unprocessable ..."""
        self.answer = dict(answer or {})
        """GitHub's JSON body (`message`, `errors`)."""


class WrongKey(GitHubError, ValueError):
    """An App private key that can't be read; reported once, at startup."""


class WrongAddress(GitHubError, ValueError):
    """A configured API address that is not GitHub's API; reported once, at startup."""
