"""Write the status comment, which is the same on the incident and on its pull request."""

from __future__ import annotations

from hotfix.life import first_times
from hotfix.life.checklist import ChecklistLine, ChecklistPart, first_ticked
from hotfix.life.incident_life import Life
from hotfix.life.playbooks import playbook
from hotfix.life.stages import ALLOWED, Stage
from hotfix.life.words import alerts, assessment, phrases, timeline_lines
from hotfix.life.words.markers import STATUS, marker, refs
from hotfix.render.deploy_commands import roll_back
from hotfix.render.safe_markdown import details, names, table, text
from hotfix.text import durations
from hotfix.text.comment_commands import WORD

_BEFORE_PRODUCTION = (Stage.DECLARED, Stage.PREPARING, Stage.FIXING, Stage.REVIEWING, Stage.STAGING)


def status_comment(life: Life) -> str:
    """Return the complete status comment as Markdown."""
    parts = [
        f"{headline(life)} {marker(STATUS)}",
        _others_to_act(life),
        _questions(life),
        _conflicts(life),
        _can_wait(life),
        _playbook(life) if life.stage in _BEFORE_PRODUCTION else "",
        assessment.section(life) if life.stage in _BEFORE_PRODUCTION else "",
        "" if life.stage is Stage.CAN_WAIT else "".join(_part(part) for part in life.checklist),
        _debts(life),
        _watch(life),
        details("Stages", _stages(life)),
        timeline_lines.folded(life.timeline, life.record),
        f"Commands: `{WORD} help`. The App keeps this comment up to date and reverts other edits.\n"
        f"{refs(_hidden(life))}",
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _hidden(life: Life) -> dict[str, str]:
    kept = {key: value for key, value in life.record.refs.items() if key != first_times.ENTRY}
    branches = {first_times.of_branch(branch.name): branch.at for branch in life.record.branches}
    return {**kept, **first_times.entry({**branches, **first_ticked(life.checklist)})}


def headline(life: Life) -> str:
    """Return one line with the severity, the stage, the most urgent clock and who must act now."""
    words = [f"**{phrases.severity(life)}**", f"stage **{life.stage.value}**"]
    if life.stage is not Stage.CAN_WAIT:
        words.append(phrases.unticked(life) if life.closed else phrases.next_clock(life))
    words.append(phrases.act(life.acts[0]) if life.acts else "nobody must act now")
    return " · ".join(word for word in words if word)


def _others_to_act(life: Life) -> str:
    return "\n".join(f"- {phrases.act(act)}" for act in life.acts[1:])


def _questions(life: Life) -> str:
    about, record = life.incident.about, life.record
    if life.closed:
        return ""
    lines = []
    missing = [name for name in about.missing if not (name == "Severity" and life.incident.severity)]
    if missing:
        lines.append(
            f"Please add to the description, as headings: {', '.join(missing)}. "
            "The assessment, the playbook, the spec and the announcements are made from them."
        )
    lines += [f"{text(problem, 300)}." for problem in about.problems]
    if about.commander and about.commander.casefold() in record.strangers:
        lines.append(
            f"The incident commander {text(about.commander, 60)} has no access to this repository; "
            f"{phrases.person(life.incident.commander)} commands until `{WORD} assign commander @user`."
        )
    if about.started is None and "Started" not in about.missing:
        lines.append("Until then, the time of the declaration counts as the start.")
    return "\n".join(f"> {line}" for line in lines)


def _conflicts(life: Life) -> str:
    lines = []
    if life.incident.rivals:
        numbers = " and ".join(f"#{pull.number}" for pull in life.incident.rivals)
        lines.append(f"Several open pull requests claim to fix this: {numbers}. Which one counts is not known.")
    if life.record.other_incidents:
        numbers = " and ".join(f"#{number}" for number in life.record.other_incidents)
        lines.append(f"The pull request claims to fix another incident as well: {numbers}.")
    lines += [f"Could not be read: {text(why, 300)}" for why in life.record.unread.values()]
    return "\n".join(f"> {line}" for line in lines)


def _can_wait(life: Life) -> str:
    if life.stage is not Stage.CAN_WAIT:
        return ""
    commander = life.incident.commander or "a commander"
    return (
        f"This can wait for the next release: {text(life.incident.can_wait, 300)}. No clock runs. "
        f"If it was assessed wrongly, {names([commander])} or another commander decides otherwise with "
        f"`{WORD} severity P1 REASON`."
    )


def _playbook(life: Life) -> str:
    chosen = playbook(life.incident)
    if chosen is None:
        return ""
    steps = "\n".join(f"{number}. {text(step, 300)}" for number, step in enumerate(chosen.steps, 1))
    return f"### Playbook (expected: {text(chosen.expected, 60)})\n{steps}"


def _part(part: ChecklistPart) -> str:
    return f"### {part.title}\n" + "\n".join(_line(line) for line in part.lines) + "\n\n"


def _line(line: ChecklistLine) -> str:
    if line.needless:
        return f"- {line.text}: {line.hint}"
    if line.tick is None:
        return f"- [ ] {line.text}{f': {line.hint}' if line.hint else ''}"
    who = f" by {phrases.person(line.tick.who)}" if line.tick.who else ""
    note = f": {text(line.tick.note, 200)}" if line.tick.note else ""
    return f"- [x] {line.text} -{who} at {durations.moment(line.tick.at)}{note}"


def _debts(life: Life) -> str:
    if not life.open_debts:
        return ""
    return "### Still open\n" + "\n".join(f"- {phrases.debt(debt)}" for debt in life.open_debts)


def _watch(life: Life) -> str:
    watch = life.record.watch
    if watch is None or not watch.failing or life.closed:
        return ""
    failing = ", ".join(text(gate, 100) for gate in watch.failing)
    return f"> Failing in production: {failing}. {roll_back(life.incident.policy, alerts.previous_version(life))}"


def _stages(life: Life) -> str:
    rows = []
    for period in life.periods:
        took = phrases.length(period.length) if period.length is not None else "now"
        rows.append([period.stage.value, durations.moment(period.since), took, ALLOWED.get(period.stage, "")])
    return table(("Stage", "Since", "Took", "Workflow"), rows)
