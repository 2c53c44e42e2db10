"""Write commit messages: a template, or a corrected message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hotfix.message.message_parser import Message, MessageEntry, parse, tidy
from hotfix.message.message_problems import AUTOSQUASH, LONGEST_SUBJECT, PREFIX, in_severity, problems, says_nothing
from hotfix.severities import Severity
from hotfix.text import issue_references, markdown, placeholders
from hotfix.text.escaping import without_hidden
from hotfix.text.lazy_pattern import lazy_pattern

_DESCRIPTION = "[brief description]"
_ISSUE = "[issue link]"
_SEVERITY = "[P0 or P1]"
_CHANGE = "[specific change]"
_TEST = "[test]"
_ROLLBACK = "[how to undo it, for example: git revert HEAD]"

Entries = tuple[MessageEntry, ...]

_LIKE_PREFIX = lazy_pattern(r"\W{0,4}(?:hotfix|fix|bugfix)\s{0,3}(?:\(([^()]{1,60})\))?!?\s{0,3}:\s*", re.IGNORECASE)


def corrected(
    text: str, *, issue: str | None = None, severity: Severity | None = None, rollback: str | None = None
) -> str:
    """Return the message in the format: existing parts are kept, missing ones become placeholders in brackets.

    `issue`, `severity` and `rollback` fill in missing parts with values from elsewhere (the spec, another commit).
    Idempotent.
    """
    message = parse(text)
    if not problems(text) or message.too_long:
        return tidy(markdown.lines_of(text))
    return _in_format(message, issue, severity, rollback)


def refilled(text: str, was: str, now: str) -> str:
    """Return the message with what was generated as in `was` replaced by what is generated `now`.

    What a person wrote is kept: a value that differs from the generated one, list items that were added, changed or
    removed, free text and trailers. Placeholders are replaced.
    """
    mine, before, after = parse(text), parse(was), parse(now)
    found = replace(
        mine,
        subject=_subject(mine.subject, before.subject, after.subject),
        fixes=_single(mine.fixes, before.fixes, after.fixes),
        severity=_single(mine.severity, before.severity, after.severity),
        changes=_merged(mine.changes or (), before.changes or (), after.changes or ()),
        tested=_merged(mine.tested or (), before.tested or (), after.tested or ()),
        rollback=_single(mine.rollback, before.rollback, after.rollback),
    )
    return text if mine.too_long or _said(found) == _said(mine) else _in_format(found, None, None, None)


def _in_format(message: Message, issue: str | None, severity: Severity | None, rollback: str | None) -> str:
    subject, rest = _corrected_subject(message)
    named = [e for e in message.fixes if not placeholders.is_whole(e.text)]
    if not named:
        said = issue_references.named(message.mentions())
        known = issue or (issue_references.shown(said[0]) if said else "")
        named = [MessageEntry(known, 0)] if known else list(message.fixes[:1]) or [MessageEntry(_ISSUE, 0)]
    lines = [subject, "", *rest, "", *message.free, ""]
    lines += [f"Fixes {e.text}" for e in named]
    lines += [f"Severity: {_corrected_severity(message, severity)}", "", "Changes:"]
    lines += _written(message.changes, _CHANGE, "- ")
    lines += ["", "Tested:", *_written(message.tested, _TEST, "- "), ""]
    lines += _written(message.rollback, rollback or _ROLLBACK, "Rollback: ")
    return tidy([*lines, "", *message.trailers])


def template(
    description: str | None = None,
    *,
    issue: str | None = None,
    severity: Severity | str | None = None,
    changes: Sequence[str] = (),
    tested: Sequence[str] = (),
    rollback: str | None = None,
) -> str:
    """Return a message template, filled in with the given values."""
    return "\n".join(
        [
            f"{PREFIX}{description or _DESCRIPTION}",
            "",
            f"Fixes {issue or _ISSUE}",
            f"Severity: {severity or _SEVERITY}",
            "",
            "Changes:",
            *(f"- {change}" for change in changes or (_CHANGE,)),
            "",
            "Tested:",
            *(f"- {test}" for test in tested or (_TEST,)),
            "",
            f"Rollback: {rollback or _ROLLBACK}",
            "",
        ]
    )


def _corrected_subject(message: Message) -> tuple[str, list[str]]:
    """Return the subject, and the remainder that did not fit."""
    subject = AUTOSQUASH.sub("", message.subject, count=1) if AUTOSQUASH.match(message.subject) else message.subject
    if not subject.startswith(PREFIX) and (like := _LIKE_PREFIX.match(subject)):
        subject = f"{like[1] + ': ' if like[1] else ''}{subject[like.end() :]}"
    # `printable` turns Unicode line separators into line breaks; the subject must stay one line.
    description = " ".join(without_hidden(subject.removeprefix(PREFIX.strip())).splitlines()).strip()
    if placeholders.is_nothing(description):
        description = _DESCRIPTION
    subject = PREFIX + description
    if len(subject) <= LONGEST_SUBJECT:
        return subject, []
    room = LONGEST_SUBJECT - len(" ...")
    cut = subject.rfind(" ", len(PREFIX), room + 1)
    cut = cut if cut > len(PREFIX) else room
    return f"{subject[:cut].rstrip()} ...", [f"... {subject[cut:].strip()}"]


def _corrected_severity(message: Message, known: Severity | None) -> str:
    said = [e.text for e in message.severity if e.text]
    if said and not in_severity(message):
        return said[0]
    if known:
        return known
    if not said or placeholders.is_whole(said[0]):
        return said[0] if said else _SEVERITY
    words = " / ".join(said).translate(str.maketrans("[]", "()"))
    return f"{_SEVERITY[:-1]}; it says: {words}]"


def _written(entries: Sequence[MessageEntry] | None, template: str, start: str) -> list[str]:
    """Return the entries as lines, or the template's if they have no content."""
    lines = []
    for entry in [e for e in entries or () if not says_nothing(e)] or [MessageEntry(template, 0)]:
        lines.append(f"{start}{entry.text}")
        lines += [more if more.startswith("  ") else f"  {more.lstrip()}" for more in entry.more]
    return lines


