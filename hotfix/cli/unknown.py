"""Where nothing could be judged, machines are told so on stdout too; people read the sentence on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hotfix.cli.errors import sentence


@contextmanager
def told(format: str) -> Iterator[None]:
    """Print why there is no verdict, as `json` or `github` ask for it, and let the error go on."""
    try:
        yield
    except BrokenPipeError:
        raise
    except Exception as error:
        # Here, because they take a while.
        if format == "json":
            from hotfix.cli.out import print_json

            print_json(_nothing_judged(sentence(error)))
        elif format == "github":
            from hotfix.render.workflow_commands import command

            print(command("error", sentence(error), title="hotfix: could not tell"))
        raise


def _nothing_judged(why: str) -> dict[str, Any]:
    """The object of a verdict where nothing could be judged at all: what is not known is null."""
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
