"""Write the messages about an incident for other services: plain text, one message per event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from hotfix.life.incident_commands import CommandName
from hotfix.life.incident_life import Life
from hotfix.life.words import alerts, reminders
from hotfix.life.words.plain import plain
from hotfix.render.deploy_commands import roll_back
from hotfix.severities import Severity
from hotfix.text.durations import moment

CHANNEL, STATUS_PAGE, PAGERDUTY, STAKEHOLDER = "channel", "status_page", "pagerduty", "stakeholder "
"""Recipients, the values of `MessageDelivery.to`; `STAKEHOLDER` is followed by the stakeholder's name."""
LONGEST = 3000
_MARKUP = re.compile(r"<[^<>]*>|[<>\[\]`*|{}\\]")
_FIELD = re.compile(r"\{([a-z_]+)\}")
TEMPLATES: Mapping[str, str] = {
    "declared": (
        "🚨 CRITICAL INCIDENT: {title}\nSeverity: {severity}\nImpact: {impact}\nStarted: {started}\n"
        "Incident Commander: {commander}\n{url}"
    ),
    "staged": "Hotfix deployed to staging: {title}\nVersion: {version}\nDeployed: {time}\nNext: verify it there\n{url}",
    "deployed": (
        "✅ HOTFIX DEPLOYED: {title}\nVersion: {version}\nDeployed: {time}\nVerification: {verification}\n"
        "Next: {next}\n{url}"
    ),
    "rolled_back": (
        "Hotfix rolled back - investigating alternative fix: {title}\nRunning now: {version}\nSince: {time}\n{url}"
    ),
    "resolved": "RESOLVED: {title}\nResolved: {time}\nNext: {next}\n{url}",
    "reopened": "REOPENED: {title}\nReopened: {time}\nIncident Commander: {commander}\n{url}",
}
"""The workflow's words, by kind. Its first message calls an incident critical, whether P0 or P1."""
_TO: Mapping[str, tuple[str, ...]] = {"staged": (CHANNEL,), "reopened": (CHANNEL, PAGERDUTY)}
"""Recipients of the kinds that not all recipients get.

Customers and stakeholders get no `reopened`: an incident may be reopened only for internal follow-up work.
"""
_PUBLIC: Mapping[str, str] = {
    "declared": "We are investigating a problem{component}.",
    "deployed": "A fix has been deployed. We are monitoring the result.",
    "rolled_back": "The fix has been rolled back. We are investigating an alternative.",
    "resolved": "This incident has been resolved. Thank you for your patience.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A message that each recipient gets once."""

    key: str
    """A key that is unique within the incident, such as `declared` or `deployed 12`."""
    kind: str
    """The same as `MessageDelivery.kind`."""
    text: str
    """Plain text, not escaped for any service."""


def announcements(life: Life, to: str) -> tuple[Announcement, ...]:
    """Return the messages that are due for this recipient, including those already sent, oldest first."""
    incident = life.incident
    if not incident.is_incident or incident.can_wait or incident.severity is Severity.P2:
        return ()
    if to == STATUS_PAGE and incident.about.customer_facing is False:
        return ()
    found = []
    for kind, key, values in _events(life):
        if kind in _TO and to not in _TO[kind]:
            continue
        words = _public(life, kind) if to == STATUS_PAGE else _filled(life, kind, values)
        found.append(Announcement(key=key, kind=kind, text=words))
    return (*found, *_urgent(life)) if to == CHANNEL else tuple(found)


def headline(life: Life) -> str:
    """Return the current text of the first message in the incident's chat thread."""
    return f"{_filled(life, 'declared', {})}\nStage: {life.stage.value}"


def public_title(life: Life) -> str:
    """Return the title for customers. It names only the component, because issue titles are written for the team."""
    component = _public_component(life)
    return f"Problem with {component}"[:200] if component else "Service disruption"


def _events(life: Life) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    incident = life.incident
    yield "declared", "declared", {}
    found = []
    if incident.staged and incident.staged.succeeded_at:
        found.append((incident.staged.succeeded_at, "staged", incident.staged.id, incident.staged.name))
    found += [(d.succeeded_at, "deployed", d.id, d.name) for d in incident.shipped if d.succeeded_at]
    back = incident.rollback or incident.restored
    if back and back.succeeded_at:
        found.append((back.succeeded_at, "rolled_back", back.id, back.name))
    found += _ends(life)
    for at, kind, number, version in sorted(found):
        yield kind, f"{kind} {number}", {"version": version, "time": moment(at)}


def _ends(life: Life) -> Iterator[tuple[datetime, str, int, str]]:
    """Yield each resolution, by a command or by closing the issue, and each reopening by a person after one."""
    incident = life.incident
    steps = [(command.at, command.id, "verified") for command in (incident.verified,) if command]
    steps += [(command.at, command.id, "reopened") for command in incident.commands(CommandName.REOPEN)]
    turns = sorted(incident.record.turns, key=lambda turn: (turn.at, turn.id))
    for turn, after in zip_longest(turns, turns[1:]):
        undone = turn.closed and turn.through and after is not None and after.ours
        if not undone and not (turn.ours and not turn.closed):
            steps.append((turn.at, turn.id, "closed" if turn.closed else "reopened"))
    if life.closed and not any(turn.closed for turn in turns):
        steps.append((incident.record.closed_at or incident.now, 0, "closed"))
    over = False
    for at, number, step in sorted(steps):
        if over == (step == "reopened"):
            over = not over
            yield at, "resolved" if over else "reopened", number, ""


def _urgent(life: Life) -> Iterator[Announcement]:
    """Yield due reminders and failing gates, for the incident's chat thread."""
    if life.closed:
        return
    for clock in life.clocks:
        over = clock.over(life.incident.now) if clock.running else ()
        if over and clock.people and clock.name != "watch":
            key = f"reminder {clock.name} {over[-1].id}"
            text = f"{', '.join(clock.people)}: {reminders.sentence(life, clock, over[-1])}"
            yield Announcement(key=key, kind=f"reminder {clock.name}", text=text[:LONGEST])
    watch, live = life.record.watch, life.incident.live
    if watch is None or live is None:
        return
    for gate in watch.failing:
        back = plain(roll_back(life.incident.policy, alerts.previous_version(life)))
        text = f"The gate {gate} fails in production: {watch.why.get(gate, '')}. {back}"
        yield Announcement(key=alerts.marker_of(live.id, gate), kind="gate", text=text[:LONGEST])


def _filled(life: Life, kind: str, values: Mapping[str, str]) -> str:
    incident, record = life.incident, life.record
    about, meeting = incident.about, incident.post_mortem_date
    impact = ", ".join(part for part in (about.users, about.revenue) if part)
    when = meeting.request.at if meeting else None
    known = {
        "title": record.title,
        "severity": str(incident.severity or "not declared"),
        "impact": impact or "not known yet",
        "started": moment(about.started or incident.declared_at),
        "commander": f"@{incident.commander}" if incident.commander else "nobody yet",
        "url": record.url,
        "verification": "passed" if incident.verified else "monitoring",
        "next": f"Post-mortem scheduled for {moment(when)}" if when else "Post-mortem to be scheduled",
        "repository": record.repo,
        "stage": life.stage.value,
        **values,
    }
    template = incident.policy.notify.templates.get(kind) or TEMPLATES[kind]
    return _FIELD.sub(lambda match: known.get(match[1], match[0]), template)[:LONGEST]


def _public(life: Life, kind: str) -> str:
    component = _public_component(life)
    return _PUBLIC[kind].replace("{component}", f" with {component}"[:200] if component else "")


def _public_component(life: Life) -> str:
    """Return the component without HTML and Markdown, because status pages render both."""
    return " ".join(_MARKUP.sub(" ", life.incident.about.component).split())
