"""Write the phrases that several texts share: times, people, clocks, tasks and debts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from hotfix.finding import TECH_LEAD
from hotfix.life.deadlines import IncidentClock
from hotfix.life.debts import Debt, DebtKind
from hotfix.life.incident_commands import ClockName
from hotfix.life.incident_life import Life
from hotfix.life.next_steps import NextStep, NextTask
from hotfix.render.deploy_commands import NO_WORKFLOW
from hotfix.render.safe_markdown import code, text
from hotfix.text import durations
from hotfix.text.comment_commands import WORD
from hotfix.text.durations import moment


def length(duration: timedelta) -> str:
    """Return a duration such as `1h5m`, in whole minutes, or in seconds below a minute."""
    seconds = int(duration.total_seconds())
    return durations.text(timedelta(seconds=seconds - seconds % 60 if seconds >= 60 else seconds))


def person(login: str, otherwise: str = "someone") -> str:
    """Return a login in bold, without an `@` mention; `otherwise` if it is empty."""
    return f"**{text(login, 60)}**" if login else otherwise


def mention(logins: Iterable[str]) -> str:
    """Return logins as `@` mentions, so that GitHub notifies them."""
    return " ".join(f"@{login}" for login in logins)


def severity(life: Life) -> str:
    """Return the severity with its name."""
    level = life.incident.severity
    return f"{level} ({level.word})" if level else "severity not declared"


CLOCKS = {
    ClockName.FIX: "fix in production",
    ClockName.REVIEW: "review",
    ClockName.VERIFY: "verification",
    ClockName.WATCH: "watch",
    ClockName.BACK_MERGE: "back-merge",
    ClockName.FOLLOW_UPS: "follow-ups",
    ClockName.POST_MORTEM: "post-mortem",
}


def clock(clock: IncidentClock, now: datetime) -> str:
    """Return the text of a running clock: what is due, and when."""
    alarm = clock.next(now)
    if clock.name is ClockName.WATCH:
        return f"watch until {moment(clock.alarms[-1].at)}"
    if alarm is None:
        return f"{CLOCKS[clock.name]} overdue since {moment(clock.alarms[-1].at)}"
    due = clock.alarms[-1]
    return f"{CLOCKS[clock.name]} due by {moment(due.at)}"


def next_clock(life: Life) -> str:
    """Return the text of the most urgent clock, the one with the earliest final limit; the watch comes last."""
    if life.closed:
        return ""
    now = life.incident.now
    running = [each for each in life.clocks if each.running]
    urgent = sorted(running, key=lambda each: (each.name is ClockName.WATCH, each.alarms[-1].at, each.name))
    return clock(urgent[0], now) if urgent else "no clock runs"


def unticked(life: Life) -> str:
    """Return how many lines of the checklist are not ticked; empty if there are none."""
    count = len(life.unticked)
    return f"{count} checklist {'line' if count == 1 else 'lines'} not ticked" if count else ""


def left_open(life: Life) -> str:
    """Return with which lines of the checklist an incident is closed, as a sentence; empty if all are ticked."""
    return f"Closed with {unticked(life)}: {', '.join(life.unticked)}." if life.unticked else ""


_TASKS = {
    NextTask.SAY_SEVERITY: f"declare the severity: `{WORD} severity P0 REASON` or `{WORD} severity P1 REASON`",
    NextTask.CHOOSE_PULL: "close all but one of the pull requests that claim to fix it",
    NextTask.START: f"start the hotfix with `{WORD} start NAME`, or roll back with `{WORD} rollback`",
    NextTask.OPEN_PULL: "open the hotfix's pull request",
    NextTask.FINISH_DRAFT: "finish the fix and mark the pull request as ready for review",
    NextTask.FIX_RULES: "make the hotfix pass",
    NextTask.REVIEW: "review the pull request",
    NextTask.AWAIT_DEPLOYMENT: f"check that its deployment begins; if none does in a few minutes, write `{WORD} ship`",
    NextTask.STAGE: f"deploy it to staging, or start the whole deployment with `{WORD} ship`",
    NextTask.SHIP: f"deploy it to production with `{WORD} ship`",
    NextTask.REDEPLOY: (
        f"find out why the deployment to ENVIRONMENT failed; then repeat it with `{WORD} ship`, or correct the fix"
    ),
    NextTask.WATCH_DEPLOYMENT: "watch the deployment",
    NextTask.VERIFY: f"verify that the original issue is resolved, then write `{WORD} verified`",
    NextTask.PAY_DEBTS: "settle what is still open",
    NextTask.RETHINK: "find another fix: the last one was rolled back",
    NextTask.CLOSE: "close the incident",
}
_BY_HAND = {
    NextTask.START: f"start the hotfix with `{WORD} start NAME`, or roll back by hand",
    NextTask.STAGE: f"deploy it to staging; {NO_WORKFLOW}",
    NextTask.SHIP: f"deploy it to production; {NO_WORKFLOW}",
    NextTask.REDEPLOY: (
        f"find out why the deployment to ENVIRONMENT failed; then repeat it, or correct the fix; {NO_WORKFLOW}"
    ),
}
"""The tasks whose command would start nothing."""


def act(one: NextStep) -> str:
    """Return a sentence with the person and the task."""
    return f"{person(one.who, whoever(one))} must act: {task(one)}"


def whoever(one: NextStep) -> str:
    """Return the role that must act, for a step without a login."""
    return TECH_LEAD if one.task is NextTask.REVIEW else "the incident commander"


def task(one: NextStep) -> str:
    """Return the text of the task, with the rules, debts, environment or pull requests that it is about."""
    words = _BY_HAND[one.task] if one.by_hand else _TASKS[one.task]
    if one.task is NextTask.REDEPLOY:
        return words.replace("ENVIRONMENT", text(one.about[0], 60))
    about = ""
    if one.about:
        about = f" ({', '.join(text(word, 60) for word in one.about)})"
        if one.task in (NextTask.FIX_RULES, NextTask.FINISH_DRAFT, NextTask.REVIEW):
            about = f" ({', '.join(code(word, 60) for word in one.about)})"
    return f"{words}{about}{_severities(one)}"


def _severities(one: NextStep) -> str:
    if one.severities is None:
        return ""
    spec, incident = one.severities
    what = (
        f"the spec says {spec}, the incident {incident}"
        if spec
        else f"the spec does not repeat the incident's {incident}"
    )
    return f"; {what}"


def debt(one: Debt) -> str:
    """Return the text of a debt: what is owed, by whom and by when."""
    number = f" (#{one.number})" if one.number else ""
    what = {
        DebtKind.BACK_MERGE: f"Back-merge to {code(one.what, 100)}",
        DebtKind.FOLLOW_UP: text(one.what, 200),
        DebtKind.POST_MORTEM: "Post-mortem",
    }[one.kind]
    return f"{what}{number}: {person(one.owner, 'nobody yet')}, due by {moment(one.due)}"
