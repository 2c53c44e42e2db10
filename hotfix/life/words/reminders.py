"""Write reminders: comments that mention the people who can act."""

from __future__ import annotations

from hotfix.life.deadlines import Alarm, IncidentClock
from hotfix.life.incident_commands import ClockName
from hotfix.life.incident_life import Life
from hotfix.life.words import markers
from hotfix.life.words.phrases import mention
from hotfix.render.safe_markdown import block, code
from hotfix.spec.spec_parser import parse as parse_spec
from hotfix.text.comment_commands import WORD
from hotfix.text.durations import moment


def reminder(life: Life, clock: IncidentClock, alarm: Alarm) -> str:
    """Return the reminder comment. `alarm` is the alarm of the clock that is due."""
    return f"{mention(clock.people)} {sentence(life, clock, alarm)}\n\n{markers.reminder(clock.name, alarm.id)}\n"


def sentence(life: Life, clock: IncidentClock, alarm: Alarm) -> str:
    """Return what is due, in plain sentences that are also used for other services."""
    due = moment(clock.alarms[-1].at)
    snooze = f"`{WORD} snooze {clock.name} 30m` postpones this reminder."
    match clock.name:
        case ClockName.FIX:
            if alarm.last:
                return f"The fix was due in production by {due} and is not there yet. {snooze}"
            return f"The fix is due in production by {due}. {snooze}"
        case ClockName.REVIEW:
            pull = f" of #{life.incident.pull.number}" if life.incident.pull else ""
            return f"The review{pull} was due by {due}. Does it fix the issue? Could it break anything else? {snooze}"
        case ClockName.VERIFY:
            return f"Is the original issue resolved? Write `{WORD} verified` once it is.{_steps(life)}"
        case ClockName.BACK_MERGE:
            names = ", ".join(code(debt.what, 100) for debt in life.open_debts if debt.kind == "back-merge")
            return f"The fix was due in {names} by {due}. Merge it back. {snooze}"
        case ClockName.FOLLOW_UPS:
            numbers = ", ".join(f"#{d.number}" for d in life.open_debts if d.kind == "follow-up" and d.number)
            return f"The follow-ups {numbers} were due by {due}. {snooze}"
        case ClockName.POST_MORTEM:
            return f"The post-mortem was due by {due}. Write `{WORD} done post-mortem` once it has been held. {snooze}"
        case ClockName.WATCH:
            return f"The watch ends at {due}."


def _steps(life: Life) -> str:
    spec = life.incident.pull.spec if life.incident.pull else ""
    section = parse_spec(spec).sections.get("Verification")
    lines = [line.text for line in section.lines if line.text.strip()] if section else []
    return f" The spec's steps:\n\n{block(lines[:20])}" if lines else ""
