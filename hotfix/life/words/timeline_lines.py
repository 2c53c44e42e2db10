"""Write the entries of the timeline."""

from __future__ import annotations

from hotfix.life.record import IncidentRecord
from hotfix.life.timeline import APP, TimelineEntry, TimelineEvent
from hotfix.life.words.phrases import person
from hotfix.render.safe_markdown import code, details, text
from hotfix.text.durations import moment

LONGEST = 30_000
"""Approximate maximum length in characters, well below GitHub's limit of 65,536. Earlier entries are omitted, and their
number is shown."""


def folded(entries: tuple[TimelineEntry, ...], record: IncidentRecord) -> str:
    """Return the timeline as a collapsible section."""
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
    what, pull = text(entry.what, 300), f"#{entry.number}" if entry.number else ""
    match entry.event:
        case TimelineEvent.DECLARED:
            return f"Incident declared{f' as {what}' if what else ''} by {person(entry.who, 'GitHub')}"
        case TimelineEvent.VERIFIED:
            return f"Verified fixed by {person(entry.who, 'GitHub')}{f': {what}' if what else ''}"
        case TimelineEvent.BACK_MERGED:
            return f"{code(entry.what, 100)} contains the fix{f' ({pull})' if pull else ''}"
        case TimelineEvent.NOTIFIED:
            return f"Message delivered to {text(entry.who.removeprefix('stakeholder ').replace('_', ' '), 100)}: {what}"
        case TimelineEvent.GATE_FAILED:
            return f"A gate failed{f': {what}' if what else ''}"
        case TimelineEvent.CLOSED:
            if entry.what == APP:
                return f"Incident closed by {_app(entry, 'the fix is verified and nothing is owed any more')}"
            by = {"pull": "a merge", "commit": "a commit"}.get(entry.what) or person(entry.who, "GitHub")
            return f"Incident closed by {by}"
        case TimelineEvent.REOPENED:
            if entry.what == APP:
                return f"Incident reopened by {_app(entry, 'something was still open')}"
            return f"Incident reopened by {person(entry.who, 'GitHub')}"
    return _LINES[entry.event].format(
        who=person(entry.who, "GitHub"), what=what, code=code(entry.what, 100), pull=pull, branch=code(entry.what, 200)
    )


def _app(entry: TimelineEntry, why: str) -> str:
    return f"the App, as {person(entry.who)} wrote" if entry.who else f"the App: {why}"


_LINES = {
    TimelineEvent.STARTED: "Issue began",
    TimelineEvent.SEVERITY: "Severity changed by {who}: {what}",
    TimelineEvent.ASSIGNED: "Role assigned by {who}: {what}",
    TimelineEvent.NOTE: "Note by {who}: {what}",
    TimelineEvent.DONE: "Marked as done by {who}: {what}",
    TimelineEvent.BRANCH: "Branch {branch} created by {who}",
    TimelineEvent.PULL: "Pull request {pull} opened by {who}",
    TimelineEvent.REVIEW_REQUESTED: "Review of {pull} requested from {who}",
    TimelineEvent.APPROVED: "{pull} approved by {who}",
    TimelineEvent.OBJECTED: "Changes to {pull} requested by {who}",
    TimelineEvent.MERGED: "{pull} merged into {code} by {who}",
    TimelineEvent.PULL_CLOSED: "{pull} closed without merging",
    TimelineEvent.STAGED: "{code} deployed to staging by {who}",
    TimelineEvent.STAGING_FAILED: "Deployment of {code} to staging failed",
    TimelineEvent.DEPLOYING: "Deployment of {code} to production started by {who}",
    TimelineEvent.DEPLOYED: "Hotfix deployed: {code} runs in production",
    TimelineEvent.DEPLOYMENT_FAILED: "Deployment of {code} to production failed",
    TimelineEvent.ROLLED_BACK: "Rolled back: {code} runs in production again",
    TimelineEvent.FOLLOW_UP: "Follow-up {pull} {what}",
    TimelineEvent.POST_MORTEM: "Post-mortem {pull} {what}",
    TimelineEvent.SCHEDULED: "Post-mortem scheduled by {who} for {what}",
}
"""The text of each event; `code` and `branch` are the entry's `what`, formatted as code."""
