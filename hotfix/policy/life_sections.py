"""Define the policy's sections about an incident's life: clocks, people to notify, playbooks, follow-ups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from hotfix.gates.gate import KINDS, AnyGate, CommandGate, HttpGate, Url, gates
from hotfix.policy.values import Label, Login, OneLine, PolicySection, TextLines, section
from hotfix.text.durations import Duration
from hotfix.text.globs import as_list


def _in_order(words: str) -> AfterValidator:
    """Return a validator that refuses durations which are not in ascending order."""

    def check(value: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
        if list(value) != sorted(value):
            raise ValueError(words)
        return value

    return AfterValidator(check)


def _listed(value: Any) -> Any:
    return value if isinstance(value, (tuple, list, dict)) else [value]


ClockLimits = Annotated[
    tuple[Duration, ...],
    Field(min_length=1, max_length=2),
    BeforeValidator(_listed),
    _in_order("write the warning first and the limit last, such as [1h, 4h]"),
]
"""When to warn and when the time is over; a single value is the limit alone."""


def _twice(value: Any) -> Any:
    return value if isinstance(value, (tuple, list, dict)) else [value, value]


Periods = Annotated[
    tuple[Duration, Duration],
    BeforeValidator(_twice),
    _in_order("write the shorter duration first, such as [2m, 10m]"),
]
"""Two durations, the shorter one first; a single value is both."""


class IncidentSection(PolicySection):
    label: Label = Field("incident", description="The label that makes an issue an incident")
    rollback_window: Duration = Field(
        timedelta(hours=24),
        description="A deployment that went to production within this time before the incident's start is its "
        "probable cause: the first comment suggests rolling it back",
    )


class SlaSection(PolicySection):
    P0: ClockLimits = Field(
        (timedelta(hours=1), timedelta(hours=4)),
        description="From the declaration to production at P0 (critical): warning, limit; a single value is the limit",
    )
    P1: ClockLimits = Field(
        (timedelta(hours=4), timedelta(hours=24)),
        description="From the declaration to production at P1 (high): warning, limit; a single value is the limit",
    )


class ClocksSection(PolicySection):
    verify: Duration = Field(timedelta(minutes=15), description="Time in which the fix must be verified")
    back_merge: Duration = Field(
        timedelta(hours=24), description="Time in which every long-lived branch must contain the fix"
    )
    watch: Periods = Field(
        (timedelta(minutes=15), timedelta(hours=1)),
        description="How long the fix is watched closely, and in total; a single value is both",
    )
    poll: Periods = Field(
        (timedelta(minutes=1), timedelta(minutes=10)),
        description="How often the gates are measured during the close watch, and afterwards; a single value is both",
    )


def _measurable(gate: AnyGate) -> AnyGate:
    """Return the gate. Raises ValueError for one that only a job can measure: the service has no shell, no secrets."""
    if isinstance(gate, CommandGate):
        raise ValueError("the service runs no commands; measure it by `prometheus`, `health` or `response-time`")
    if isinstance(gate, HttpGate) and gate.variables:
        raise ValueError(f"the service fills in no environment variables such as ${{{gate.variables[0]}}}")
    return gate


WatchGates = Annotated[
    tuple[Annotated[AnyGate, AfterValidator(_measurable)], ...],
    BeforeValidator(gates),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "object", "anyOf": [{"required": [kind]} for kind in KINDS]}},
                {"type": "string", "maxLength": 65_536},
            ]
        }
    ),
]
"""Gates that the service can measure."""


class WatchSection(PolicySection):
    health: Annotated[Url, Field(max_length=1000)] | None = Field(
        None, description="The URL that shows whether production is healthy"
    )
    gates: WatchGates = Field(
        (), description="Gates to measure after the fix is in production, in the format of the Action's input `gates`"
    )


def _names_or_addresses(value: Any) -> Any:
    """Expand a list of names: names without an address, whom people inform."""
    names = as_list(value)
    return dict.fromkeys(names, "") if isinstance(names, list) and all(isinstance(n, str) for n in names) else value


class StatusPageSection(PolicySection):
    page: OneLine | None = Field(None, description="The Statuspage page's id")
    components: TextLines = Field((), description="The ids of the components that an incident affects")


class PagerDutySection(PolicySection):
    service: OneLine | None = Field(None, description="The id of the service on which an incident triggers an alert")
    schedule: OneLine | None = Field(None, description="The id of the schedule that says who is on call")


class NotifySection(PolicySection):
    channel: OneLine = Field("#incidents", description="The Slack channel for discussing the incident")
    stakeholders: Annotated[
        Mapping[OneLine, Annotated[str, Field(max_length=500)]], BeforeValidator(_names_or_addresses)
    ] = Field(
        {"product": "", "support": "", "leadership": ""},
        description="Who is notified, each with a Slack channel, a mailto: address or the name of an entry of "
        "HOTFIX_NOTIFY_URLS; without one, a person informs them",
    )
    status_page: StatusPageSection = section(StatusPageSection, "The status page that customers read")
    pagerduty: PagerDutySection = section(PagerDutySection, "Who is paged and who is on call")
    templates: Mapping[OneLine, Annotated[str, Field(max_length=3000)]] = Field(
        default_factory=dict,
        description="Texts in place of the built-in messages: declared, staged, deployed, rolled_back, resolved, "
        "reopened",
    )


class AgentsSection(PolicySection):
    planner: Login | None = Field(None, description="The coding agent asked to write the spec, at the declaration")
    builder: Login | None = Field(None, description="The coding agent asked for the fix, once the spec is complete")
    security: Login | None = Field(None, description="The coding agent asked to review sensitive changes")
    debug: Login | None = Field(None, description="The coding agent asked to find the cause, for damaged data")
    performance: Login | None = Field(None, description="The coding agent asked to profile, for slow components")


class PlaybookSection(PolicySection):
    steps: TextLines = Field((), description="What to do first, in order")
    expected: OneLine = Field("1-4 hours", description="How long it usually takes")


def _playbook(expected: str, *steps: str, about: str) -> Any:
    return Field({"steps": steps, "expected": expected}, description=about)


class PlaybooksSection(PolicySection):
    security: PlaybookSection = _playbook(
        "1-4 hours",
        "Security reviews the vulnerability report and confirms the severity.",
        "Contain it: revoke what leaked and close what is open, before the fix is ready.",
        "Cut an emergency branch from the production tag; keep details of the vulnerability out of public text.",
        "Apply the minimal patch of the spec.",
        "Deploy immediately after the review.",
        about="Security vulnerabilities, and authentication or authorization failures",
    )
    data: PlaybookSection = _playbook(
        "2-6 hours",
        "STOP writes first. Consider read-only mode.",
        "Assess the data loss: what is damaged, and since when?",
        "Restore from a backup if needed, or apply a script that repairs the data.",
        "Then deploy the fix that prevents it from happening again.",
        about="Data corruption or loss",
    )
    endpoint: PlaybookSection = _playbook(
        "1-2 hours",
        "Identify the failing endpoint: logs, monitoring.",
        "Fix or rollback? If a recent deployment caused it, a rollback is faster.",
        "If a hotfix is needed, fix only that endpoint.",
        "Deploy with a canary: 10%, monitor, then 100%.",
        about="An API endpoint that is down, or an expired certificate",
    )
    performance: PlaybookSection = _playbook(
        "2-4 hours",
        "Identify the bottleneck: profile the slow component.",
        "Optimize quickly: caching, an index or rate limiting.",
        "Deploy with monitoring: watch CPU, memory and response times.",
        "Leave long-term optimization to a follow-up.",
        about="Performance degradation for all users",
    )
    payment: PlaybookSection = _playbook(
        "1-3 hours",
        "CRITICAL: this affects revenue and has the highest priority.",
        "Identify the issue: the payment provider's integration, the database or our logic?",
        "Fix with extreme care: the security team reviews every change of payment code.",
        "Test thoroughly in staging: process test transactions.",
        "Deploy, then verify every kind of payment.",
        about="Payment processing failures",
    )


class FollowUpsSection(PolicySection):
    within: Duration = Field(timedelta(hours=24), description="Time after production in which they are due")
    tickets: TextLines = Field(
        (
            "Root cause analysis: why did this happen?",
            "Permanent fix: is the hotfix temporary?",
            "Testing gap: why didn't tests catch this?",
            "Monitoring improvement: how to detect it earlier?",
            "Process improvement: how to prevent it?",
        ),
        max_length=50,
        description="The follow-up issues that are opened once the fix is in production",
    )


class PostMortemSection(PolicySection):
    within: Duration = Field(timedelta(hours=48), description="Time after production in which it must be held")
    owner: Login | None = Field(None, description="The owner; unset: the incident commander")
