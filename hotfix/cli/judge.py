"""Run `hotfix judge`: evaluate a pull request on GitHub without posting anything."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix.cli import github_access
from hotfix.cli.clone import read_policy
from hotfix.cli.console.exit_status import CommandError
from hotfix.cli.console.verdict_output import reported, show

if TYPE_CHECKING:
    from hotfix.policy import Policy
    from hotfix.verdict import Verdict

_SHORT = re.compile(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#([1-9][0-9]{0,9})", re.ASCII)
_URL = re.compile(r"https?://([^/\s]+)/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)/pull/([1-9][0-9]{0,9})(?:[/?#].*)?", re.ASCII)


def judge_pull_request(pull: str, *, format: str, policy_file: Path | None, verbose: bool) -> int:
    """Print the verdict on a pull request and return the exit status. Raises CommandError if GitHub refuses access."""
    with reported(format):
        repo, number = _named(pull.strip(), bool(os.environ.get("HOTFIX_GITHUB_API_URL")))
        verdict = _evaluate(repo, number, _trial(policy_file))
    return show(verdict, format, f"{repo}#{number}", verbose=verbose)


def _trial(policy_file: Path | None) -> Policy | None:
    if policy_file is None:
        return None
    from hotfix.policy import PolicyError, load

    try:
        return load(read_policy(policy_file), str(policy_file))
    except PolicyError as error:
        raise CommandError(f"{error.lines[0]}: run `hotfix policy validate {policy_file}`.") from None


def _evaluate(repo: str, number: int, trial: Policy | None) -> Verdict:
    client = github_access.client()
    # Imported here because it is slow, and not needed without a token.
    from hotfix.github.evaluation import EvaluationRequest, evaluate_pull_request
    from hotfix.github.read.caches import Caches

    with github_access.explained(f"{repo}#{number}"):
        request = EvaluationRequest(
            client=client, caches=Caches(trial), repo=repo, number=number, now=datetime.now(UTC)
        )
        return evaluate_pull_request(request, publish=False).verdict


def _named(pull: str, elsewhere: bool) -> tuple[str, int]:
    if match := _SHORT.fullmatch(pull):
        return match[1], int(match[2])
    if match := _URL.fullmatch(pull):
        host = match[1].lower()
        if host not in ("github.com", "www.github.com") and not elsewhere:
            raise CommandError(f"{host} is another GitHub: set HOTFIX_GITHUB_API_URL=https://{host}/api/v3.")
        return match[2], int(match[3])
    raise CommandError("name the pull request as OWNER/REPO#NUMBER, such as acme/shop#42, or by its URL.")
