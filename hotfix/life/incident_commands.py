"""Parse the commands in comments, such as `/hotfix severity P1 all logins fail`."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hotfix.rules import RULES
from hotfix.text import durations
from hotfix.text.branch_words import branch_words
from hotfix.text.comment_commands import WORD, commands_in

RULE_IDS = tuple(rule.id for rule in RULES)
LONGEST = 500
"""Maximum length of a reason, note or remark, in characters; longer ones are cut."""
_MOST = 20
"""Maximum number of commands read from one comment."""
_LOGIN = re.compile(r"@?([A-Za-z0-9][A-Za-z0-9-]{0,99}(?:_[A-Za-z0-9]{1,20})?)", re.ASCII)


class CommandName(StrEnum):
    """The name of a command."""

    HELP = "help"
    STATUS = "status"
    DECLARE = "declare"
    START = "start"
    DONE = "done"
    NOTE = "note"
    ASSIGN = "assign"
    SNOOZE = "snooze"
    RECHECK = "recheck"
    SEVERITY = "severity"
    SHIP = "ship"
    ROLLBACK = "rollback"
    VERIFIED = "verified"
    POST_MORTEM = "post-mortem"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    OVERRIDE = "override"


USAGE = {
    CommandName.HELP: ("help", "list the commands"),
    CommandName.STATUS: ("status", "show the state of the incident"),
    CommandName.DECLARE: ("declare P0", "make this issue an incident of that severity, P0 or P1"),
    CommandName.START: ("start NAME", "create the hotfix branch, its spec and the draft pull request"),
    CommandName.DONE: ("done LINE [NOTE]", "tick a line of the checklist that only people can observe"),
    CommandName.NOTE: ("note TEXT", "add a line to the timeline"),
    CommandName.ASSIGN: ("assign ROLE @user", "assign a role, such as commander"),
    CommandName.SNOOZE: ("snooze CLOCK DURATION", "postpone a reminder, such as `snooze review 30m`"),
    CommandName.RECHECK: ("recheck", "read everything again"),
    CommandName.SEVERITY: ("severity P1 REASON", "change the severity"),
    CommandName.SHIP: ("ship", "start the deployment workflow"),
    CommandName.ROLLBACK: ("rollback [TAG]", "start the rollback workflow"),
    CommandName.VERIFIED: ("verified [NOTE]", "confirm that the original issue is resolved in production"),
    CommandName.POST_MORTEM: (
        "post-mortem YYYY-MM-DDThh:mmZ",
        "schedule the post-mortem; Z is UTC, other zones are written like +01:00",
    ),
    CommandName.RESOLVE: ("resolve", "close the incident, even if something is still open"),
    CommandName.REOPEN: ("reopen", "open the incident again"),
    CommandName.OVERRIDE: ("override RULE REASON", "override a rule for this commit"),
}
"""The syntax and the description of each command."""


class DoneLine(StrEnum):
    """The names of the checklist lines that people mark with `/hotfix done`."""

    STAKEHOLDERS = "stakeholders"
    TESTS = "tests"
    STAGING = "staging"
    HEALTH = "health"
    LOGS = "logs"
    MONITORING = "monitoring"
    STAKEHOLDERS_UPDATED = "stakeholders-updated"
    STATUS_PAGE = "status-page"
    RUNBOOKS = "runbooks"
    POST_MORTEM = "post-mortem"


class ClockName(StrEnum):
    """The names of the clocks in reminders and in `/hotfix snooze`."""

    FIX = "fix"
    REVIEW = "review"
    VERIFY = "verify"
    WATCH = "watch"
    BACK_MERGE = "back-merge"
    FOLLOW_UPS = "follow-ups"
    POST_MORTEM = "post-mortem"


class IncidentRole(StrEnum):
    """A role of a person in an incident."""

    COMMANDER = "commander"
    COMMUNICATIONS = "communications"
    SCRIBE = "scribe"
    POST_MORTEM = "post-mortem"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCommand:
    """A valid command."""

    name: CommandName
    target: str = ""
    """A severity, branch name, checklist line, role, clock, tag or rule ID."""
    text: str = ""
    """A reason, note or login, as written."""
    duration: timedelta | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnclearCommand:
    """An invalid command."""

    why: str
    """One sentence for the author with the correct syntax. The author's text in it is not escaped."""


def parse(body: str) -> tuple[IncidentCommand | UnclearCommand, ...]:
    """Return the commands of a comment without duplicates, in order.

    `hotfix.text.comment_commands` defines what is recognized as a command.
    """
    found = (_command(words) for words in commands_in(body[:10_000]))
    return tuple(dict.fromkeys(found))[:_MOST]


