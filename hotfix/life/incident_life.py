"""Derive the life of an incident from its record, the policy and the current time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from hotfix.life import first_times
from hotfix.life.checklist import ChecklistPart, checklist
from hotfix.life.deadlines import Alarm, IncidentClock, clocks
from hotfix.life.debts import Debt, debts
from hotfix.life.incident import Incident
from hotfix.life.next_steps import NextStep, next_steps
from hotfix.life.record import IncidentBranch, IncidentRecord
from hotfix.life.stages import Period, Stage, periods, stage
from hotfix.life.timeline import TimelineEntry, timeline
from hotfix.policy import Policy

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The complete state of an incident, as it is displayed."""

    incident: Incident
    stage: Stage
    periods: tuple[Period, ...]
    clocks: tuple[IncidentClock, ...]
    checklist: tuple[ChecklistPart, ...]
    debts: tuple[Debt, ...]
    timeline: tuple[TimelineEntry, ...]
    acts: tuple[NextStep, ...]

    @property
    def record(self) -> IncidentRecord:
        return self.incident.record

    @property
    def open_debts(self) -> tuple[Debt, ...]:
        return tuple(debt for debt in self.debts if debt.open)

    @property
    def unticked(self) -> tuple[str, ...]:
        """The lines of the checklist that apply and are not ticked."""
        lines = (line for part in self.checklist for line in part.lines)
        return tuple(line.text for line in lines if line.tick is None and not line.needless)

    @property
    def closed(self) -> bool:
        return self.stage is Stage.CLOSED

    def next_alarm(self) -> tuple[IncidentClock, Alarm] | None:
        """Return the next alarm of all running clocks; None if there is none or the incident is closed."""
        if self.closed:
            return None
        found = [(clock, alarm) for clock in self.clocks if (alarm := clock.next(self.incident.now))]
        return min(found, key=lambda each: (each[1].at, each[0].name), default=None)


def derive_life(record: IncidentRecord, policy: Policy, now: datetime) -> Life:
    """Return the life. The order of the record's lists and duplicates in them do not affect the result."""
    incident = Incident(normal(record), policy, now)
    return Life(
        incident=incident,
        stage=stage(incident),
        periods=periods(incident),
        clocks=clocks(incident),
        checklist=checklist(incident),
        debts=debts(incident),
        timeline=timeline(incident),
        acts=next_steps(incident),
    )


def normal(record: IncidentRecord) -> IncidentRecord:
    """Return the record with every list sorted and without duplicates."""
    first = first_times.kept(record.refs)
    return replace(
        record,
        labels=_each(record.labels, str),
        assignees=_each(record.assignees, str),
        turns=_each(record.turns, lambda turn: (turn.at, turn.id, turn.closed)),
        commands=_each(record.commands, lambda command: (command.at, command.id, command.index)),
        unanswered=_each(record.unanswered, lambda each: (each.id, each.why)),
        posts=_each(record.posts, lambda post: post.id),
        pulls=_each(
            (
                replace(
                    pull,
                    reviews=_each(pull.reviews, lambda review: (review.at, review.id)),
                    asked=_each(pull.asked, lambda asked: (asked.at, asked.who)),
                    checks=_each(pull.checks, lambda check: (check.name, check.state)),
                )
                for pull in record.pulls
            ),
            lambda pull: pull.number,
        ),
        branches=_each(
            (_first_seen(branch, first) for branch in record.branches), lambda branch: (branch.at, branch.name)
        ),
        production=_deployments(record.production),
        staging=_deployments(record.staging),
        sub_issues=_each(record.sub_issues, lambda issue: issue.number),
        messages=_each(record.messages, lambda message: (message.at, message.kind, message.to, message.problem)),
        other_incidents=_each(record.other_incidents, int),
    )


def _first_seen(branch: IncidentBranch, first: Mapping[str, datetime]) -> IncidentBranch:
    """Return the branch with the earliest time known: without a pull request, GitHub shows only its last commit's."""
    return replace(branch, at=min(branch.at, first.get(first_times.of_branch(branch.name), branch.at)))


def _deployments(found: tuple[Any, ...]) -> tuple[Any, ...]:
    sound = (replace(each, states=_each(each.states, lambda state: (state.at, state.id))) for each in found)
    return _each(sound, lambda each: each.id)


def _each(items: Iterable[T], key: Callable[[T], Any]) -> tuple[T, ...]:
    found: list[T] = []
    same = 0
    for item in sorted(items, key=key):
        if found and key(item) != key(found[-1]):
            same = len(found)
        if item not in found[same:]:
            found.append(item)
    return tuple(found)
