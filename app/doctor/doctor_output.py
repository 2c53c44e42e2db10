"""Format diagnoses as text for a terminal, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from app.doctor.diagnosis import Diagnosis, Health, sound
from hotfix.text.escaping import one_line

MARKS = {Health.OK: "ok  ", Health.WARNING: "warn", Health.PROBLEM: "FAIL"}
WIDTH = 80


def as_text(found: Sequence[Diagnosis], subject: str, *, unchecked: bool = False) -> str:
    """Return a line per finding, followed by its fix, and a summary. Findings in a row with one fix show it once.

    `unchecked`: the findings are about the service, without which the subject was not checked.
    """
    lines = []
    for each, following in zip_longest(found, found[1:]):
        lines += _wrapped(f"{one_line(each.check)}: {one_line(each.message)}", f"{MARKS[each.health]}  ")
        if each.fix and not (following and following.fix == each.fix):
            lines += _wrapped(one_line(each.fix), "      fix: ")
    count = Counter(each.health for each in found)
    problems, warnings = count[Health.PROBLEM], count[Health.WARNING]
    words = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((problems, "problem"), (warnings, "warning")) if n]
    summary = f"{subject}: {' and '.join(words) or 'no problems found'}"
    if unchecked:
        summary = f"{subject} was not checked: that needs the settings of the service"
    return "\n".join([*lines, summary]) + "\n"


def as_json(found: Sequence[Diagnosis], subject: str) -> str:
    """Return the findings as one JSON object."""
    return (
        json.dumps(
            {
                "version": 1,
                "subject": subject,
                "sound": sound(found),
                "findings": [
                    {"check": each.check, "status": each.health.value, "message": each.message, "fix": each.fix}
                    for each in found
                ],
            },
            indent=2,
        )
        + "\n"
    )


def _wrapped(text: str, first: str) -> list[str]:
    """Wrap a line at spaces only, so that commands and URLs stay intact."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
