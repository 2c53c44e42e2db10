"""Find the problems of a commit message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from hotfix import severities
from hotfix.message.message_parser import LONGEST, Message, MessageEntry, MessagePart, parse
from hotfix.severities import Severity
from hotfix.text import placeholders
from hotfix.text.escaping import hides_characters
from hotfix.text.lazy_pattern import lazy_pattern

PREFIX = "hotfix: "
LONGEST_SUBJECT = 72
"""Maximum length of a subject in characters, including the prefix."""

AUTOSQUASH = lazy_pattern(r"(?:(?:fixup|squash|amend)!\s*)+")
_MERGE = lazy_pattern(
    r"Merge (?:(?:branch|branches|tag|commit|pull request|remote-tracking branch)\b|[0-9a-f]{7,40}\b)"
)


_UNTICKED = lazy_pattern(r"\[\s?\]\s")
_FIXES = lazy_pattern(r"fixes\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MessageProblem:
    """A problem with one part of a message."""

    part: MessagePart
    message: str
    """Plain text, without a full stop."""
    line: int = 0
    """Line number, from 1; 0 if a line is missing."""
    placeholder: bool = False
    """Whether the line exists, but still has to be filled in."""


def problems(text: str) -> list[MessageProblem]:
    """Return the deviations from the format, in the format's order."""
    if len(text) > LONGEST:
        return [MessageProblem(MessagePart.LENGTH, f"The message has {len(text):,} characters, more than {LONGEST:,}")]
    return list(_problems(text))


@lru_cache(128)  # each event evaluates the same commits again
def _problems(text: str) -> Sequence[MessageProblem]:
    message = parse(text)
    if _MERGE.match(message.subject):
        return [MessageProblem(MessagePart.MERGE, "a hotfix branch must not contain merge commits", 1)]
    if squash := AUTOSQUASH.match(message.subject):
        kind = f"{squash[0].split('!')[0]}!"
        return [MessageProblem(MessagePart.AUTOSQUASH, f"the commit is still to be squashed: {kind}", 1)]
    return [
        *_in_subject(message.subject, message.lines),
        *_in_fixes(message),
        *in_severity(message),
        *_in_list(MessagePart.CHANGES, message.changes),
        *_in_list(MessagePart.TESTED, message.tested),
        *_in_rollback(message),
    ]


def _in_subject(subject: str, lines: Sequence[str]) -> Iterator[MessageProblem]:
    problem = partial(MessageProblem, MessagePart.SUBJECT)
    if not subject.startswith(PREFIX) and subject != PREFIX.strip():
        yield problem("the subject does not begin with `hotfix: `", 1)
    elif placeholders.is_nothing(description := subject.removeprefix(PREFIX.strip()).strip()):
        yield problem("the subject is empty after `hotfix:`", 1)
    elif left := _placeholder(description):
        yield problem(f"the subject still holds the placeholder {left}", 1, placeholder=True)
    if hides_characters(subject):
        yield problem("the subject holds invisible characters", 1)
    if len(subject) > LONGEST_SUBJECT:
        yield problem(f"the subject has {len(subject)} characters, more than {LONGEST_SUBJECT}", 1)
    if len(lines) > 1 and lines[1].strip():
        yield problem("the line after the subject is not blank", 2)


def _placeholder(text: str) -> str | None:
    return text if placeholders.is_whole(text) else placeholders.of_template(text)


def _in_fixes(message: Message) -> list[MessageProblem]:
    named = [e for e in message.fixes if not placeholders.is_whole(e.text)]
    if any(e.as_asked for e in named):
        return []
    if named:
        why = f"write `Fixes {named[0].text}`, with exactly that word at the start of the line"
        return [MessageProblem(MessagePart.FIXES, why, named[0].line)]
    if message.fixes:
        left = message.fixes[0]
        return [MessageProblem(MessagePart.FIXES, f"`Fixes` still holds the placeholder {left.text}", left.line, True)]
    if said := next(((n, line) for n, line in enumerate(message.lines[1:], 2) if _FIXES.match(line)), None):
        why = f"`{said[1].strip()[:60]}` names no issue: write #N, OWNER/REPO#N, an address, or a ticket such as OPS-12"
        return [MessageProblem(MessagePart.FIXES, why, said[0])]
    return [MessageProblem(MessagePart.FIXES, "the line `Fixes <issue>` is missing")]


def in_severity(message: Message) -> list[MessageProblem]:
    """Return the problems with the line `Severity:`."""
    if not message.severity:
        return [MessageProblem(MessagePart.SEVERITY, "the line `Severity:` is missing")]
    first = message.severity[0]
    if placeholders.is_whole(first.text) and len(severities.choices(first.text)) != 1:
        why = f"`Severity:` still holds the placeholder {first.text}"
        return [MessageProblem(MessagePart.SEVERITY, why, first.line, True)]
    said = [severities.choices(e.text) for e in message.severity]
    several = frozenset[Severity]().union(*said)
    if len(several) > 1:
        each = {name for e in message.severity for name in severities.named(e.text).split(" and ") if name}
        names = " and ".join(sorted(each))
        return [MessageProblem(MessagePart.SEVERITY, f"`Severity:` names {names}: choose one", first.line)]
    if not all(said):
        return [MessageProblem(MessagePart.SEVERITY, "`Severity:` is not P0, P1 or P2", first.line)]
    return []


def _in_list(part: MessagePart, entries: tuple[MessageEntry, ...] | None) -> list[MessageProblem]:
    if entries is None:
        return [MessageProblem(part, f"the list `{part}` is missing")]
    if not entries:
        return [MessageProblem(part, f"the list `{part}` is empty")]
    if all(says_nothing(e) for e in entries):
        return [MessageProblem(part, f"the list `{part}` says nothing but {entries[0].text}", entries[0].line)]
    found = [
        MessageProblem(part, f"`{part}` still holds the placeholder {left}", e.line, True)
        for e in entries
        if (left := _placeholder(e.text))
    ]
    if part is MessagePart.TESTED:
        found += [
            MessageProblem(part, f"`{part}` has a box that is not ticked: {e.text[:60]}", e.line)
            for e in entries
            if _UNTICKED.match(e.text)
        ]
    return found + [
        MessageProblem(part, f"the lines of `{part}` must be a list, each with `- `", e.line)
        for e in entries
        if not e.as_asked
    ]


def _in_rollback(message: Message) -> list[MessageProblem]:
    if not message.rollback:
        return [MessageProblem(MessagePart.ROLLBACK, "the line `Rollback:` is missing")]
    if all(says_nothing(e) for e in message.rollback):
        why = f"`Rollback:` says nothing but {message.rollback[0].text}"
        return [MessageProblem(MessagePart.ROLLBACK, why, message.rollback[0].line)]
    for entry in message.rollback:
        for text in (entry.text, *entry.more):
            if left := placeholders.find(text) or (text.strip() if placeholders.is_whole(text) else None):
                why = f"`Rollback:` still holds the placeholder {left}"
                if "sha" in left.casefold():
                    why += "; a commit cannot contain its own SHA, so write `git revert HEAD`"
                return [MessageProblem(MessagePart.ROLLBACK, why, entry.line, True)]
    return []


def says_nothing(entry: MessageEntry) -> bool:
    return all(placeholders.is_nothing(text) for text in (entry.text, *entry.more))
