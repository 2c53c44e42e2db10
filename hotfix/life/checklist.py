"""Evaluate the workflow's checklist: which lines are done, when and by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hotfix.facts import CheckState
from hotfix.gates.gate import Quantity
from hotfix.life import first_times
from hotfix.life.debts import post_mortem_due, tickets
from hotfix.life.incident import Incident
from hotfix.life.incident_commands import USAGE, CommandName, DoneLine
from hotfix.life.record import GivenCommand, IncidentDeployment
from hotfix.render.safe_markdown import code
from hotfix.render.safe_markdown import text as escaped
from hotfix.severities import Severity
from hotfix.text.comment_commands import WORD

_CHANNEL = "#incidents"
"""The channel in the workflow's words, which the line keeps; the tick names another one."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The completion of a checklist line: when, and by whom."""

    at: datetime
    who: str
    note: str = ""
    """The remark of the person who marked the line as done, or the rules that show it. Not escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistLine:
    """A line of the checklist."""

    text: str
    tick: Tick | None = None
    hint: str = ""
    """How to complete an open line, or why it does not apply, as Markdown."""
    needless: bool = False
    """Whether the line does not apply to this incident."""
    key: str = ""
    """The name by which the status comment keeps `since`; empty for lines ticked by an event with a time of its own."""
    since: datetime | None = None
    """When the line was first ticked, if it stayed ticked; also while the verdict is not known."""


@dataclass(frozen=True, slots=True)
class ChecklistPart:
    """A section of the checklist."""

    title: str
    lines: tuple[ChecklistLine, ...]


Ticked = Callable[[Incident], Tick | None]


@dataclass(frozen=True, slots=True)
class _Row:
    """The definition of a checklist line: its text, what ticks it, and the hint while it is open."""

    text: str
    ticked: Ticked
    hint: str | Callable[[Incident], str] = ""
    kinds: tuple[str, ...] = ()
    """The kinds of messages that tick the line, or are sent before the one that does."""
    to: str = ""
    """The recipient of these messages, or the prefix of several recipients."""
    for_customers: bool = False
    """Whether the line applies only to customer-facing incidents."""
    key: str = ""
    """The name of a line that is ticked by the present state of the pull request, which does not say since when.

    `{head}` in it stands for the head: the line must be ticked again for each."""


def checklist(incident: Incident) -> tuple[ChecklistPart, ...]:
    """Return the three sections, with the lines worded and ordered as in the workflow."""
    return tuple(ChecklistPart(title, tuple(_line(incident, row) for row in rows)) for title, rows in _PARTS)


def _line(incident: Incident, row: _Row) -> ChecklistLine:
    if row.for_customers and incident.about.customer_facing is False:
        return ChecklistLine(text=row.text, hint="not customer-facing", needless=True)
    pull, tick = incident.pull, row.ticked(incident)
    key = f"{pull.number} {row.key.format(head=pull.head[:12])}" if pull and row.key else ""
    before = first_times.kept(incident.record.refs).get(key)
    if tick:
        if before and before < tick.at:
            tick = replace(tick, at=before)
        return ChecklistLine(text=row.text, tick=tick, key=key, since=tick.at)
    known = pull is not None and pull.ruling is not None and pull.ruling.conclusion
    hint = row.hint if isinstance(row.hint, str) else row.hint(incident)
    hint = "; ".join(filter(None, [_undelivered(incident, row), hint]))
    return ChecklistLine(text=row.text, hint=hint, key=key, since=None if known else before)


def first_ticked(parts: Iterable[ChecklistPart]) -> Mapping[str, datetime]:
    """Return when lines were first ticked, by key, for the status comment to keep."""
    return {line.key: line.since for part in parts for line in part.lines if line.key and line.since}


def _undelivered(incident: Incident, row: _Row) -> str:
    """Return, as Markdown, which recipients did not get a message that ticks the line, and why.

    Messages are sent in order, so an earlier one that can't be delivered delays the one that ticks the line.
    """
    sent = [m for m in incident.record.messages if m.kind in row.kinds and m.to.startswith(row.to)]
    there = {(m.kind, m.to) for m in sent if not m.problem}
    why = {
        m.to.removeprefix("stakeholder ").replace("_", " "): m.problem
        for m in sent
        if m.problem and (m.kind, m.to) not in there
    }
    said = ", ".join(f"{escaped(to, 60)} ({escaped(problem, 100)})" for to, problem in sorted(why.items()))
    return f"not delivered to {said}" if said else ""


def severity_assessed(incident: Incident) -> Tick | None:
    if incident.severity not in (Severity.P0, Severity.P1) or incident.can_wait:
        return None
    if incident.pull and not incident.passed("severity"):
        return None
    commands = incident.commands(CommandName.DECLARE, CommandName.SEVERITY)
    return Tick(commands[-1].at, commands[-1].by) if commands else Tick(incident.declared_at, incident.declaration[1])


def declared(incident: Incident) -> Tick | None:
    """Return the tick by the message in the channel; without a channel, by the incident itself, which it says."""
    channel = incident.policy.notify.channel
    if tick := _delivered(incident, "declared", ("channel",)):
        return tick if channel == _CHANNEL else replace(tick, note=f"in {channel}")
    # A channel that the policy itself names, rather than leaves to the default, expects the message.
    if "channel" in incident.record.reachable or "channel" in incident.policy.notify.model_fields_set:
        return None
    return Tick(incident.declared_at, incident.declaration[1], "in this issue, as no Slack channel is connected")


def _not_declared(incident: Incident) -> str:
    """Return, as Markdown, why the message can't be sent: the service has no token for the channel."""
    if "channel" in incident.record.reachable or any(m.to == "channel" for m in incident.record.messages):
        return ""
    channel = code(incident.policy.notify.channel, 100)
    return f"no message to {channel} is recorded; the service needs `HOTFIX_SLACK_TOKEN`"


