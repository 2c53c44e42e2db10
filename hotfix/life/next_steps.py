"""Determine who must act now in an incident, and what they must do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hotfix.life import debts
from hotfix.life.deadlines import clocks
from hotfix.life.incident import Incident
from hotfix.life.incident_commands import ClockName
from hotfix.life.record import IncidentDeployment
from hotfix.life.stages import Stage, stage
from hotfix.rules.severity import RULE as SEVERITY
from hotfix.severities import Severity
from hotfix.spec.spec_parser import parse


class NextTask(StrEnum):
    """A task for a person; `words.phrases` holds the displayed text."""

    SAY_SEVERITY = "say severity"
    CHOOSE_PULL = "choose pull"
    START = "start"
    OPEN_PULL = "open pull"
    FINISH_DRAFT = "finish draft"
    FIX_RULES = "fix rules"
    REVIEW = "review"
    AWAIT_DEPLOYMENT = "await deployment"
    STAGE = "stage"
    SHIP = "ship"
    REDEPLOY = "redeploy"
    WATCH_DEPLOYMENT = "watch deployment"
    VERIFY = "verify"
    PAY_DEBTS = "pay debts"
    RETHINK = "rethink"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class NextStep:
    """A person and the task they must do now."""

    who: str
    """A login; empty if unknown."""
    task: NextTask
    about: tuple[str, ...] = ()
    """Rule IDs, kinds of debts, an environment, or the numbers of rival pull requests such as `#12`."""
    severities: tuple[Severity | None, Severity] | None = None
    """The spec's severity and the incident's, if the rule `severity` fails and they differ."""
    by_hand: bool = False
    """Whether the policy names no workflow that the task's command could start."""


def next_steps(incident: Incident) -> tuple[NextStep, ...]:
    """Return the tasks that must be done now, most urgent first; empty if there are none."""
    if incident.rivals:
        return (NextStep(incident.commander, NextTask.CHOOSE_PULL, tuple(f"#{p.number}" for p in incident.rivals)),)
    now = stage(incident)
    if incident.severity is None and now not in (Stage.CLOSED, Stage.CAN_WAIT):
        return (NextStep(incident.commander, NextTask.SAY_SEVERITY), *_of_stage(incident, now))
    return _of_stage(incident, now)


def _of_stage(incident: Incident, now: Stage) -> tuple[NextStep, ...]:
    if now in _OF_COMMANDER:
        task = _OF_COMMANDER[now]
        by_hand = task is NextTask.START and incident.policy.deploy.rollback_workflow is None
        return (NextStep(incident.commander, task, by_hand=by_hand),)
    match now:
        case Stage.PREPARING:
            by = next((branch.by for branch in incident.record.branches if branch.by), incident.commander)
            return (NextStep(by, NextTask.OPEN_PULL),)
        case Stage.FIXING if incident.pull:
            task = NextTask.FINISH_DRAFT if incident.pull.draft else NextTask.FIX_RULES
            rules = _rules(incident, "failed")
            return (NextStep(incident.author, task, rules, _severities(incident, rules)),)
        case Stage.REVIEWING:
            clock = next(
                (clock for clock in clocks(incident) if clock.name is ClockName.REVIEW and clock.running), None
            )
            people = clock.people if clock else (incident.pull.requested if incident.pull else ())
            return tuple(NextStep(who, NextTask.REVIEW, _rules(incident, "pending")) for who in people or ("",))
        case Stage.STAGING:
            failed = _failed_deployment(incident)
            task = NextTask.REDEPLOY if failed else _deploying(incident)
            by_hand = task in _SHIPPING and incident.policy.deploy.workflow is None
            return (NextStep(incident.commander, task, (failed.environment,) if failed else (), by_hand=by_hand),)
        case Stage.FOLLOW_UP:
            owed: dict[str, list[str]] = {}
            for debt in debts.debts(incident):
                if debt.open:
                    owed.setdefault(debt.owner, []).append(debt.kind)
            return tuple(NextStep(who, NextTask.PAY_DEBTS, tuple(dict.fromkeys(kinds))) for who, kinds in owed.items())
        case Stage.ROLLED_BACK:
            return (NextStep(incident.author or incident.commander, NextTask.RETHINK),)
    return ()


def _severities(incident: Incident, failing: tuple[str, ...]) -> tuple[Severity | None, Severity] | None:
    """Return the severities of spec and incident if they differ and the rule fails; the rule knows only the spec's."""
    if incident.pull is None or incident.severity is None or SEVERITY.id not in failing:
        return None
    said = [each.severity for each in parse(incident.pull.spec).declared]
    unclear = len(set(said)) > 1 or (said and None in said) or incident.severity in said
    return None if unclear else (said[0] if said else None, incident.severity)


def _failed_deployment(incident: Incident) -> IncidentDeployment | None:
    """Return the last deployment of the fix as it is now, if it failed: a passing verdict doesn't undo that."""
    pull, record = incident.pull, incident.record
    current = {pull.head, pull.merge_sha} if pull else set()
    last = max((d for d in (*record.staging, *record.production) if d.sha in current), key=lambda d: d.id, default=None)
    return last if last and last.failed_at and not last.running else None


def _deploying(incident: Incident) -> NextTask:
    """Return how a hotfix that passes gets to production.

    The App starts the policy's workflow once for each head of an open pull request, but not for a fork's.
    """
    if incident.staged:
        return NextTask.SHIP
    pull = incident.pull
    if pull is None:
        return NextTask.STAGE
    staging, production = (
        [each for each in deployments if each.sha == pull.head]
        for deployments in (incident.record.staging, incident.record.production)
    )
    if staging and staging[-1].running:
        return NextTask.WATCH_DEPLOYMENT
    starts = incident.policy.deploy.workflow and pull.open and pull.same_repo
    return NextTask.AWAIT_DEPLOYMENT if starts and not (staging or production) else NextTask.STAGE


def _rules(incident: Incident, status: str) -> tuple[str, ...]:
    """Return the rules that have this status in the published verdict."""
    rules = incident.pull.ruling.rules if incident.pull and incident.pull.ruling else {}
    return tuple(rule for rule, found in rules.items() if found == status)


_SHIPPING = (NextTask.STAGE, NextTask.SHIP, NextTask.REDEPLOY)
"""The tasks that `/hotfix ship` performs."""
_OF_COMMANDER = {
    Stage.DECLARED: NextTask.START,
    Stage.PRODUCTION: NextTask.WATCH_DEPLOYMENT,
    Stage.WATCHING: NextTask.VERIFY,
}
"""The commander's task in each stage in which the commander must act."""