def _subject(mine: str, before: str, after: str) -> str:
    """Return the subject, as `_single` returns a line."""
    return after if _names_nothing(mine) or (mine == before and not _names_nothing(after)) else mine


def _single(mine: Entries, before: Entries, after: Entries) -> Entries:
    """Return the value of a line such as `Rollback:`: the new one, unless a person wrote another than the old one."""
    generated = _texts(mine) == _texts(before) and not all(map(_is_left, after))
    return after if generated or all(map(_is_left, mine)) else mine


def _merged(mine: Entries, before: Entries, after: Entries) -> Entries:
    """Return the items of a list: generated ones as they are now, without those a person removed, and a person's.

    An item that now would be a placeholder stays as it is, like a person's.
    """
    if all(map(_is_left, mine)):
        return after
    if all(placeholders.is_whole(e.text) for e in after):
        return mine
    some_left = any(map(_is_left, mine))
    texts, old = _texts(mine), _texts(before)
    left = {_about(e) for e in after if _is_left(e)}
    own = [e for e in mine if not _is_left(e) and ((e.text, e.more) not in old or _about(e) in left)]
    rewritten = {_about(e) for e in own} - ({_about(e) for e in before if (e.text, e.more) in texts} - left)
    made = [e for e in after if (e.text, e.more) in texts or (e.text, e.more) not in old or some_left]
    return (*(e for e in made if _about(e) not in rewritten and (e.text, e.more) not in _texts(own)), *own)


def _names_nothing(subject: str) -> bool:
    description = subject.removeprefix(PREFIX)
    return placeholders.is_nothing(description) or placeholders.is_whole(description)


def _is_left(entry: MessageEntry) -> bool:
    """Return whether an entry was not filled in: `[test]`, or `src/session.py: [specific change]`."""
    return not entry.more and (placeholders.is_whole(entry.text) or entry.text.endswith(f": {_CHANGE}"))


def _about(entry: MessageEntry) -> str:
    """Return what an item such as `src/session.py: check the expiry` is about."""
    return entry.text.partition(": ")[0]


def _texts(entries: Sequence[MessageEntry]) -> list[tuple[str, tuple[str, ...]]]:
    return [(e.text, e.more) for e in entries]


def _said(message: Message) -> tuple[object, ...]:
    """Return the parts of a message, without the numbers of their lines."""
    lists = (message.fixes, message.severity, message.changes or (), message.tested or (), message.rollback)
    return message.subject, *map(_texts, lists)
