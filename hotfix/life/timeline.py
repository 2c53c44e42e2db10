"""List the events of an incident in order. They come from GitHub's records, so that every run gives the same list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotfix.facts import ReviewState
from hotfix.life.incident import Incident
from hotfix.life.incident_commands import CommandName
from hotfix.life.record import GivenCommand, IncidentDeployment
from hotfix.severities import Severity

APP = "app"
"""The `what` of an entry about an incident that the App closed or reopened; `who` is the person who asked for it."""


class TimelineEvent(StrEnum):
    """The kind of an event."""

    STARTED = "started"
    DECLARED = "declared"
    SEVERITY = "severity"
    ASSIGNED = "assigned"
    NOTE = "note"
    DONE = "done"
    BRANCH = "branch"
    PULL = "pull"
    REVIEW_REQUESTED = "review requested"
    APPROVED = "approved"
    OBJECTED = "objected"
    MERGED = "merged"
    PULL_CLOSED = "pull closed"
    STAGED = "staged"
    STAGING_FAILED = "staging failed"
    DEPLOYING = "deploying"
    DEPLOYED = "deployed"
    DEPLOYMENT_FAILED = "deployment failed"
    ROLLED_BACK = "rolled back"
    VERIFIED = "verified"
    BACK_MERGED = "back-merged"
    FOLLOW_UP = "follow-up"
    POST_MORTEM = "post-mortem"
    SCHEDULED = "scheduled"
    NOTIFIED = "notified"
    GATE_FAILED = "gate failed"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An entry of the timeline."""

    at: datetime
    event: TimelineEvent
    who: str = ""
    what: str = ""
    """Event-specific text such as a branch, version, severity or note. Not escaped."""
    id: int = 0
    """Orders the entries with the same time: the ID or number of what the entry is about."""
    number: int | None = None
    """The number of the related issue or pull request."""


def timeline(incident: Incident) -> tuple[TimelineEntry, ...]:
    """Return all events, oldest first; those with the same timestamp are ordered by ID.

    Events are not compared with the current time: whatever GitHub recorded has happened, even if its clock is ahead.
    """
    found = {entry for part in _PARTS for entry in part(incident)}
    return tuple(
        sorted(found, key=lambda entry: (entry.at, entry.id, entry.event, entry.who, entry.what, entry.number or 0))
    )


def _incident(incident: Incident) -> Iterator[TimelineEntry]:
    started, (at, who) = incident.about.started, incident.declaration
    if started:
        yield TimelineEntry(started, TimelineEvent.STARTED)
    yield TimelineEntry(at, TimelineEvent.DECLARED, who, incident.declared_severity or "")
    before = at
    for turn in sorted(incident.record.turns, key=lambda turn: (turn.at, turn.id)):
        event = TimelineEvent.CLOSED if turn.closed else TimelineEvent.REOPENED
        if turn.ours:
            # The App closes or reopens the incident for a command since the last change, otherwise on its own.
            name = CommandName.RESOLVE if turn.closed else CommandName.REOPEN
            asked = [command.by for command in incident.commands(name) if before <= command.at <= turn.at]
            yield TimelineEntry(turn.at, event, asked[-1] if asked else "", APP, id=turn.id)
        else:
            yield TimelineEntry(turn.at, event, turn.by, turn.through, id=turn.id)
        before = turn.at


_OF_COMMANDS = {
    CommandName.DECLARE: TimelineEvent.SEVERITY,
    CommandName.SEVERITY: TimelineEvent.SEVERITY,
    CommandName.ASSIGN: TimelineEvent.ASSIGNED,
    CommandName.NOTE: TimelineEvent.NOTE,
    CommandName.DONE: TimelineEvent.DONE,
    CommandName.VERIFIED: TimelineEvent.VERIFIED,
    CommandName.POST_MORTEM: TimelineEvent.SCHEDULED,
}


def _commands(incident: Incident) -> Iterator[TimelineEntry]:
    severity = incident.declared_severity
    for command in incident.answered_commands.accepted:
        if command.request.name in (CommandName.DECLARE, CommandName.SEVERITY):
            changed, severity = command.request.target != severity, Severity(command.request.target)
            if command.request.name is CommandName.DECLARE and not changed:
                continue
        if event := _OF_COMMANDS.get(command.request.name):
            yield TimelineEntry(command.at, event, command.by, _words(command), id=command.id)


