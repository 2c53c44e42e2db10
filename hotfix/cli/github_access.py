"""Find the GitHub API URL and a token for the command line, and convert errors from GitHub to one sentence."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hotfix.cli.console.exit_status import CommandError

if TYPE_CHECKING:
    from hotfix.github.transport.client import TokenBearer

_PUBLIC = "https://api.github.com"
_GH_SECONDS = 5
_VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")


def api_url() -> str:
    """Return the API's base URL. Raises CommandError if the setting is not a URL."""
    url = os.environ.get("HOTFIX_GITHUB_API_URL", "").rstrip("/") or _PUBLIC
    if not re.fullmatch(r"https?://[^\s/]+(?:/[^\s]*)?", url):
        raise CommandError("HOTFIX_GITHUB_API_URL must be a web address such as https://github.example.com/api/v3.")
    return url


def token() -> str:
    """Return the user's token from the environment or the GitHub CLI. Raises CommandError if there is none."""
    found = next((value for name in _VARIABLES if (value := os.environ.get(name))), "") or _from_gh()
    if not found:
        raise CommandError("no token: set GITHUB_TOKEN, or log in with `gh auth login`.")
    return found


def _from_gh() -> str:
    try:
        done = subprocess.run(
            ["gh", "auth", "token"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_GH_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if not done.returncode else ""


def client() -> TokenBearer:
    """Return a client with the user's token. Raises CommandError."""
    url, secret = api_url(), token()
    from hotfix.github.transport.client import TokenBearer  # imported here because it is slow

    return TokenBearer(secret, url)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Convert an error from GitHub to a CommandError about `what`, such as `acme/shop#42`."""
    from hotfix.github.transport.errors import GitHubError, NotFound, TokenRefused, TransientError
    from hotfix.text.durations import moment

    try:
        yield
    except TransientError as error:
        again = f"try again at {moment(error.retry_at)}" if error.retry_at else "try again in a minute"
        raise CommandError(f"GitHub could not be asked about {what}: {str(error).rstrip('.')}; {again}.") from None
    except TokenRefused as error:
        source = next((name for name in _VARIABLES if os.environ.get(name)), "")
        other = f"set {source} to a valid one" if source else "log in again with `gh auth login`"
        raise CommandError(f"{what}: {str(error).rstrip('.')}: {other}.") from None
    except NotFound as error:
        hint = "check the name and the token's permissions"
        raise CommandError(f"{what}: {str(error).rstrip('.')}; {hint}.") from None
    except GitHubError as error:
        raise CommandError(f"{what}: {str(error).rstrip('.')}.") from None