def fix_implemented(incident: Incident) -> Tick | None:
    """Return the tick if the rules on the change pass and files other than the spec have changed."""
    if incident.pull and not incident.pull.changes:
        return None
    return _by_rules("size", "scope", "one-thing", "formatting", "dependencies")(incident)


def tests_pass(incident: Incident) -> Tick | None:
    """Return the tick by all required checks, or all checks if none is required; without any, by a `done` command."""
    pull = incident.pull
    if pull is None or not pull.checks:
        return _marked_done(incident, DoneLine.TESTS)
    counted = [check for check in pull.checks if check.required] or list(pull.checks)
    if any(check.state is not CheckState.PASSED for check in counted):
        return None
    return Tick(pull.checked_at or pull.created_at, ", ".join(sorted(c.name for c in counted)[:3]))


def code_reviewed(incident: Incident) -> Tick | None:
    if not incident.passed("review", "security-review"):
        return None
    return Tick(incident.approval.at, incident.approval.by) if incident.approval else _by_rules("review")(incident)


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
    names = ", ".join(each.branch for each in carried) if len(carried) > 1 else ""
    return Tick(at or incident.declared_at, who, names)


def _not_back_merged(incident: Incident) -> str:
    """Return which branches are known to lack the fix, as Markdown; if there are none, when the line is ticked."""
    lack = [code(each.branch, 100) for each in incident.record.carried if each.contains is False]
    return f"still missing in {', '.join(lack)}" if lack else "every long-lived branch contains the fix"


def follow_ups_created(incident: Incident) -> Tick | None:
    wanted = {f"follow-up {key}" for key, _ in tickets(incident)}
    there = {issue.marker: issue.created_at for issue in incident.follow_ups}
    if not wanted or not wanted <= there.keys():
        return None
    return Tick(max(there[marker] for marker in wanted), "")


def _by_rules(*rules: str) -> Ticked:
    """Return a function for the tick by these rules, if all of them pass in the published verdict.

    It names the rules, because the verdict as a whole may fail.
    """
    note = f"{'rule' if len(rules) == 1 else 'rules'} {', '.join(rules)} {'passes' if len(rules) == 1 else 'pass'}"

    def ticked(incident: Incident) -> Tick | None:
        ruling = incident.pull.ruling if incident.pull else None
        return Tick(ruling.at, "", note) if ruling and ruling.rules and incident.passed(*rules) else None

    return ticked


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


def _notified(kind: str, line: DoneLine) -> Ticked:
    """Return a function for the tick by a message to every stakeholder, or by a `done` command."""

    def ticked(incident: Incident) -> Tick | None:
        everyone = tuple(f"stakeholder {name}" for name in incident.policy.notify.stakeholders)
        return _delivered(incident, kind, everyone) or _marked_done(incident, line)

    return ticked


def staging_verified(incident: Incident) -> Tick | None:
    """Return the tick by the health check or smoke test of the deployment to staging, or by a `done` command."""
    return _measured(incident.staged, Quantity.HEALTH, Quantity.SMOKE) or _marked_done(incident, DoneLine.STAGING)


