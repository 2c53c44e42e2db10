"""Register the GitHub App from a manifest, and convert GitHub's code into its credentials.

The flow is GitHub's: the browser posts the manifest to `registration_url`, GitHub shows it and redirects back with a
code, and `convert` exchanges the code for the App's credentials, once and within an hour.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from hotfix.github.app_requirements import EVENTS, PERMISSIONS
from hotfix.github.transport.connection import ConnectionFactory
from hotfix.github.transport.errors import NotFound, RequestRefused, TransientError
from hotfix.github.transport.requester import NO_ANSWER, Anonymous, JsonRequester

_CODE = re.compile(r"[\w-]{1,200}", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredApp:
    """A new App and its credentials, which GitHub shows only once."""

    id: int
    slug: str
    name: str
    owner: str
    html_url: str
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    private_key: str = field(repr=False)

    @property
    def install_url(self) -> str:
        """The page for installing the App on repositories."""
        return f"{self.html_url}/installations/new"


def manifest(name: str, public_url: str) -> dict[str, Any]:
    """Return the manifest of an App whose service runs at `public_url`."""
    return {
        "name": name,
        "url": public_url,
        "description": "Checks hotfix pull requests against the hotfix workflow.",
        "hook_attributes": {"url": f"{public_url}/webhooks/github", "active": True},
        "redirect_url": f"{public_url}/setup/callback",
        "callback_urls": [f"{public_url}/login/callback"],
        "public": False,
        "default_permissions": {permission: need.level for permission, need in PERMISSIONS.items()},
        "default_events": list(EVENTS),
    }


def registration_url(github_url: str, organization: str = "") -> str:
    """Return the URL that the browser posts the manifest to: in the user's own settings, or an organization's.

    Raises ValueError if `organization` is not a login.
    """
    if not organization:
        return f"{github_url}/settings/apps/new"
    if not _LOGIN.fullmatch(organization):
        raise ValueError(f"{organization!r} is not the name of an organization")
    return f"{github_url}/organizations/{organization}/settings/apps/new"


def convert(api_url: str, code: str) -> RegisteredApp:
    """Exchange the code of a registration for the App's credentials.

    Raises NotFound if the code was already used or has expired after an hour, RequestRefused, and TransientError.
    """
    if not _CODE.fullmatch(code):
        raise NotFound("This code is not from GitHub: start the registration again.")
    client = JsonRequester(Anonymous(), ConnectionFactory(api_url))
    try:
        status, _, text = client.send("POST", f"/app-manifests/{code}/conversions")
        data = json.loads(text) if text else {}
    except (*NO_ANSWER, ValueError) as error:
        raise TransientError(f"GitHub did not answer at {api_url} ({type(error).__name__}).") from None
    finally:
        client.close()
    if status == 404:
        raise NotFound("GitHub does not know this code: it was used, or is more than an hour old.")
    if status >= 500 or status == 429:
        raise TransientError(f"GitHub could not register the App ({status}).")
    if status != 201:
        raise RequestRefused(f"GitHub refuses to register the App ({status}: {data.get('message', '')}).", status)
    return RegisteredApp(
        id=data["id"],
        slug=data["slug"],
        name=data["name"],
        owner=data["owner"]["login"],
        html_url=data["html_url"],
        client_id=data["client_id"],
        client_secret=data["client_secret"],
        webhook_secret=data["webhook_secret"] or "",
        private_key=data["pem"],
    )
