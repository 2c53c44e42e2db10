"""What happened, in its order: every entry is something that GitHub keeps, so that the next run shows the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotfix.facts import ReviewState
from hotfix.life.course import Course
from hotfix.life.incident_commands import Name
from hotfix.life.record import DeploymentSeen, Order


class Event(StrEnum):
    """What kind of thing happened."""

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
class Entry:
    """One line of the timeline."""

    at: datetime
    id: int
    event: Event
    who: str = ""
    what: str = ""
    """A branch, version, severity, note ... Not yet escaped."""
    number: int | None = None
    """The issue or pull request it is about."""


def timeline(course: Course) -> tuple[Entry, ...]:
    """Return everything that happened, oldest first; within one second in the order of the ids.

    Nothing is compared with now: what GitHub recorded has happened, even if its clock is ahead of ours.
    """
    found = {entry for part in _PARTS for entry in part(course)}
    return tuple(
        sorted(found, key=lambda entry: (entry.at, entry.id, entry.event, entry.who, entry.what, entry.number or 0))
    )


def _incident(course: Course) -> Iterator[Entry]:
    started, (at, who) = course.about.started, course.declaration
    if started:
        yield Entry(at=started, id=0, event=Event.STARTED)
    severity = course.severity.value if course.severity and not course.orders(Name.SEVERITY) else ""
    yield Entry(at=at, id=0, event=Event.DECLARED, who=who, what=severity)
    for turn in course.record.turns:
        event = Event.CLOSED if turn.closed else Event.REOPENED
        yield Entry(at=turn.at, id=turn.id, event=event, who="" if turn.ours else turn.by, what=turn.through)


_OF_ORDERS = {
    Name.SEVERITY: Event.SEVERITY,
    Name.ASSIGN: Event.ASSIGNED,
    Name.NOTE: Event.NOTE,
    Name.DONE: Event.DONE,
    Name.VERIFIED: Event.VERIFIED,
    Name.POST_MORTEM: Event.SCHEDULED,
}


def _orders(course: Course) -> Iterator[Entry]:
    for order in course.ruled.accepted:
        if event := _OF_ORDERS.get(order.request.name):
            yield Entry(at=order.at, id=order.id, event=event, who=order.by, what=_words(order))


def _words(order: Order) -> str:
    request = order.request
    if request.name is Name.POST_MORTEM and request.at:
        return request.at.isoformat(timespec="minutes")
    return ": ".join(filter(None, [request.target, request.text]))


def _work(course: Course) -> Iterator[Entry]:
    for branch in course.record.branches:
        yield Entry(at=branch.at, id=0, event=Event.BRANCH, who=branch.by, what=branch.name)
    for pull in course.record.pulls:
        number = pull.number
        yield Entry(at=pull.created_at, id=number, event=Event.PULL, who=pull.author, what=pull.branch, number=number)
        for asked in pull.asked:
            yield Entry(at=asked.at, id=number, event=Event.REVIEW_REQUESTED, who=asked.who, number=number)
        for review in pull.reviews:
            event = {ReviewState.APPROVED: Event.APPROVED, ReviewState.CHANGES_REQUESTED: Event.OBJECTED}.get(
                review.state
            )
            if event and not review.bot:
                yield Entry(at=review.at, id=review.id, event=event, who=review.by, what=review.sha, number=number)
        if pull.merged_at:
            yield Entry(
                at=pull.merged_at, id=number, event=Event.MERGED, who=pull.merged_by, what=pull.base, number=number
            )
        elif pull.closed_at and not pull.open:
            yield Entry(at=pull.closed_at, id=number, event=Event.PULL_CLOSED, number=number)


def _deployments(course: Course) -> Iterator[Entry]:
    for each in course.record.staging:
        if each.sha in course.fix_shas:
            yield from _states(each, Event.STAGED, Event.STAGING_FAILED)
    back = {each.id for each in (course.rollback, course.restored) if each}
    for each in course.record.production:
        if each in course.shipped:
            yield Entry(at=each.at, id=each.id, event=Event.DEPLOYING, who=each.by, what=each.name)
            yield from _states(each, Event.DEPLOYED, Event.DEPLOYMENT_FAILED)
        elif each.id in back:
            yield from _states(each, Event.ROLLED_BACK, Event.DEPLOYMENT_FAILED)


def _states(each: DeploymentSeen, good: Event, bad: Event) -> Iterator[Entry]:
    if each.succeeded_at:
        yield Entry(at=each.succeeded_at, id=each.id, event=good, who=each.by, what=each.name)
    if each.failed_at:
        yield Entry(at=each.failed_at, id=each.id, event=bad, who=each.by, what=each.name)


def _afterwards(course: Course) -> Iterator[Entry]:
    if course.fix_shas and (course.in_production_at or (course.pull and course.pull.merged)):
        for each in course.record.carried:
            if each.contains and each.at:
                yield Entry(
                    at=each.at, id=each.pull or 0, event=Event.BACK_MERGED, who=each.by, what=each.branch,
                    number=each.pull,
                )  # fmt: skip
    for issue in course.record.sub_issues:
        event = Event.POST_MORTEM if issue.marker == "post-mortem" else Event.FOLLOW_UP
        if issue.marker:
            yield Entry(at=issue.created_at, id=issue.number, event=event, what="opened", number=issue.number)
            if issue.closed_at and not issue.open:
                yield Entry(
                    at=issue.closed_at, id=issue.number, event=event, who=issue.closed_by, what="closed",
                    number=issue.number,
                )  # fmt: skip
    for message in course.record.messages:
        if not message.problem and not message.kind.startswith("reminder"):
            yield Entry(at=message.at, id=0, event=Event.NOTIFIED, who=message.to, what=message.kind)
    if course.record.watch and course.record.watch.failed_at:
        failing = ", ".join(sorted(course.record.watch.failing))
        yield Entry(at=course.record.watch.failed_at, id=0, event=Event.GATE_FAILED, what=failing)


_PARTS = (_incident, _orders, _work, _deployments, _afterwards)