def status_page_updated(incident: Incident) -> Tick | None:
    return _delivered(incident, "resolved", ("status_page",)) or _marked_done(incident, DoneLine.STATUS_PAGE)


def initiated(incident: Incident) -> Tick | None:
    return Tick(incident.shipped[0].at, incident.shipped[0].by) if incident.shipped else None


def _not_initiated(incident: Incident) -> str:
    return f"`{WORD} ship`" if incident.policy.deploy.workflow else "a deployment of this commit to production"


def _scheduling(incident: Incident) -> str:
    """Return the command that schedules the post-mortem, with its due date; if that is past, with a placeholder."""
    due = post_mortem_due(incident, incident.in_production_at or incident.declared_at).astimezone(UTC)
    form = f"post-mortem {due:%Y-%m-%dT%H:%MZ}" if due > incident.now else USAGE[CommandName.POST_MORTEM][0]
    return f"`{WORD} {form}`"


def _not_tested(incident: Incident) -> str:
    if incident.pull is None or incident.pull.checks:
        return "the checks of the pull request"
    return f"no check ran on the pull request's head; {_command(DoneLine.TESTS)}"


def scheduled(incident: Incident) -> Tick | None:
    """Return the tick by the date of the post-mortem, or by the post-mortem itself once it was held."""
    if tick := _by_command(incident.post_mortem_date) or _marked_done(incident, DoneLine.POST_MORTEM):
        return tick
    issue = incident.post_mortem
    return Tick(issue.closed_at, issue.closed_by) if issue and issue.closed_at and not issue.open else None


def _command(line: DoneLine) -> str:
    return f"`{WORD} done {line.value}`"


_PARTS = (
    (
        "Pre-Deployment",
        (
            _Row("Severity correctly assessed (P0/P1)", severity_assessed, "rule `severity`"),
            _Row(f"Incident declared in {_CHANNEL}", declared, _not_declared, kinds=("declared",), to="channel"),
            _Row(
                "Stakeholders notified",
                _notified("declared", DoneLine.STAKEHOLDERS),
                _command(DoneLine.STAKEHOLDERS),
                kinds=("declared",),
                to="stakeholder ",
            ),
            _Row("Hotfix branch created from production tag", _by_rules("branch"), "rule `branch`", key="branch"),
            _Row("Minimal spec created", _by_rules("spec"), "rule `spec`", key="spec"),
            _Row(
                "Fix implemented (minimal changes only)",
                fix_implemented,
                "rules `size`, `scope`, `one-thing`, `formatting`, `dependencies`",
                key="fix",
            ),
            _Row("Tests pass", tests_pass, _not_tested, key="tests {head}"),
            _Row("Code reviewed (fast-track)", code_reviewed, "rules `review`, `security-review`", key="review {head}"),
            _Row("Deployed to staging", lambda it: _succeeded(it.staged), "a deployment of this commit to staging"),
            _Row("Staging verification passed", staging_verified, _command(DoneLine.STAGING)),
        ),
    ),
    (
        "Deployment",
        (
            _Row("Production deployment initiated", initiated, _not_initiated),
            _Row(
                "Deployment successful",
                lambda it: _succeeded(it.live) if it.in_production_at else None,
                "the deployment's status",
            ),
            _Row("Health checks passing", health_passing, _command(DoneLine.HEALTH)),
            _Row("No new errors in logs", no_new_errors, _command(DoneLine.LOGS)),
            _Row("Original issue resolved", lambda it: _by_command(it.verified), f"`{WORD} verified`"),
        ),
    ),
    (
        "Post-Deployment",
        (
            _Row("Monitoring for 1 hour", monitored, _command(DoneLine.MONITORING)),
            _Row(
                "Stakeholders updated",
                _notified("deployed", DoneLine.STAKEHOLDERS_UPDATED),
                _command(DoneLine.STAKEHOLDERS_UPDATED),
                kinds=("declared", "deployed"),
                to="stakeholder ",
            ),
            _Row(
                "Status page updated",
                status_page_updated,
                _command(DoneLine.STATUS_PAGE),
                kinds=("declared", "deployed", "rolled_back", "resolved"),
                to="status_page",
                for_customers=True,
            ),
            _Row("Hotfix back-merged to main", back_merged, _not_back_merged),
            _Row("Follow-up tickets created", follow_ups_created, "opened automatically once the fix is in production"),
            _Row("Post-mortem scheduled", scheduled, _scheduling),
            _Row("Runbooks updated", lambda it: _marked_done(it, DoneLine.RUNBOOKS), f"`{WORD} done runbooks [LINK]`"),
        ),
    ),
)
