"""Define the errors of talking to GitHub, by what the caller does about each. No message holds a secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class GitHubError(Exception):
    """Every failure that this package raises derives from it; `str()` is one sentence."""

    from_github = True
    """Did GitHub's API itself say so? Otherwise something else answers at its address."""


class TransientError(GitHubError):
    """A failure that passes: GitHub is down, limits the rate, or does not show yet what it announced.

    Conclude nothing, retry.
    """

    def __init__(self, reason: str, retry_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_at = retry_at
        """When GitHub said to come back; None leaves it to the caller's own back-off."""


class NotPermitted(GitHubError):
    """GitHub does not permit it: a permission is missing, the installation is suspended, a key or token is refused."""

    def __init__(self, reason: str, accepted: str = "") -> None:
        super().__init__(reason)
        self.accepted = accepted
        """The permissions that GitHub would accept, such as `contents=write,workflows=write`; empty if unnamed."""


class TokenRefused(NotPermitted):
    """The token is not valid, or no longer: it has expired or was revoked."""


class AccessRestricted(NotPermitted):
    """The organization keeps the caller out (an IP allow list, SAML single sign-on): no permission changes that."""


class NotFound(GitHubError):
    """The repository, pull request, installation or object is not there, or not shown to this token."""


class RequestRefused(GitHubError):
    """GitHub found the request wrong (4xx other than the above): a ref exists already, a merge conflicts."""

    def __init__(self, reason: str, status: int, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        """The HTTP status: 409 conflict, 422 unprocessable ..."""
        self.answer = dict(answer or {})
        """GitHub's JSON body (`message`, `errors`)."""


class WrongKey(GitHubError, ValueError):
    """The App's private key cannot be read: reported once, at the start."""


class WrongAddress(GitHubError, ValueError):
    """The configured API address does not lead to GitHub's API: reported once, at the start."""
