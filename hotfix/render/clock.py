"""Render the deadline by which a hotfix must be in production."""

from __future__ import annotations

from datetime import timedelta

from hotfix.facts import Facts
from hotfix.policy import Policy
from hotfix.rules.severity import declared
from hotfix.severities import Severity
from hotfix.text import durations
from hotfix.text.durations import moment


def length(duration: timedelta) -> str:
    """Return a duration such as `4h`. Up to three days, it is given in hours, as in the workflow's `48 hours`."""
    hours, rest = divmod(int(duration.total_seconds()), 3600)
    return f"{hours}h" if not rest and hours <= 72 else durations.text(duration)


def clock(facts: Facts, policy: Policy) -> str:
    """Return the deadline as short Markdown, which changes only when the deadline passes.

    Empty without a severity or a pull request, or if the severity has no deadline.
    """
    level = declared(facts)
    limits = {Severity.P0: policy.sla.P0, Severity.P1: policy.sla.P1}.get(level) if level else None
    if limits is None or facts.pull is None:
        return ""
    due = facts.pull.created_at + limits[-1]
    return f"**overdue since {moment(due)}**" if facts.now > due else f"due in production by {moment(due)}"
