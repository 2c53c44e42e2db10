"""When a hotfix is due in production, and what remains to be done after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from hotfix.facts import Facts
from hotfix.policy import Policy
from hotfix.render.safe_markdown import code, text
from hotfix.rules.severity import declared
from hotfix.severities import Severity
from hotfix.text import durations


def moment(at: datetime) -> str:
    """Return the moment as `2026-03-01 03:12 UTC`."""
    return at.strftime("%Y-%m-%d %H:%M UTC")


def length(duration: timedelta) -> str:
    """Return the duration as `4h`; up to three days as hours, as the workflow says `48 hours`."""
    hours, rest = divmod(int(duration.total_seconds()), 3600)
    return f"{hours}h" if not rest and hours <= 72 else durations.text(duration)


def deadline(facts: Facts, policy: Policy) -> tuple[Severity, datetime, timedelta] | None:
    """Return the severity, when the fix is due, and how long that is after the pull request was opened."""
    level = declared(facts)
    limits = {Severity.P0: policy.sla.P0, Severity.P1: policy.sla.P1}.get(level) if level else None
    if level is None or limits is None or facts.pull is None:
        return None
    allowed = limits[-1]
    return level, facts.pull.created_at + allowed, allowed


def clock(facts: Facts, policy: Policy) -> str:
    """Return the deadline as a sentence of Markdown; empty if unknown. It changes only when it is over."""
    if not (found := deadline(facts, policy)):
        return ""
    level, due, allowed = found
    since = f"{length(allowed)} after the pull request was opened"
    if facts.now > due:
        return f"{level} was due in production by **{moment(due)}**, {since}: it is overdue."
    return f"{level} is due in production by **{moment(due)}**, {since}."


def after_the_fix(policy: Policy, facts: Facts | None) -> str:
    """Return what people forget once the fix is in production, as a Markdown list."""
    stakeholders = ", ".join(text(name, 100) for name in policy.notify.stakeholders)
    where = text(policy.notify.channel, 100)
    into = policy.branches.back_merge or (tuple(b.name for b in facts.branches.long_lived) if facts else ())
    lines = [
        "- Watch it for 15 minutes, then every 10 minutes for an hour; roll back if it makes things worse.",
        f"- Tell {where}{f' and {stakeholders}' if stakeholders else ''} what was deployed, when, and whether it is "
        "verified.",
    ]
    if policy.notify.status_page.page:
        lines.append("- Update the status page.")
    branches = " and ".join(code(name) for name in into) or "the default branch"
    lines.append(f"- Merge it back to {branches} and delete the hotfix branch.")
    if policy.follow_ups.tickets:
        lines.append(f"- Within {length(policy.follow_ups.within)} of production, open the follow-up tickets:")
        lines += [f"  - {text(ticket, 200)}" for ticket in policy.follow_ups.tickets]
    lines.append(f"- Within {length(policy.post_mortem.within)} of production, hold the post-mortem.")
    if policy.contacts:
        lines.append("- Contacts:")
        lines += [f"  - {text(role, 100)}: {text(how, 200)}" for role, how in policy.contacts.items()]
    return "\n".join(lines) + "\n"
