"""Write the follow-up issues and the post-mortem issue of an incident."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from hotfix.life.debts import key, post_mortem_due
from hotfix.life.incident_life import Life
from hotfix.life.timeline import TimelineEvent
from hotfix.life.words import markers, timeline_lines
from hotfix.life.words.markers import POST_MORTEM, marker
from hotfix.life.words.phrases import length, person
from hotfix.render.safe_markdown import text
from hotfix.text.durations import moment
from hotfix.text.escaping import one_line, shortened

FOLLOW_UP = "follow-up"
DRAFT, IN_REVIEW, DONE = "post-mortem:draft", "post-mortem:in-review", "post-mortem:done"
_DUE_IN_WORDS = re.compile(r"^(?:Of the|Post-mortem of) incident #[0-9]+\. Owner: [^\r\n]*", re.MULTILINE)
"""The line as earlier versions wrote it."""
_ITEM = re.compile(r"[ \t]*[-*+][ \t]+\[ \][ \t]+(\S[^\n]{0,300})")
_TEMPLATE_ITEMS = frozenset(
    {"add monitoring for [metric]", "add test for [scenario]", "update runbook", "improve [process]"}
)


def follow_up_title(life: Life, ticket: str) -> str:
    """Return the title of a follow-up issue, as plain text."""
    return shortened(one_line(f"{ticket.partition(':')[0]}: {life.record.title}"), 200)


def follow_up_body(life: Life, ticket: str) -> str:
    """Return the body of a follow-up issue."""
    began = life.incident.in_production_at or life.incident.declared_at
    due = began + life.incident.policy.follow_ups.within
    return (
        f"{text(ticket, 300)}\n\nFollow-up of incident #{life.record.number}. Due by {moment(due)}.\n\n"
        f"{marker(f'follow-up {key(ticket)}')}\n{markers.of_incident(life.record.number)}\n"
    )


def post_mortem_title(life: Life) -> str:
    """Return the title of the post-mortem issue, as plain text."""
    return shortened(one_line(f"Post-mortem: {life.record.title}"), 200)


def post_mortem_body(life: Life) -> str:
    """Return the workflow's post-mortem template, filled in from the life."""
    incident, about = life.incident, life.incident.about
    start = about.started or incident.declared_at
    summary = [
        f"- Incident start: {moment(start)}",
        f"- Detection: declared by {person(incident.declaration[1])} at {moment(incident.declared_at)}",
        *_resolution(life),
        f"- Users affected: {text(about.users, 200) or '[number]'}",
    ]
    entries = tuple(
        entry for entry in life.timeline if entry.event not in (TimelineEvent.POST_MORTEM, TimelineEvent.FOLLOW_UP)
    )
    return "\n".join(
        [
            f"# Post-Mortem: {text(life.record.title, 200)}\n",
            f"{_about(life)}\n",
            "## Summary",
            *summary,
            "\n## Timeline",
            timeline_lines.listed(entries, life.record),
            "## Root Cause\n[Technical explanation]\n",
            "## Resolution\n[What we did to fix it]\n",
            "## What Went Well\n- [Fast detection (or not)]\n- [Clear communication]\n- [Quick deployment]\n",
            "## What Could Be Improved\n- [Earlier detection needed]\n- [Better monitoring]\n- [Testing gaps]\n",
            "## Action Items",
            "- [ ] Add monitoring for [metric]",
            "- [ ] Add test for [scenario]",
            "- [ ] Update runbook",
            "- [ ] Improve [process]",
            f"\n{marker(POST_MORTEM)}\n{markers.of_incident(life.record.number)}",
            "",
        ]
    )


