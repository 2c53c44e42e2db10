"""Write and read the rules' results as hidden data of the check run, so that no decision depends on its summary.

GitHub shows a check run's `text` below its summary; an HTML comment in it is invisible.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from hotfix.finding import Status
from hotfix.verdict import RuleResult, Verdict

_LINE = re.compile(r"<!-- hotfix:verdict (\{[^\n]{0,4000}\}) -->")
OVERRIDDEN = "overridden"
WARNING = "warning"
"""The rule fails or is pending, but does not block."""


def text(verdict: Verdict) -> str:
    """Return the hidden line: rule ID -> status, `overridden` or `warning`."""
    rules = {result.rule: _word(result) for result in verdict.findings}
    return f"<!-- hotfix:verdict {json.dumps(rules, separators=(',', ':'))} -->" if rules else ""


def _word(result: RuleResult) -> str:
    if result.override:
        return OVERRIDDEN
    warns = not result.counts and result.status in (Status.FAILED, Status.PENDING)
    return WARNING if warns else str(result.status)


def read(text: str) -> Mapping[str, str]:
    """Return rule ID -> status from a check run's text; empty if it has no such data."""
    found = _LINE.search(text)
    if found is None:
        return {}
    try:
        rules = json.loads(found[1])
    except ValueError:
        return {}
    return {str(rule): str(status) for rule, status in rules.items()} if isinstance(rules, dict) else {}
