"""Print a verdict, or why there is none, and return its exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hotfix.cli.console.exit_status import FAILED, PASS, UNUSABLE, sentence
from hotfix.cli.console.printing import print_json
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
        from hotfix.render.json_output import as_json

        print_json({**as_json(verdict), **more})
    elif format == "github":
        from hotfix.render.workflow_commands import github_commands

        for line in github_commands(verdict):
            print(line)
        print(f"{where}: {verdict.title}")
    else:
        _print_text(verdict, where, next_command, verbose)
    return _STATUS[verdict.conclusion]


def _print_text(verdict: Verdict, where: str, next_command: str, verbose: bool) -> None:
    """Print a verdict for people, in colour on a terminal unless NO_COLOR is set."""
    if sys.stdout.isatty():
        from rich.console import Console

        from hotfix.render.terminal import terminal

        console = Console(markup=False, highlight=False, emoji=False)
        terminal(verdict, console, where=where, next_command=next_command, verbose=verbose)
    else:
        from hotfix.render.terminal import without_style

        plain = not (sys.stdout.encoding or "").lower().startswith("utf")
        print(without_style(verdict, where=where, next_command=next_command, verbose=verbose, ascii_only=plain))


@contextmanager
def reported(format: str) -> Iterator[None]:
    """Print why there is no verdict in the requested format, and re-raise the error, which is shown on stderr."""
    try:
        yield
    except BrokenPipeError:
        raise
    except Exception as error:
        if format == "json":
            _print_no_verdict(sentence(error))
        elif format == "github":
            from hotfix.render.workflow_commands import command

            print(command("error", sentence(error), title="hotfix: no verdict"))
        raise


def _print_no_verdict(why: str) -> None:
    """Print the JSON of an evaluation without a verdict. Unknown fields are null."""
    from hotfix.render.json_output import VERSION

    print_json(
        {
            "version": VERSION,
            "kind": None,
            "conclusion": Conclusion.UNKNOWN.value,
            "title": "There is no verdict",
            "head_sha": None,
            "evaluated_at": datetime.now(UTC).isoformat(),
            **dict.fromkeys(("policy", "production", "pull")),
            "note": why,
            "failed_rules": [],
            "actors": {},
            "findings": [],
        }
    )
