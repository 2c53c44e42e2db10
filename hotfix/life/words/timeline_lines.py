"""The timeline in words."""

from __future__ import annotations

from hotfix.life.record import Record
from hotfix.life.timeline import Entry, Event
from hotfix.life.words.phrases import moment, person
from hotfix.render.safe_markdown import code, details, text

LONGEST = 30_000
"""Characters that are shown, of the 65,536 that GitHub takes; earlier entries are counted."""


def folded(entries: tuple[Entry, ...], record: Record) -> str:
    """Return the timeline as a fold."""
    return details(f"Timeline ({len(entries)})", listed(entries, record))


def listed(entries: tuple[Entry, ...], record: Record) -> str:
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


def line(entry: Entry) -> str:
    """Return one entry, without its time."""
    who, what = person(entry.who, "GitHub"), text(entry.what, 300)
    pull = f"#{entry.number}" if entry.number else ""
    match entry.event:
        case Event.STARTED:
            return "Issue began"
        case Event.DECLARED:
            return f"Incident declared{f' as {what}' if what else ''} by {who}"
        case Event.SEVERITY:
            return f"Severity changed by {who}: {what}"
        case Event.ASSIGNED:
            return f"Role assigned by {who}: {what}"
        case Event.NOTE:
            return f"Note by {who}: {what}"
        case Event.DONE:
            return f"Done, says {who}: {what}"
        case Event.BRANCH:
            return f"Branch {code(entry.what, 200)} created by {who}"
        case Event.PULL:
            return f"Pull request {pull} opened by {who}"
        case Event.REVIEW_REQUESTED:
            return f"Review of {pull} requested from {who}"
        case Event.APPROVED:
            return f"{pull} approved by {who}"
        case Event.OBJECTED:
            return f"Changes to {pull} requested by {who}"
        case Event.MERGED:
            return f"{pull} merged into {code(entry.what, 100)} by {who}"
        case Event.PULL_CLOSED:
            return f"{pull} closed without merging"
        case Event.STAGED:
            return f"{code(entry.what, 100)} deployed to staging by {who}"
        case Event.STAGING_FAILED:
            return f"Deployment of {code(entry.what, 100)} to staging failed"
        case Event.DEPLOYING:
            return f"Deployment of {code(entry.what, 100)} to production started by {who}"
        case Event.DEPLOYED:
            return f"Hotfix deployed: {code(entry.what, 100)} runs in production"
        case Event.DEPLOYMENT_FAILED:
            return f"Deployment of {code(entry.what, 100)} to production failed"
        case Event.ROLLED_BACK:
            return f"Rolled back: {code(entry.what, 100)} runs in production again"
        case Event.VERIFIED:
            return f"Verified fixed by {who}{f': {what}' if what else ''}"
        case Event.BACK_MERGED:
            return f"{code(entry.what, 100)} contains the fix{f' ({pull})' if pull else ''}"
        case Event.FOLLOW_UP:
            return f"Follow-up {pull} {what}"
        case Event.POST_MORTEM:
            return f"Post-mortem {pull} {what}"
        case Event.SCHEDULED:
            return f"Post-mortem scheduled by {who} for {what}"
        case Event.NOTIFIED:
            return f"Message delivered to {text(entry.who.removeprefix('stakeholder ').replace('_', ' '), 100)}: {what}"
        case Event.GATE_FAILED:
            return f"A gate failed{f': {what}' if what else ''}"
        case Event.CLOSED:
            by = {"pull": "a merge", "commit": "a commit"}.get(entry.what) or person(entry.who, "the App")
            return f"Incident closed by {by}"
        case Event.REOPENED:
            return f"Incident reopened by {person(entry.who, 'the App')}"
