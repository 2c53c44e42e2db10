"""Write the timeline."""

from __future__ import annotations

from hotfix.life.record import IncidentRecord
from hotfix.life.timeline import TimelineEntry, TimelineEvent
from hotfix.life.words.phrases import person
from hotfix.render.safe_markdown import code, details, text
from hotfix.text.durations import moment

LONGEST = 30_000
"""Characters that are shown, of the 65,536 that GitHub takes; earlier entries are counted."""


def folded(entries: tuple[TimelineEntry, ...], record: IncidentRecord) -> str:
    """Return the timeline as a fold."""
    return details(f"Timeline ({len(entries)})", listed(entries, record))


def listed(entries: tuple[TimelineEntry, ...], record: IncidentRecord) -> str:
    """Return the timeline as a list, oldest first."""
    lines: list[str] = []
    size = 0
    for entry in reversed(entries):
        lines.insert(0, f"- {moment(entry.at)} - {line(entry)}")
        size += len(lines[0]) + 1
        if size > LONGEST:
            left = len(entries) - len(lines)
            lines.insert(0, f"- {left} earlier entries are not shown")
            break
    return "\n".join(lines) + "\n"


def line(entry: TimelineEntry) -> str:
    """Return one entry, without its time."""
    who, what = person(entry.who, "GitHub"), text(entry.what, 300)
    pull = f"#{entry.number}" if entry.number else ""
    match entry.event:
        case TimelineEvent.STARTED:
            return "Issue began"
        case TimelineEvent.DECLARED:
            return f"Incident declared{f' as {what}' if what else ''} by {who}"
        case TimelineEvent.SEVERITY:
            return f"Severity changed by {who}: {what}"
        case TimelineEvent.ASSIGNED:
            return f"Role assigned by {who}: {what}"
        case TimelineEvent.NOTE:
            return f"Note by {who}: {what}"
        case TimelineEvent.DONE:
            return f"Marked as done by {who}: {what}"
        case TimelineEvent.BRANCH:
            return f"Branch {code(entry.what, 200)} created by {who}"
        case TimelineEvent.PULL:
            return f"Pull request {pull} opened by {who}"
        case TimelineEvent.REVIEW_REQUESTED:
            return f"Review of {pull} requested from {who}"
        case TimelineEvent.APPROVED:
            return f"{pull} approved by {who}"
        case TimelineEvent.OBJECTED:
            return f"Changes to {pull} requested by {who}"
        case TimelineEvent.MERGED:
            return f"{pull} merged into {code(entry.what, 100)} by {who}"
        case TimelineEvent.PULL_CLOSED:
            return f"{pull} closed without merging"
        case TimelineEvent.STAGED:
            return f"{code(entry.what, 100)} deployed to staging by {who}"
        case TimelineEvent.STAGING_FAILED:
            return f"Deployment of {code(entry.what, 100)} to staging failed"
        case TimelineEvent.DEPLOYING:
            return f"Deployment of {code(entry.what, 100)} to production started by {who}"
        case TimelineEvent.DEPLOYED:
            return f"Hotfix deployed: {code(entry.what, 100)} runs in production"
        case TimelineEvent.DEPLOYMENT_FAILED:
            return f"Deployment of {code(entry.what, 100)} to production failed"
        case TimelineEvent.ROLLED_BACK:
            return f"Rolled back: {code(entry.what, 100)} runs in production again"
        case TimelineEvent.VERIFIED:
            return f"Verified fixed by {who}{f': {what}' if what else ''}"
        case TimelineEvent.BACK_MERGED:
            return f"{code(entry.what, 100)} contains the fix{f' ({pull})' if pull else ''}"
        case TimelineEvent.FOLLOW_UP:
            return f"Follow-up {pull} {what}"
        case TimelineEvent.POST_MORTEM:
            return f"Post-mortem {pull} {what}"
        case TimelineEvent.SCHEDULED:
            return f"Post-mortem scheduled by {who} for {what}"
        case TimelineEvent.NOTIFIED:
            return f"Message delivered to {text(entry.who.removeprefix('stakeholder ').replace('_', ' '), 100)}: {what}"
        case TimelineEvent.GATE_FAILED:
            return f"A gate failed{f': {what}' if what else ''}"
        case TimelineEvent.CLOSED:
            by = {"pull": "a merge", "commit": "a commit"}.get(entry.what) or person(entry.who, "the App")
            return f"Incident closed by {by}"
        case TimelineEvent.REOPENED:
            return f"Incident reopened by {person(entry.who, 'the App')}"
