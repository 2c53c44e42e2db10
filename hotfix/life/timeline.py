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


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """An entry of the timeline."""

    at: datetime
    id: int
    event: TimelineEvent
    who: str = ""
    what: str = ""
    """Event-specific text such as a branch, version, severity or note. Not escaped."""
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
        yield TimelineEntry(at=started, id=0, event=TimelineEvent.STARTED)
    severity = incident.severity.value if incident.severity and not incident.commands(CommandName.SEVERITY) else ""
    yield TimelineEntry(at=at, id=0, event=TimelineEvent.DECLARED, who=who, what=severity)
    for turn in incident.record.turns:
        event = TimelineEvent.CLOSED if turn.closed else TimelineEvent.REOPENED
        yield TimelineEntry(at=turn.at, id=turn.id, event=event, who="" if turn.ours else turn.by, what=turn.through)


_OF_COMMANDS = {
    CommandName.SEVERITY: TimelineEvent.SEVERITY,
    CommandName.ASSIGN: TimelineEvent.ASSIGNED,
    CommandName.NOTE: TimelineEvent.NOTE,
    CommandName.DONE: TimelineEvent.DONE,
    CommandName.VERIFIED: TimelineEvent.VERIFIED,
    CommandName.POST_MORTEM: TimelineEvent.SCHEDULED,
}


def _commands(incident: Incident) -> Iterator[TimelineEntry]:
    for command in incident.answered_commands.accepted:
        if event := _OF_COMMANDS.get(command.request.name):
            yield TimelineEntry(at=command.at, id=command.id, event=event, who=command.by, what=_words(command))


def _words(command: GivenCommand) -> str:
    request = command.request
    if request.name is CommandName.POST_MORTEM and request.at:
        return request.at.isoformat(timespec="minutes")
    return ": ".join(filter(None, [request.target, request.text]))


def _work(incident: Incident) -> Iterator[TimelineEntry]:
    for branch in incident.record.branches:
        yield TimelineEntry(at=branch.at, id=0, event=TimelineEvent.BRANCH, who=branch.by, what=branch.name)
    for pull in incident.record.pulls:
        number = pull.number
        yield TimelineEntry(
            at=pull.created_at, id=number, event=TimelineEvent.PULL, who=pull.author, what=pull.branch, number=number
        )
        for asked in pull.asked:
            yield TimelineEntry(
                at=asked.at, id=number, event=TimelineEvent.REVIEW_REQUESTED, who=asked.who, number=number
            )
        for review in pull.reviews:
            event = {
                ReviewState.APPROVED: TimelineEvent.APPROVED,
                ReviewState.CHANGES_REQUESTED: TimelineEvent.OBJECTED,
            }.get(review.state)
            if event and not review.bot:
                yield TimelineEntry(
                    at=review.at, id=review.id, event=event, who=review.by, what=review.sha, number=number
                )
        if pull.merged_at:
            yield TimelineEntry(
                at=pull.merged_at,
                id=number,
                event=TimelineEvent.MERGED,
                who=pull.merged_by,
                what=pull.base,
                number=number,
            )
        elif pull.closed_at and not pull.open:
            yield TimelineEntry(at=pull.closed_at, id=number, event=TimelineEvent.PULL_CLOSED, number=number)


def _deployments(incident: Incident) -> Iterator[TimelineEntry]:
    for each in incident.deployments:
        if each in incident.record.staging:
            yield from _states(each, TimelineEvent.STAGED, TimelineEvent.STAGING_FAILED)
        elif each in incident.shipped:
            yield TimelineEntry(at=each.at, id=each.id, event=TimelineEvent.DEPLOYING, who=each.by, what=each.name)
            yield from _states(each, TimelineEvent.DEPLOYED, TimelineEvent.DEPLOYMENT_FAILED)
        else:
            yield from _states(each, TimelineEvent.ROLLED_BACK, TimelineEvent.DEPLOYMENT_FAILED)


def _states(each: IncidentDeployment, good: TimelineEvent, bad: TimelineEvent) -> Iterator[TimelineEntry]:
    if each.succeeded_at:
        yield TimelineEntry(at=each.succeeded_at, id=each.id, event=good, who=each.by, what=each.name)
    if each.failed_at:
        yield TimelineEntry(at=each.failed_at, id=each.id, event=bad, who=each.by, what=each.name)


def _afterwards(incident: Incident) -> Iterator[TimelineEntry]:
    if incident.fix_shas and (incident.in_production_at or (incident.pull and incident.pull.merged)):
        for each in incident.record.carried:
            if each.contains and each.at:
                yield TimelineEntry(
                    at=each.at, id=each.pull or 0, event=TimelineEvent.BACK_MERGED, who=each.by, what=each.branch,
                    number=each.pull,
                )  # fmt: skip
    for issue in incident.record.sub_issues:
        event = TimelineEvent.POST_MORTEM if issue.marker == "post-mortem" else TimelineEvent.FOLLOW_UP
        if issue.marker:
            yield TimelineEntry(at=issue.created_at, id=issue.number, event=event, what="opened", number=issue.number)
            if issue.closed_at and not issue.open:
                yield TimelineEntry(
                    at=issue.closed_at, id=issue.number, event=event, who=issue.closed_by, what="closed",
                    number=issue.number,
                )  # fmt: skip
    for message in incident.record.messages:
        if not message.problem and not message.kind.startswith("reminder"):
            yield TimelineEntry(at=message.at, id=0, event=TimelineEvent.NOTIFIED, who=message.to, what=message.kind)
    if incident.record.watch and incident.record.watch.failed_at:
        failing = ", ".join(sorted(incident.record.watch.failing))
        yield TimelineEntry(at=incident.record.watch.failed_at, id=0, event=TimelineEvent.GATE_FAILED, what=failing)


_PARTS = (_incident, _commands, _work, _deployments, _afterwards)
