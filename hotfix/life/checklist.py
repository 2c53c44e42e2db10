"""Evaluate the workflow's checklist: which lines are done, when and by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hotfix.facts import CheckState
from hotfix.gates.gate import Quantity
from hotfix.life.debts import post_mortem_due, tickets
from hotfix.life.incident import Incident
from hotfix.life.incident_commands import USAGE, CommandName, DoneLine
from hotfix.life.record import GivenCommand, IncidentDeployment, MessageDelivery
from hotfix.render.safe_markdown import text as escaped
from hotfix.severities import Severity
from hotfix.text.comment_commands import WORD

CHECK = "hotfix check"
"""The `who` of lines that are ticked by the published verdict."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The completion of a checklist line: when, and by whom."""

    at: datetime
    who: str
    note: str = ""
    """The remark of the person who marked the line as done. Not escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistLine:
    """A line of the checklist."""

    text: str
    tick: Tick | None = None
    hint: str = ""
    """How to complete an open line, or why it does not apply, as Markdown."""
    needless: bool = False
    """Whether the line does not apply to this incident."""


@dataclass(frozen=True, slots=True)
class ChecklistPart:
    """A section of the checklist."""

    title: str
    lines: tuple[ChecklistLine, ...]


def checklist(incident: Incident) -> tuple[ChecklistPart, ...]:
    """Return the three sections, with the lines worded and ordered as in the workflow."""
    return tuple(ChecklistPart(title, tuple(_line(incident, *line) for line in lines)) for title, lines in _PARTS)


def _line(incident: Incident, text: str, ticked: Callable[[Incident], Tick | None], hint: str) -> ChecklistLine:
    if text == _STATUS_PAGE and incident.about.customer_facing is False:
        return ChecklistLine(text=text, hint="not customer-facing", needless=True)
    if text == _SCHEDULED:
        hint = _scheduling(incident)
    tick = ticked(incident)
    if tick is None and (failed := _problem(incident, text)):
        hint = f"{failed}; {hint}" if hint else failed
    return ChecklistLine(text=text, tick=tick, hint="" if tick else hint)


def _problem(incident: Incident, text: str) -> str:
    """Return, as Markdown, which recipients did not get a message that ticks the line, and why.

    Messages are sent in order, so an earlier one that can't be delivered delays the one that ticks the line.
    """
    wanted = _MESSAGES.get(text, ())
    failed = [m for m in incident.record.messages if m.kind in wanted and m.problem and _about(text, m)]
    there = {(m.kind, m.to) for m in incident.record.messages if not m.problem}
    why = {
        m.to.removeprefix("stakeholder ").replace("_", " "): m.problem for m in failed if (m.kind, m.to) not in there
    }
    said = ", ".join(f"{escaped(to, 60)} ({escaped(problem, 100)})" for to, problem in sorted(why.items()))
    return f"not delivered to {said}" if said else ""


def _about(text: str, message: MessageDelivery) -> bool:
    if text == _DECLARED:
        return message.to == "channel"
    return message.to == "status_page" if text == _STATUS_PAGE else message.to.startswith("stakeholder ")


def severity_assessed(incident: Incident) -> Tick | None:
    if incident.severity not in (Severity.P0, Severity.P1) or incident.can_wait:
        return None
    if incident.pull and not incident.passed("severity"):
        return None
    commands = incident.commands(CommandName.DECLARE, CommandName.SEVERITY)
    return Tick(commands[-1].at, commands[-1].by) if commands else Tick(incident.declared_at, incident.declaration[1])


def declared(incident: Incident) -> Tick | None:
    if "channel" not in incident.record.reachable:
        return Tick(incident.declared_at, incident.declaration[1])
    return _delivered(incident, "declared", ("channel",))


def fix_implemented(incident: Incident) -> Tick | None:
    """Return the tick if the rules on the change pass and files other than the spec have changed."""
    if incident.pull and not incident.pull.changes:
        return None
    return _by_rules(incident, "size", "scope", "one-thing", "formatting", "dependencies")


def tests_pass(incident: Incident) -> Tick | None:
    """Return the tick if all required checks passed, or all checks if none is required.

    Without any check, the line stays open.
    """
    checks = incident.pull.checks if incident.pull else ()
    counted = [check for check in checks if check.required] or list(checks)
    if incident.pull is None or not counted or any(check.state is not CheckState.PASSED for check in counted):
        return None
    return Tick(incident.pull.checked_at or incident.pull.created_at, ", ".join(sorted(c.name for c in counted)[:3]))


def code_reviewed(incident: Incident) -> Tick | None:
    if not incident.passed("review", "security-review"):
        return None
    return Tick(incident.approval.at, incident.approval.by) if incident.approval else _by_rules(incident, "review")


def health_passing(incident: Incident) -> Tick | None:
    """Return the tick by the gates of the watch, the health check of the deployment, or a `done` command."""
    if incident.live and incident.in_production_at:
        watch = incident.record.watch
        if watch and watch.gates and not watch.failing:
            return Tick(watch.since, "watch")
        if not (watch and watch.gates) and (tick := _measured(incident.live, Quantity.HEALTH)):
            return tick
    return _marked_done(incident, DoneLine.HEALTH)


def no_new_errors(incident: Incident) -> Tick | None:
    """Return the tick by an error rate that the watch or the deployment measured, or by a `done` command."""
    watch = incident.record.watch
    if incident.in_production_at and not (watch and watch.failing):
        if watch and watch.errors_measured:
            return Tick(watch.since, "watch")
        if tick := _measured(incident.live, Quantity.ERRORS):
            return tick
    return _marked_done(incident, DoneLine.LOGS)


def monitored(incident: Incident) -> Tick | None:
    """Return the tick if the watch ended with measurements and without failures, or by a `done` command."""
    watch, since = incident.record.watch, incident.in_production_at
    end = since + incident.policy.clocks.watch[1] if since else None
    if watch and watch.gates and end and incident.now >= end and watch.last >= end and watch.failed_at is None:
        return Tick(end, "watch")
    return _marked_done(incident, DoneLine.MONITORING)


def back_merged(incident: Incident) -> Tick | None:
    carried = incident.record.carried
    if not carried or not incident.fix_shas or not all(each.contains for each in carried):
        return None
    if incident.in_production_at is None and not (incident.pull and incident.pull.merged):
        return None
    times = [(each.at, each.by) for each in carried if each.at]
    at, who = max(times, default=(incident.in_production_at or incident.declared_at, ""))
    return Tick(at or incident.declared_at, who)


def follow_ups_created(incident: Incident) -> Tick | None:
    wanted = {f"follow-up {key}" for key, _ in tickets(incident)}
    there = {issue.marker: issue.created_at for issue in incident.follow_ups}
    if not wanted or not wanted <= there.keys():
        return None
    return Tick(max(there[marker] for marker in wanted), "")


def _by_rules(incident: Incident, *rules: str) -> Tick | None:
    ruling = incident.pull.ruling if incident.pull else None
    return Tick(ruling.at, CHECK) if ruling and ruling.rules and incident.passed(*rules) else None


def _measured(deployment: IncidentDeployment | None, *quantities: Quantity) -> Tick | None:
    """Return the tick by the first successful status with a measurement of one of these quantities."""
    for state in deployment.states if deployment else ():
        if deployment and state.state == "success" and state.measured & set(quantities):
            return Tick(state.at, state.by or deployment.by)
    return None


def _marked_done(incident: Incident, line: DoneLine) -> Tick | None:
    return _by_command(incident.done(line))


def _by_command(command: GivenCommand | None) -> Tick | None:
    return Tick(command.at, command.by, command.request.text) if command else None


def _succeeded(deployment: IncidentDeployment | None) -> Tick | None:
    return Tick(deployment.succeeded_at, deployment.by) if deployment and deployment.succeeded_at else None


def _delivered(incident: Incident, kind: str, to: tuple[str, ...]) -> Tick | None:
    times = {m.to: m.at for m in incident.record.messages if m.kind == kind and not m.problem}
    return Tick(max(times[each] for each in to), "") if to and set(to) <= times.keys() else None


def _notified(incident: Incident, kind: str, line: DoneLine) -> Tick | None:
    everyone = tuple(f"stakeholder {name}" for name in incident.policy.notify.stakeholders)
    return _delivered(incident, kind, everyone) or _marked_done(incident, line)


def _scheduling(incident: Incident) -> str:
    """Return the command that schedules the post-mortem, with its due date; if that is past, with a placeholder."""
    due = post_mortem_due(incident, incident.in_production_at or incident.declared_at).astimezone(UTC)
    form = f"post-mortem {due:%Y-%m-%dT%H:%MZ}" if due > incident.now else USAGE[CommandName.POST_MORTEM][0]
    return f"`{WORD} {form}`"


def _command(line: DoneLine) -> str:
    return f"`{WORD} done {line.value}`"


_DECLARED = "Incident declared in #incidents"
_NOTIFIED = "Stakeholders notified"
_UPDATED = "Stakeholders updated"
_STATUS_PAGE = "Status page updated"
_SCHEDULED = "Post-mortem scheduled"
_MESSAGES = {
    _DECLARED: ("declared",),
    _NOTIFIED: ("declared",),
    _UPDATED: ("declared", "deployed"),
    _STATUS_PAGE: ("declared", "deployed", "rolled_back", "resolved"),
}
"""The kinds of messages that tick a line, or are sent before the one that does."""
_PARTS: tuple[tuple[str, tuple[tuple[str, Callable[[Incident], Tick | None], str], ...]], ...] = (
    (
        "Pre-Deployment",
        (
            ("Severity correctly assessed (P0/P1)", severity_assessed, "rule `severity`"),
            (_DECLARED, declared, ""),
            (
                _NOTIFIED,
                lambda incident: _notified(incident, "declared", DoneLine.STAKEHOLDERS),
                _command(DoneLine.STAKEHOLDERS),
            ),
            (
                "Hotfix branch created from production tag",
                lambda incident: _by_rules(incident, "branch"),
                "rule `branch`",
            ),
            ("Minimal spec created", lambda incident: _by_rules(incident, "spec"), "rule `spec`"),
            (
                "Fix implemented (minimal changes only)",
                fix_implemented,
                "rules `size`, `scope`, `one-thing`, `formatting`, `dependencies`",
            ),
            ("Tests pass", tests_pass, "the checks of the pull request"),
            ("Code reviewed (fast-track)", code_reviewed, "rules `review` and `security-review`"),
            (
                "Deployed to staging",
                lambda incident: _succeeded(incident.staged),
                "a deployment of this commit to staging",
            ),
            (
                "Staging verification passed",
                lambda incident: (
                    _measured(incident.staged, Quantity.HEALTH, Quantity.SMOKE)
                    or _marked_done(incident, DoneLine.STAGING)
                ),
                _command(DoneLine.STAGING),
            ),
        ),
    ),
    (
        "Deployment",
        (
            (
                "Production deployment initiated",
                lambda incident: Tick(incident.shipped[0].at, incident.shipped[0].by) if incident.shipped else None,
                f"`{WORD} ship`",
            ),
            (
                "Deployment successful",
                lambda incident: _succeeded(incident.live) if incident.in_production_at else None,
                "the deployment's status",
            ),
            ("Health checks passing", health_passing, _command(DoneLine.HEALTH)),
            ("No new errors in logs", no_new_errors, _command(DoneLine.LOGS)),
            ("Original issue resolved", lambda incident: _by_command(incident.verified), f"`{WORD} verified`"),
        ),
    ),
    (
        "Post-Deployment",
        (
            ("Monitoring for 1 hour", monitored, _command(DoneLine.MONITORING)),
            (
                _UPDATED,
                lambda incident: _notified(incident, "deployed", DoneLine.STAKEHOLDERS_UPDATED),
                _command(DoneLine.STAKEHOLDERS_UPDATED),
            ),
            (
                _STATUS_PAGE,
                lambda incident: (
                    _delivered(incident, "resolved", ("status_page",)) or _marked_done(incident, DoneLine.STATUS_PAGE)
                ),
                _command(DoneLine.STATUS_PAGE),
            ),
            ("Hotfix back-merged to main", back_merged, "every long-lived branch contains the fix"),
            ("Follow-up tickets created", follow_ups_created, "opened automatically once the fix is in production"),
            (_SCHEDULED, lambda incident: _by_command(incident.post_mortem_date), ""),
            (
                "Runbooks updated",
                lambda incident: _marked_done(incident, DoneLine.RUNBOOKS),
                f"`{WORD} done runbooks [LINK]`",
            ),
        ),
    ),
)