def _command(line: str) -> IncidentCommand | UnclearCommand:
    words = line.split(None, 1)
    first = words[0].strip("`*_.,:").casefold() if words else ""
    rest = words[1].strip() if len(words) > 1 else ""
    if not first:
        return UnclearCommand(f"name a command: {_all()}")
    try:
        name = CommandName(first)
    except ValueError:
        near = difflib.get_close_matches(first, [name.value for name in CommandName], 1, 0.5)
        if near:
            return UnclearCommand(
                f"there is no command `{first[:40]}`; did you mean `{WORD} {USAGE[CommandName(near[0])][0]}`?"
            )
        return UnclearCommand(f"there is no command `{first[:40]}`; there are {_all()}")
    return _ARGUMENTS[name](name, rest)


def _all() -> str:
    return ", ".join(f"`{name.value}`" for name in CommandName)


def _usage(name: CommandName, problem: str) -> UnclearCommand:
    return UnclearCommand(f"{problem}: write `{WORD} {USAGE[name][0]}`")


def _split(rest: str) -> tuple[str, str]:
    """Return the first word, without surrounding Markdown markup, and the rest."""
    first, _, text = rest.partition(" ") if " " in rest else (rest, "", "")
    return first.strip("`*").strip(), text.strip()[:LONGEST]


def _bare(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    return IncidentCommand(name=name)


def _with_text(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    if name is CommandName.NOTE and not rest:
        return _usage(name, "a note needs a text")
    return IncidentCommand(name=name, text=rest[:LONGEST])


def _severity(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    level, reason = _split(rest)
    allowed = ("P0", "P1") if name is CommandName.DECLARE else ("P0", "P1", "P2")
    if level.upper() not in allowed:
        return _usage(name, f"the severity must be {', '.join(allowed[:-1])} or {allowed[-1]}")
    if name is CommandName.SEVERITY and not reason:
        return _usage(name, "a change of the severity needs a reason")
    return IncidentCommand(name=name, target=level.upper(), text=reason)


def _start(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    words = branch_words(rest)
    if not words:
        return _usage(name, "describe in a few words what is broken, such as fix-login")
    return IncidentCommand(name=name, target=words)


def _done(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    line, note = _split(rest)
    known = [each.value for each in DoneLine]
    if line.casefold() not in known:
        return _usage(name, _not_among("line", line, known))
    return IncidentCommand(name=name, target=line.casefold(), text=note)


def _assign(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    role, who = _split(rest)
    known = [each.value for each in IncidentRole]
    if role.casefold() not in known:
        return _usage(name, _not_among("role", role, known))
    if not (found := _LOGIN.fullmatch(who)):
        return _usage(name, "name one person")
    return IncidentCommand(name=name, target=role.casefold(), text=found[1])


def _snooze(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    clock, length = _split(rest)
    known = [each.value for each in ClockName]
    if clock.casefold() not in known:
        return _usage(name, _not_among("clock", clock, known))
    try:
        return IncidentCommand(name=name, target=clock.casefold(), duration=durations.parse(length))
    except ValueError:
        return _usage(name, "the duration needs a unit, such as 30m or 2h")


def _rollback(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    tag, _ = _split(rest)
    if tag and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,200}", tag):
        return _usage(name, "this is not a valid tag name")
    return IncidentCommand(name=name, target=tag)


def _post_mortem(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    try:
        at = datetime.fromisoformat(rest.strip("`").replace(" ", "T", 1))
    except ValueError:
        return _usage(name, "a post-mortem needs a date, a time and a time zone")
    if at.tzinfo is None:
        return _usage(name, "the time of a post-mortem needs a time zone, such as +01:00 or Z")
    return IncidentCommand(name=name, at=at)


def _override(name: CommandName, rest: str) -> IncidentCommand | UnclearCommand:
    rule, _, reason = rest.partition(" ") if " " in rest else rest.partition("\t")
    rule = rule.strip("`").casefold()
    if rule not in RULE_IDS:
        return _usage(name, f"name the rule to override, one of {', '.join(RULE_IDS)}")
    if not reason.strip():
        return _usage(name, "an override needs a reason")
    return IncidentCommand(name=name, target=rule, text=reason.strip()[:LONGEST])


def _not_among(what: str, word: str, known: list[str]) -> str:
    if word and (near := difflib.get_close_matches(word.casefold(), known, 1)):
        return f"there is no {what} `{word[:40]}`; did you mean `{near[0]}`?"
    return f"there is no {what} `{word[:40]}`; there are {', '.join(known)}" if word else f"say which {what}"


_ARGUMENTS = {
    CommandName.HELP: _bare,
    CommandName.STATUS: _bare,
    CommandName.DECLARE: _severity,
    CommandName.START: _start,
    CommandName.DONE: _done,
    CommandName.NOTE: _with_text,
    CommandName.ASSIGN: _assign,
    CommandName.SNOOZE: _snooze,
    CommandName.RECHECK: _bare,
    CommandName.SEVERITY: _severity,
    CommandName.SHIP: _bare,
    CommandName.ROLLBACK: _rollback,
    CommandName.VERIFIED: _with_text,
    CommandName.POST_MORTEM: _post_mortem,
    CommandName.RESOLVE: _bare,
    CommandName.REOPEN: _bare,
    CommandName.OVERRIDE: _override,
}