def _resolution(life: Life) -> tuple[str, str]:
    """Return the lines with resolution and duration, with hidden data: they change once the fix is verified."""
    incident = life.incident
    start = incident.about.started or incident.declared_at
    at, kind = incident.in_production_at, "live"
    if incident.verified:
        at, kind = incident.verified.at, "verified"
    if at is None:
        return _signed("resolution", "- Resolution: [time]", ""), _signed(
            "duration", "- Total duration: [duration]", ""
        )
    when = "verified as resolved" if incident.verified else "in production, not verified yet"
    until = "until it was verified (the time to restore)" if incident.verified else "until the fix was in production"
    took, data = length(at - start) if at > start else "[duration]", f"{kind} {at:%Y-%m-%dT%H:%M:%SZ} "
    return (
        _signed("resolution", f"- Resolution: {moment(at)}, {when}", data),
        _signed("duration", f"- Total duration: {took} {until}", data),
    )


def _signed(name: str, words: str, data: str) -> str:
    """Return a line with hidden data, which ends with a digest of its words: a person may replace them."""
    return f"{words} {_hidden(name, data + _digest(words))}"


def _digest(words: str) -> str:
    return hashlib.sha256(words.strip().encode()).hexdigest()[:8]


def _hidden(name: str, data: str) -> str:
    return f"<!-- hotfix-{name}:{data} -->"


def _about(life: Life) -> str:
    """Return the line with the owner and the date, which is kept up to date; hidden data says what it shows."""
    due, owner = _post_mortem_due(life), person(life.incident.post_mortem_owner, "nobody yet")
    when = f"{'Scheduled for' if life.incident.post_mortem_date else 'Due by'} {moment(due)}"
    return f"Post-mortem of incident #{life.record.number}. Owner: {owner}. {when}. {_hidden('due', _due(life))}"


def _due(life: Life) -> str:
    scheduled = "scheduled" if life.incident.post_mortem_date else "due"
    return f"{life.incident.post_mortem_owner} {scheduled} {_post_mortem_due(life):%Y-%m-%dT%H:%MZ}"


def _post_mortem_due(life: Life) -> datetime:
    return post_mortem_due(life.incident, life.incident.in_production_at or life.incident.declared_at)


def current(body: str, life: Life) -> str:
    """Return the post-mortem's body with the current date, owner, resolution and duration; all else is unchanged.

    The lines are found, and compared, by their hidden data, so that they may be translated. A resolution or duration
    in a person's words is kept. A line with the date from before there was hidden data is found by its words, and gets
    the data.
    """
    resolution, duration = _resolution(life)
    for name, wanted in (("due", _about(life)), ("resolution", resolution), ("duration", duration)):
        line = re.search(rf"^[^\r\n]*<!-- hotfix-{name}:([^\r\n]{{0,200}}?) -->", body, re.MULTILINE)
        if line is not None and (wanted.endswith(_hidden(name, line[1])) or (name != "due" and _is_rewritten(line))):
            continue
        line = line or (_DUE_IN_WORDS.search(body) if name == "due" else None)
        if line is not None:
            body = body[: line.start()] + wanted + body[line.end() :]
    return body


def _is_rewritten(line: re.Match[str]) -> bool:
    """Return whether a person wrote the words of a signed line."""
    return line[1].rpartition(" ")[2] != _digest(line[0].rpartition("<!--")[0])


def action_item_marker(item: str) -> str:
    """Return the marker of an action item's issue."""
    return f"action-item {hashlib.sha256(item.encode()).hexdigest()[:16]}"


def action_item_body(life: Life, item: str) -> str:
    """Return the body of an action item's issue."""
    issue = life.incident.post_mortem
    of = f" #{issue.number}" if issue else ""
    hidden = f"{marker(action_item_marker(item))}\n{markers.of_incident(life.record.number)}"
    return f"{text(item, 300)}\n\nAction item of the post-mortem{of}.\n\n{hidden}\n"


def action_items(body: str) -> tuple[str, ...]:
    """Return the open action items of a post-mortem, without the template's placeholders; at most 50."""
    _, _, section = body.partition("## Action Items")
    section = section.partition("\n## ")[0]
    found = (match[1].strip() for match in _ITEM.finditer(section))
    return tuple(dict.fromkeys(item for item in found if item.casefold() not in _TEMPLATE_ITEMS))[:50]
