"""Print a verdict and return its exit status."""

from __future__ import annotations

from hotfix.cli.console.exit_status import FAILED, PASS, UNUSABLE
from hotfix.cli.console.printing import print_json, print_verdict
from hotfix.render import as_json, github_commands
from hotfix.verdict import Conclusion, Verdict

_STATUS = {
    Conclusion.PASS: PASS,
    Conclusion.FAIL: FAILED,
    Conclusion.PENDING: FAILED,
    Conclusion.UNKNOWN: UNUSABLE,
}


def show(
    verdict: Verdict,
    format: str,
    where: str,
    *,
    next_command: str = "",
    verbose: bool = False,
    **more: list[str],
) -> int:
    """Print the verdict on `where` as `text`, `json` or `github`, and return the exit status.

    `more`: additional fields for JSON.
    """
    if format == "json":
        print_json({**as_json(verdict), **more})
    elif format == "github":
        for line in github_commands(verdict):
            print(line)
        print(f"{where}: {verdict.title}")
    else:
        print_verdict(verdict, where, next_command=next_command, verbose=verbose)
    return _STATUS[verdict.conclusion]
