"""Print that there is no verdict: as data on stdout for machines, as a sentence on stderr for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hotfix.cli.console.exit_status import sentence


@contextmanager
def reported(format: str) -> Iterator[None]:
    """Print why there is no verdict in the format that was asked for, and raise the error again."""
    try:
        yield
    except BrokenPipeError:
        raise
    except Exception as error:
        # Imported here, because it takes a while.
        if format == "json":
            from hotfix.cli.console.printing import print_json

            print_json(_no_verdict(sentence(error)))
        elif format == "github":
            from hotfix.render.workflow_commands import command

            print(command("error", sentence(error), title="hotfix: no verdict"))
        raise


def _no_verdict(why: str) -> dict[str, Any]:
    """Return the JSON of an evaluation that gave no verdict: what is not known is null."""
    from hotfix.render.json_output import VERSION
    from hotfix.verdict import Conclusion

    return {
        "version": VERSION,
        "kind": None,
        "conclusion": Conclusion.UNKNOWN.value,
        "title": "There is no verdict",
        "head_sha": None,
        "evaluated_at": datetime.now(UTC).isoformat(),
        "policy": None,
        "production": None,
        "pull": None,
        "note": why,
        "failed_rules": [],
        "actors": {},
        "findings": [],
    }
