"""Report that there is no verdict, as data on stdout in machine-readable formats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hotfix.cli.console.exit_status import sentence


@contextmanager
def reported(format: str) -> Iterator[None]:
    """Print why there is no verdict in the requested format, and re-raise the error, which is shown on stderr."""
    try:
        yield
    except BrokenPipeError:
        raise
    except Exception as error:
        # Imported here because it is slow.
        if format == "json":
            from hotfix.cli.console.printing import print_json

            print_json(_no_verdict(sentence(error)))
        elif format == "github":
            from hotfix.render.workflow_commands import command

            print(command("error", sentence(error), title="hotfix: no verdict"))
        raise


def _no_verdict(why: str) -> dict[str, Any]:
    """Return the JSON of an evaluation without a verdict. Unknown fields are null."""
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
