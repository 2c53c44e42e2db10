"""Plan the writes after which GitHub shows an incident's current life; none if nothing is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotfix.life.deadlines import IncidentClock
from hotfix.life.debts import tickets
from hotfix.life.incident_commands import ClockName, CommandName, DoneLine
from hotfix.life.incident_life import Life
from hotfix.life.reconcile import closing, replies
from hotfix.life.reconcile.writes import (
    AssignIssue,
    ChangeLabels,
    ClosePull,
    DeleteBranch,
    EditComment,
    EditIssue,
    HideComment,
    OpenIssue,
    PostComment,
    RequestReview,
    SetIssueState,
    Write,
)
from hotfix.life.record import AppPost
from hotfix.life.stages import Stage
from hotfix.life.words import agents, alerts, command_answers, debt_issues, markers, reminders
from hotfix.life.words.status_comment import status_comment
from hotfix.rules.title import RULE as TITLE


def plan(life: Life) -> tuple[Write, ...]:
    """Return the writes in the order in which they are made: those that people need most urgently come first."""
    parts = _PARTS if life.incident.is_incident else (replies.replies,)
    return tuple(write for part in parts for write in part(life))


def _alive(life: Life) -> bool:
    return life.stage not in (Stage.CAN_WAIT, Stage.CLOSED)


def _status(life: Life) -> Iterator[Write]:
    """Yield the writes for one status comment per issue or pull request.

    A duplicate, left by a write whose response was lost, is hidden.
    """
    body = status_comment(life)
    for place in places(life):
        there = _posts(life, markers.STATUS, place)
        if not there:
            yield PostComment(place=place, marker=markers.STATUS, body=body)
        elif there[0].body.strip() != body.strip():
            yield EditComment(id=there[0].id, body=body)
        yield from (HideComment(node=post.node) for post in there[1:] if not post.hidden)


def places(life: Life) -> tuple[int, ...]:
    """Return the issue and pull requests that carry the status comment.

    A pull request that claims to fix several incidents has the status comment of the first one, which names the others.
    """
    incident = life.incident
    if life.stage is Stage.CAN_WAIT or any(other < life.record.number for other in life.record.other_incidents):
        return (life.record.number,)
    pulls = [pull.number for pull in incident.rivals] or ([incident.pull.number] if incident.pull else [])
    return (life.record.number, *pulls)


def _labels(life: Life) -> Iterator[Write]:
    incident, record = life.incident, life.record
    wanted = [incident.policy.incident.label] if incident.commands(CommandName.DECLARE) else []
    priority = incident.policy.options(TITLE).of_incidents
    unwanted: list[str] = []
    if life.stage is not Stage.CLOSED:
        level = None if incident.can_wait else incident.severity
        wanted += [label for severity, label in priority.items() if severity is level]
        unwanted = [label for severity, label in priority.items() if severity is not level and incident.severity]
    there = {label.casefold() for label in record.labels}
    add = tuple(label for label in wanted if label.casefold() not in there)
    remove = tuple(label for label in unwanted if label.casefold() in there and label not in wanted)
    if add or remove:
        yield ChangeLabels(number=record.number, add=add, remove=remove)


def _assignees(life: Life) -> Iterator[Write]:
    """Yield the write that assigns the commander and removes former commanders."""
    incident, record = life.incident, life.record
    if not incident.commander or not _alive(life) or incident.commander.casefold() in record.strangers:
        return
    there = {login.casefold() for login in record.assignees}
    former = {command.request.text.casefold() for command in incident.commands(CommandName.ASSIGN)}
    former |= {incident.declaration[1].casefold(), incident.about.commander.casefold()}
    former -= {login.casefold() for login in incident.roles.values()}
    moved = incident.commands(CommandName.ASSIGN)
    remove = tuple(login for login in record.assignees if moved and login.casefold() in former)
    add = () if incident.commander.casefold() in there else (incident.commander,)
    if add or remove:
        yield AssignIssue(number=record.number, add=add, remove=remove)


def _reminders(life: Life) -> Iterator[Write]:
    """Yield the newest due reminder of each running clock, and hide those of clocks that stopped or restarted.

    After an outage, only the newest reminder of a clock is posted.
    """
    running = {clock.name: clock for clock in life.clocks if clock.running} if _alive(life) else {}
    for post in life.record.posts:
        kind, _, name = post.marker.partition(" ")
        alarms = {alarm.id for clock in running.values() if clock.name == name for alarm in clock.alarms}
        if kind == "reminder" and markers.alarm(post.body) not in alarms and not post.hidden:
            yield HideComment(node=post.node)
    for clock in running.values():
        over = clock.over(life.incident.now)
        if not over or not clock.people or clock.name is ClockName.WATCH:
            continue
        sent = {markers.alarm(post.body) for post in _posts(life, f"reminder {clock.name}", life.record.number)}
        if over[-1].id not in sent:
            body = reminders.reminder(life, clock, over[-1])
            marker = f"reminder {clock.name}\n{over[-1].id}"
            yield PostComment(place=life.record.number, marker=marker, body=body)
        yield from _next_lead(life, clock)


def _next_lead(life: Life, clock: IncidentClock) -> Iterator[Write]:
    """Yield a review request to one more tech lead once the review is overdue."""
    pull = life.incident.pull
    if clock.name is not ClockName.REVIEW or pull is None or not pull.open:
        return
    asked = {one.who.casefold() for one in pull.asked}
    leads = sorted(life.record.people.tech_leads, key=str.casefold)
    involved = {login.casefold() for login in (pull.author, *pull.authors)}
    rest = [login for login in leads if login.casefold() not in asked | involved]
    if rest and len({login.casefold() for login in leads} & asked) < 2:
        yield RequestReview(number=pull.number, login=rest[0])


def _gates(life: Life) -> Iterator[Write]:
    """Yield one alert per failing gate, and hide the alerts of gates that pass again."""
    watch, live = life.record.watch, life.incident.live
    failing = watch.why if watch and live and _alive(life) and life.incident.in_production_at else {}
    wanted = {alerts.marker_of(live.id, gate): gate for gate in failing} if live else {}
    shown = {post.marker for post in life.record.posts if not post.hidden}
    for marker, gate in sorted(wanted.items()):
        if marker not in shown:
            yield PostComment(
                place=life.record.number, marker=marker, body=alerts.gate_fails(life, gate, failing[gate], marker)
            )
    for post in life.record.posts:
        if post.marker.startswith("gate ") and post.marker not in wanted and not post.hidden:
            yield HideComment(node=post.node)


def _sub_issues(life: Life) -> Iterator[Write]:
    incident = life.incident
    if not _alive(life):
        return
    if incident.in_production_at:
        there = {issue.marker for issue in incident.follow_ups}
        for key, ticket in tickets(incident):
            if f"follow-up {key}" not in there:
                yield OpenIssue(
                    marker=f"follow-up {key}",
                    title=debt_issues.follow_up_title(life, ticket),
                    body=debt_issues.follow_up_body(life, ticket),
                    labels=(debt_issues.FOLLOW_UP,),
                    assignees=tuple(filter(None, [incident.author or incident.commander])),
                )
    if incident.post_mortem is None and (incident.in_production_at or incident.post_mortem_date):
        yield OpenIssue(
            marker=markers.POST_MORTEM,
            title=debt_issues.post_mortem_title(life),
            body=debt_issues.post_mortem_body(life),
            labels=(debt_issues.DRAFT,),
            assignees=tuple(filter(None, [incident.post_mortem_owner])),
        )


def _post_mortem(life: Life) -> Iterator[Write]:
    """Yield the writes to the post-mortem issue.

    They set its date, owner and duration; once the post-mortem has been held, they close it and open its action items
    as issues.
    """
    issue = life.incident.post_mortem
    if issue is None or life.stage is Stage.CAN_WAIT:
        return
    body = debt_issues.current(issue.body, life)
    if issue.open and body != issue.body:
        yield EditIssue(number=issue.number, body=body)
    held = life.incident.done(DoneLine.POST_MORTEM)
    if not held and issue.open:
        return
    if held:
        there = {each.marker for each in life.record.sub_issues}
        for item in debt_issues.action_items(issue.body):
            marker = debt_issues.action_item_marker(item)
            if marker not in there:
                yield OpenIssue(marker=marker, title=item, body=debt_issues.action_item_body(life, item))
    old = tuple(label for label in (debt_issues.DRAFT, debt_issues.IN_REVIEW) if label in issue.labels)
    if old or (debt_issues.DONE not in issue.labels and held):
        add = () if debt_issues.DONE in issue.labels else (debt_issues.DONE,)
        yield ChangeLabels(number=issue.number, add=add, remove=old)
    if issue.open:
        yield SetIssueState(number=issue.number, open=False)


def _agents(life: Life) -> Iterator[Write]:
    """Yield one request per agent, in the phase in which it is needed."""
    if not _alive(life):
        return
    for name, body in agents.requests(life):
        if not _posts(life, f"agent {name}", life.record.number):
            yield PostComment(place=life.record.number, marker=f"agent {name}", body=body)


def _branch(life: Life) -> Iterator[Write]:
    """Yield the writes that close the pull request and delete the hotfix branch once all back-merges are done."""
    incident, record = life.incident, life.record
    pull = incident.pull
    if incident.in_production_at is None or not record.carried or not all(c.contains for c in record.carried):
        return
    if pull and pull.open:
        yield PostComment(
            place=pull.number,
            marker="pull-closed",
            body=command_answers.pull_closed([each.branch for each in record.carried]),
        )
        yield ClosePull(number=pull.number)
    for branch in record.branches:
        if pull and pull.same_repo and branch.name == pull.branch and branch.sha in incident.fix_shas:
            yield DeleteBranch(name=branch.name, sha=branch.sha)


def _closing(life: Life) -> Iterator[Write]:
    incident, number = life.incident, life.record.number
    if command := closing.resolved(incident):
        marker = f"resolved {command.id}"
        if not _posts(life, marker, number):
            yield PostComment(place=number, marker=marker, body=command_answers.resolved(life, command))
        if life.record.open:
            yield SetIssueState(number=number, open=False)
    elif life.record.open and closing.settled(incident):
        yield PostComment(place=number, marker="settled", body=command_answers.settled(life))
        yield SetIssueState(number=number, open=False)
    elif closing.reopen_order(incident):
        yield SetIssueState(number=number, open=True)
    elif closing.to_reopen(incident):
        yield PostComment(place=number, marker="reopened", body=command_answers.reopened(life))
        yield SetIssueState(number=number, open=True)


def _posts(life: Life, marker: str, place: int) -> list[AppPost]:
    return [post for post in life.record.posts if post.marker == marker and post.place == place]


_PARTS: tuple[Callable[[Life], Iterator[Write]], ...] = (
    replies.replies,
    _closing,
    _labels,
    _status,
    _assignees,
    _reminders,
    _gates,
    _sub_issues,
    _post_mortem,
    _agents,
    _branch,
)
