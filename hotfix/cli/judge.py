"""`hotfix judge`."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotfix.cli.errors import CannotGoOn
from hotfix.cli.unknown import told

if TYPE_CHECKING:
    from hotfix.verdict import Verdict

_SHORT = re.compile(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#([1-9][0-9]{0,9})", re.ASCII)
_URL = re.compile(r"https?://([^/\s]+)/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)/pull/([1-9][0-9]{0,9})(?:[/?#].*)?", re.ASCII)
_PUBLIC = "https://api.github.com"


def judge_pull_request(pull: str, *, format: str) -> int:
    """Judge a pull request by reading alone. Raises CannotGoOn where GitHub doesn't let us."""
    with told(format):
        verdict, where = _verdict(pull)
    from hotfix.cli.show import show

    return show(verdict, format, where)


def _verdict(pull: str) -> tuple[Verdict, str]:
    api_url = os.environ.get("HOTFIX_GITHUB_API_URL", "").rstrip("/")
    repo, number = _named(pull.strip(), bool(api_url))
    api_url = api_url or _PUBLIC
    if not re.fullmatch(r"https?://[^\s/]+(?:/[^\s]*)?", api_url):
        raise CannotGoOn("HOTFIX_GITHUB_API_URL must be a web address such as https://github.example.com/api/v3.")
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    if not token:
        raise CannotGoOn("no token: set GITHUB_TOKEN, for example by `export GITHUB_TOKEN=$(gh auth token)`.")
    return _judge(repo, number, token, api_url), f"{repo}#{number}"


def _judge(repo: str, number: int, token: str, api_url: str) -> Verdict:
    # Here, because they take a while: who named no token shall not wait for them.
    from hotfix.github.evaluation import judge_pull
    from hotfix.github.read.caches import Caches
    from hotfix.github.transport.client import Token
    from hotfix.github.transport.errors import GitHubError, TransientError
    from hotfix.render.clock import moment

    try:
        outcome = judge_pull(Token(token, api_url), Caches(), repo, number, now=datetime.now(UTC), publish=False)
    except TransientError as error:
        again = f"; try again at {moment(error.retry_at)}" if error.retry_at else "; try again in a minute"
        raise CannotGoOn(f"could not tell: {str(error).rstrip('.')}{again}.") from None
    except GitHubError as error:
        raise CannotGoOn(f"{repo}#{number}: {str(error).rstrip('.')}.") from None
    return outcome.verdict


def _named(pull: str, elsewhere: bool) -> tuple[str, int]:
    if match := _SHORT.fullmatch(pull):
        return match[1], int(match[2])
    if match := _URL.fullmatch(pull):
        host = match[1].lower()
        if host not in ("github.com", "www.github.com") and not elsewhere:
            raise CannotGoOn(f"{host} is another GitHub: set HOTFIX_GITHUB_API_URL=https://{host}/api/v3.")
        return match[2], int(match[3])
    raise CannotGoOn("name the pull request as OWNER/REPO#NUMBER, such as acme/shop#42, or by its URL.")
