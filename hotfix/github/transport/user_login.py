"""Log a user in through the App: the page where they authorize it, and the token that GitHub issues.

The flow is GitHub's web application flow, with PKCE: the browser goes to `authorization_url`, GitHub sends it back with
a code, and `exchange` turns the code into a token, once and within ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import urlencode

import requests

from hotfix.github.transport.client import Client
from hotfix.github.transport.connection import TIMEOUT
from hotfix.github.transport.errors import NotPermitted, TransientError
from hotfix.github.transport.requester import API_VERSION

_CODE = re.compile(r"[\w-]{1,200}", re.ASCII)


def authorization_url(github_url: str, client_id: str, redirect_uri: str, *, state: str, verifier: str) -> str:
    """Return the URL of the page on which the user authorizes the App."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{github_url}/login/oauth/authorize?{urlencode(query)}"


def exchange(
    github_url: str, client_id: str, client_secret: str, *, code: str, redirect_uri: str, verifier: str
) -> str:
    """Return the user's token for the code in GitHub's redirect.

    Raises NotPermitted if GitHub refuses the code or the App's credentials, TransientError if it does not respond.
    """
    if not _CODE.fullmatch(code):
        raise NotPermitted("This code is not from GitHub.")
    form = {
        "client_id": client_id,
        "client_secret": client_secret,
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    try:
        answer = requests.post(
            f"{github_url}/login/oauth/access_token",
            data=form,
            headers={"Accept": "application/json"},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        data = answer.json() if answer.ok else {}
    except (requests.RequestException, ValueError) as error:
        raise TransientError(f"GitHub did not answer at {github_url} ({type(error).__name__}).") from None
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TransientError(f"GitHub returned a server error ({answer.status_code}).")
    token = data.get("access_token") if isinstance(data, dict) else None
    if not isinstance(token, str) or not token:
        reason = str(data.get("error") or answer.status_code) if isinstance(data, dict) else "no token"
        raise NotPermitted(f"GitHub refuses the login ({reason[:100]}).")
    return token


def revoke(api_url: str, client_id: str, client_secret: str, token: str) -> None:
    """Revoke a user's token; a token that is already expired or revoked is accepted.

    Raises NotPermitted if GitHub refuses the App's credentials, TransientError if it does not respond.
    """
    try:
        answer = requests.delete(
            f"{api_url}/applications/{client_id}/token",
            json={"access_token": token},
            auth=(client_id, client_secret),
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise TransientError(f"GitHub did not answer at {api_url} ({type(error).__name__}).") from None
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TransientError(f"GitHub returned a server error ({answer.status_code}).")
    if answer.status_code not in (204, 404, 422):
        raise NotPermitted(f"GitHub does not revoke the token ({answer.status_code}).")


def login_of(client: Client) -> str:
    """Return the login of the token's owner. Raises TokenRefused, TransientError."""
    return str(client.get("/user")["login"])