def _words(command: GivenCommand) -> str:
    request = command.request
    if request.name is CommandName.POST_MORTEM and request.at:
        return request.at.isoformat(timespec="minutes")
    return ": ".join(filter(None, [request.target, request.text]))


def _work(incident: Incident) -> Iterator[TimelineEntry]:
    for branch in incident.record.branches:
        yield TimelineEntry(branch.at, TimelineEvent.BRANCH, branch.by, branch.name)
    for pull in incident.record.pulls:
        number = pull.number
        yield TimelineEntry(pull.created_at, TimelineEvent.PULL, pull.author, pull.branch, id=number, number=number)
        for asked in pull.asked:
            yield TimelineEntry(asked.at, TimelineEvent.REVIEW_REQUESTED, asked.who, id=number, number=number)
        for review in pull.reviews:
            event = {
                ReviewState.APPROVED: TimelineEvent.APPROVED,
                ReviewState.CHANGES_REQUESTED: TimelineEvent.OBJECTED,
            }.get(review.state)
            if event and not review.bot:
                yield TimelineEntry(review.at, event, review.by, review.sha, id=review.id, number=number)
        if pull.merged_at:
            yield TimelineEntry(
                pull.merged_at, TimelineEvent.MERGED, pull.merged_by, pull.base, id=number, number=number
            )
        elif pull.closed_at and not pull.open:
            yield TimelineEntry(pull.closed_at, TimelineEvent.PULL_CLOSED, id=number, number=number)


def _deployments(incident: Incident) -> Iterator[TimelineEntry]:
    for each in incident.deployments:
        if each in incident.record.staging:
            yield from _states(each, TimelineEvent.STAGED, TimelineEvent.STAGING_FAILED)
        elif each in incident.shipped:
            yield TimelineEntry(each.at, TimelineEvent.DEPLOYING, each.by, each.name, id=each.id)
            yield from _states(each, TimelineEvent.DEPLOYED, TimelineEvent.DEPLOYMENT_FAILED)
        else:
            yield from _states(each, TimelineEvent.ROLLED_BACK, TimelineEvent.DEPLOYMENT_FAILED)


def _states(each: IncidentDeployment, good: TimelineEvent, bad: TimelineEvent) -> Iterator[TimelineEntry]:
    if each.succeeded_at:
        yield TimelineEntry(each.succeeded_at, good, each.by, each.name, id=each.id)
    if each.failed_at:
        yield TimelineEntry(each.failed_at, bad, each.by, each.name, id=each.id)


def _afterwards(incident: Incident) -> Iterator[TimelineEntry]:
    if incident.fix_shas and (incident.in_production_at or (incident.pull and incident.pull.merged)):
        for each in incident.record.carried:
            if each.contains and each.at:
                yield TimelineEntry(
                    each.at, TimelineEvent.BACK_MERGED, each.by, each.branch, id=each.pull or 0, number=each.pull
                )
    for issue in incident.record.sub_issues:
        event = TimelineEvent.POST_MORTEM if issue.marker == "post-mortem" else TimelineEvent.FOLLOW_UP
        if issue.marker:
            yield TimelineEntry(issue.created_at, event, what="opened", id=issue.number, number=issue.number)
            if issue.closed_at and not issue.open:
                yield TimelineEntry(
                    issue.closed_at, event, issue.closed_by, "closed", id=issue.number, number=issue.number
                )
    for message in incident.record.messages:
        if not message.problem and not message.kind.startswith("reminder"):
            yield TimelineEntry(message.at, TimelineEvent.NOTIFIED, message.to, message.kind)
    if incident.record.watch and incident.record.watch.failed_at:
        failing = ", ".join(sorted(incident.record.watch.failing))
        yield TimelineEntry(incident.record.watch.failed_at, TimelineEvent.GATE_FAILED, what=failing)


_PARTS = (_incident, _commands, _work, _deployments, _afterwards)
