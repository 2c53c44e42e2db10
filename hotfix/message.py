"""The message of a hotfix commit: its format, what one lacks, and the message corrected.

    hotfix: [brief description]

    Fixes [issue]
    Severity: P0

    Changes:
    - [specific change]

    Tested:
    - [test]

    Rollback: [how to undo it]

Free text and further trailers (`Co-authored-by:`) may stand between and after.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hotfix import issues, markdown, placeholders
from hotfix import severity as severities
from hotfix.severity import Severity

PREFIX = "hotfix: "
LONGEST_SUBJECT = 72
"""Characters of a subject, prefix included."""

_DESCRIPTION = "[brief description]"
_ISSUE = "[issue link]"
_SEVERITY = "[P0 or P1]"
_CHANGE = "[specific change]"
_TEST = "[test]"
_ROLLBACK = "[how to undo it, for example: git revert HEAD]"

_AUTOSQUASH = re.compile(r"(?:(?:fixup|squash|amend)!\s*)+")
_MERGE = re.compile(r"Merge (?:(?:branch|branches|tag|commit|pull request|remote-tracking branch)\b|[0-9a-f]{7,40}\b)")
_LIKE_PREFIX = re.compile(r"\W{0,4}(?:hotfix|fix|bugfix)\s{0,3}(?:\(([^()]{1,60})\))?!?\s{0,3}:\s*", re.IGNORECASE)
_CLOSES = re.compile(r"(fix(?:e[sd])?|close[sd]?|resolve[sd]?)(?:\s{0,3}:\s*|\s+)", re.IGNORECASE)
_FIELD = re.compile(r"\*{0,2}(severity|changes|tested|rollback)\*{0,2}\s{0,3}:\*{0,2}(.*)$", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])(?:\s+(.*))?$")
_TRAILER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}: \S")
_COMMENT_CHARS = "#;@!$%^&|:"


class Part(StrEnum):
    """What a problem is about, in the words of the format."""

    SUBJECT = "subject"
    FIXES = "Fixes"
    SEVERITY = "Severity:"
    CHANGES = "Changes:"
    TESTED = "Tested:"
    ROLLBACK = "Rollback:"
    MERGE = "merge"
    AUTOSQUASH = "fixup"


@dataclass(frozen=True, slots=True)
class Problem:
    part: Part
    message: str
    """Plain text, without a full stop."""
    line: int = 0
    """From 1; 0 where a line is missing."""
    placeholder: bool = False
    """The line is there, but waits to be filled in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line of the format says, with the lines that continue it."""

    text: str
    line: int
    more: tuple[str, ...] = ()
    as_asked: bool = True
    """False where the form is not the format's: `Closes` for `Fixes`, a list item on its heading's line."""


@dataclass(frozen=True, slots=True)
class Message:
    subject: str
    fixes: tuple[Entry, ...]
    """What `Fixes`, `Closes` or `Resolves` name on lines of their own: issues, or placeholders of them."""
    severity: tuple[Entry, ...]
    changes: tuple[Entry, ...] | None
    """None where the heading is missing."""
    tested: tuple[Entry, ...] | None
    rollback: tuple[Entry, ...]
    free: tuple[str, ...]
    """The body's other lines."""
    trailers: tuple[str, ...]
    """At the end of the last paragraph: `Co-authored-by: ...`."""
    lines: tuple[str, ...]

    def mentions(self, repo: str = "") -> tuple[issues.Mention, ...]:
        """What the message says it fixes, anywhere."""
        return issues.fixed(((n, line) for n, line in enumerate(self.lines, 1)), repo)


def clean(text: str, comment: str = "#") -> str:
    """The message that git will keep of the file it gives a `commit-msg` hook: without comment lines and what follows
    the scissors. A comment begins in the first column, so `Fixes #7` and `- #7` are none.

    `comment` is git's `core.commentChar` (or `core.commentString`); `auto` is told from the file's last line.
    """
    lines = markdown.lines_of(text)
    if comment == "auto":
        last = next((line for line in reversed(lines) if line.strip()), "")
        comment = last[0] if last[:1] and last[0] in _COMMENT_CHARS else "#"
    comment = comment or "#"
    scissors = f"{comment} ------------------------ >8 ------------------------"
    kept: list[str] = []
    for line in lines:
        if line.rstrip() == scissors:
            break
        if not line.startswith(comment):
            kept.append(line)
    return _tidy(kept)


def parse(text: str) -> Message:
    """Read any text as a commit message. Raises nothing."""
    lines = markdown.lines_of(text.strip("\r\n"))
    body = [line.rstrip() for line in lines[1:]]
    while body and not body[-1]:
        body.pop()
    trailers = _trailers(body)
    reader = _Reader()
    for number, line in enumerate(body[: len(body) - len(trailers)], 2):
        reader.take(number, line)
    lists = reader.lists
    return Message(
        subject=lines[0].strip(),
        fixes=tuple(reader.fixes),
        severity=tuple(reader.severity),
        changes=tuple(lists[Part.CHANGES]) if Part.CHANGES in lists else None,
        tested=tuple(lists[Part.TESTED]) if Part.TESTED in lists else None,
        rollback=tuple(lists.get(Part.ROLLBACK, ())),
        free=tuple(reader.free),
        trailers=tuple(trailers),
        lines=tuple(lines),
    )


def problems(text: str) -> list[Problem]:
    """What keeps a message from the format, in the order of the format; empty when nothing does."""
    message = parse(text)
    if _MERGE.match(message.subject):
        return [Problem(Part.MERGE, "a merge commit has no place on a hotfix branch", 1)]
    if squash := _AUTOSQUASH.match(message.subject):
        return [Problem(Part.AUTOSQUASH, f"a {squash[0].split('!')[0]}! commit is still to be squashed", 1)]
    found = _in_subject(message)
    found += _in_fixes(message)
    found += _in_severity(message)
    found += _in_list(Part.CHANGES, message.changes)
    found += _in_list(Part.TESTED, message.tested)
    found += _in_rollback(message)
    return found


def corrected(text: str, *, issue: str | None = None, severity: Severity | None = None) -> str:
    """The message as the format wants it: what is there is kept, what is missing is a placeholder in brackets.

    `issue` and `severity` fill in what the message lacks and others know (the spec, another commit). Correcting
    twice changes nothing more.
    """
    if not problems(text):
        return _tidy(markdown.lines_of(text))
    message = parse(text)
    subject, rest = _corrected_subject(message)
    named = [e for e in message.fixes if not placeholders.is_whole(e.text)]
    if not named:
        said = issues.named(message.mentions())
        known = issue or (issues.shown(said[0]) if said else "")
        named = [Entry(known, 0)] if known else list(message.fixes[:1]) or [Entry(_ISSUE, 0)]
    lines = [subject, "", *rest, "", *message.free, ""]
    lines += [f"Fixes {e.text}" for e in named]
    lines += [f"Severity: {_corrected_severity(message, severity)}", "", "Changes:"]
    lines += _written(message.changes or (Entry(_CHANGE, 0),), "- ")
    lines += ["", "Tested:", *_written(message.tested or (Entry(_TEST, 0),), "- "), ""]
    lines += _written(message.rollback or (Entry(_ROLLBACK, 0),), "Rollback: ")
    return _tidy([*lines, "", *message.trailers])


def template(
    description: str | None = None,
    *,
    issue: str | None = None,
    severity: Severity | str | None = None,
    changes: Sequence[str] = (),
    tested: Sequence[str] = (),
    rollback: str | None = None,
) -> str:
    """A message to fill in; what is given is filled in already."""
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


@dataclass(slots=True)
class _Reader:
    """Takes the body line by line; `open` is the part that the next items and indented lines belong to."""

    fixes: list[Entry] = field(default_factory=list)
    severity: list[Entry] = field(default_factory=list)
    lists: dict[Part, list[Entry]] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)
    open: Part | None = None
    indent: int = 0

    def take(self, number: int, line: str) -> None:
        if named := _FIELD.match(line):
            self._field(Part(f"{named[1].capitalize()}:"), named[2].strip(), number)
        elif (closes := _CLOSES.match(line)) and _names_issue(line[closes.end() :]):
            self.open = None
            exact = closes[1].casefold() == "fixes"
            self.fixes.append(Entry(line[closes.end() :].strip(), number, as_asked=exact))
        elif not (line and self.open) or not self._in_open(self.lists[self.open], number, line):
            if line or self.open is Part.ROLLBACK:
                self.open = None
            self.free.append(line)

    def _field(self, part: Part, value: str, number: int) -> None:
        if part is Part.SEVERITY:
            self.open = None
            self.severity.append(Entry(value, number))
            return
        self.open = part
        self.indent = -1
        entries = self.lists.setdefault(part, [])
        if value:
            entries.append(Entry(value, number, as_asked=part is Part.ROLLBACK))

    def _in_open(self, entries: list[Entry], number: int, line: str) -> bool:
        """Does the line belong to the open part? Then it is taken."""
        indent = len(line) - len(line.lstrip())
        if self.open is Part.ROLLBACK:
            if not entries:
                entries.append(Entry(line.strip(), number))
                return True
            if indent == 0:
                return False
        elif (item := _ITEM.match(line)) and (self.indent < 0 or indent <= self.indent + 1):
            self.indent = indent
            if item[1]:
                entries.append(Entry(item[1].strip(), number))
            return True
        elif not indent or not entries:
            return False
        last = entries[-1]
        entries[-1] = Entry(last.text, last.line, (*last.more, line[max(self.indent, 0) :]), last.as_asked)
        return True


def _names_issue(text: str) -> bool:
    return bool(issues.listed(text, 0)[0]) or placeholders.is_whole(text)


def _trailers(body: list[str]) -> list[str]:
    start = len(body)
    while start and _TRAILER.match(body[start - 1]) and not _FIELD.match(body[start - 1]):
        if _CLOSES.match(body[start - 1]):
            break
        start -= 1
    return body[start:]


def _in_subject(message: Message) -> list[Problem]:
    found = []
    subject = message.subject
    if not subject.startswith(PREFIX) and subject != PREFIX.strip():
        found.append(Problem(Part.SUBJECT, "the subject does not begin with `hotfix: `", 1))
    elif not (description := subject.removeprefix(PREFIX.strip()).strip()):
        found.append(Problem(Part.SUBJECT, "the subject says nothing after `hotfix:`", 1))
    elif placeholders.is_whole(description):
        found.append(Problem(Part.SUBJECT, f"the subject still holds the placeholder {description}", 1, True))
    if len(subject) > LONGEST_SUBJECT:
        found.append(
            Problem(Part.SUBJECT, f"the subject has {len(subject)} characters, more than {LONGEST_SUBJECT}", 1)
        )
    if len(message.lines) > 1 and message.lines[1].strip():
        found.append(Problem(Part.SUBJECT, "the line after the subject is not blank", 2))
    return found


def _in_fixes(message: Message) -> list[Problem]:
    named = [e for e in message.fixes if not placeholders.is_whole(e.text)]
    if any(e.as_asked for e in named):
        return []
    if named:
        return [Problem(Part.FIXES, f"write `Fixes {named[0].text}`, with that very word", named[0].line)]
    if message.fixes:
        left = message.fixes[0]
        return [Problem(Part.FIXES, f"`Fixes` still holds the placeholder {left.text}", left.line, True)]
    return [Problem(Part.FIXES, "the line `Fixes <issue>` is missing")]


def _in_severity(message: Message) -> list[Problem]:
    if not message.severity:
        return [Problem(Part.SEVERITY, "the line `Severity:` is missing")]
    first = message.severity[0]
    if placeholders.is_whole(first.text):
        return [Problem(Part.SEVERITY, f"`Severity:` still holds the placeholder {first.text}", first.line, True)]
    several = frozenset[Severity]().union(*(severities.choices(e.text) for e in message.severity))
    if len(several) > 1:
        return [Problem(Part.SEVERITY, f"`Severity:` names {' and '.join(sorted(several))}: choose one", first.line)]
    if not several:
        return [Problem(Part.SEVERITY, "`Severity:` is none of P0, P1, P2", first.line)]
    return []


def _in_list(part: Part, entries: tuple[Entry, ...] | None) -> list[Problem]:
    if entries is None:
        return [Problem(part, f"the list `{part}` is missing")]
    if not entries:
        return [Problem(part, f"the list `{part}` is empty")]
    found = [
        Problem(part, f"`{part}` still holds the placeholder {e.text}", e.line, True)
        for e in entries
        if placeholders.is_whole(e.text)
    ]
    return found + [
        Problem(part, f"what `{part}` says must be a list, each line with `- `", e.line)
        for e in entries
        if not e.as_asked
    ]


def _in_rollback(message: Message) -> list[Problem]:
    if not message.rollback:
        return [Problem(Part.ROLLBACK, "the line `Rollback:` is missing")]
    for entry in message.rollback:
        for text in (entry.text, *entry.more):
            if left := placeholders.find(text) or (text.strip() if placeholders.is_whole(text) else None):
                hint = "; no commit knows its own SHA, `git revert HEAD` will do" if "sha" in left.casefold() else ""
                why = f"`Rollback:` still holds the placeholder {left}{hint}"
                return [Problem(Part.ROLLBACK, why, entry.line, True)]
    return []


def _corrected_subject(message: Message) -> tuple[str, list[str]]:
    """The subject, and what of it did not fit."""
    subject = _AUTOSQUASH.sub("", message.subject, count=1) if _AUTOSQUASH.match(message.subject) else message.subject
    if not subject.startswith(PREFIX) and (like := _LIKE_PREFIX.match(subject)):
        subject = f"{like[1] + ': ' if like[1] else ''}{subject[like.end() :]}"
    description = subject.removeprefix(PREFIX).strip() or _DESCRIPTION
    subject = PREFIX + description
    if len(subject) <= LONGEST_SUBJECT:
        return subject, []
    room = LONGEST_SUBJECT - len(" ...")
    cut = subject.rfind(" ", len(PREFIX), room + 1)
    cut = cut if cut > len(PREFIX) else room
    return f"{subject[:cut].rstrip()} ...", [f"... {subject[cut:].strip()}"]


def _corrected_severity(message: Message, known: Severity | None) -> str:
    said = [e.text for e in message.severity if e.text]
    if said and not _in_severity(message):
        return said[0]
    if known:
        return known
    if not said or placeholders.is_whole(said[0]):
        return said[0] if said else _SEVERITY
    words = " / ".join(said).translate(str.maketrans("[]", "()"))
    return f"{_SEVERITY[:-1]}; it says: {words}]"


def _written(entries: Sequence[Entry], start: str) -> list[str]:
    lines = []
    for entry in entries:
        lines.append(f"{start}{entry.text}")
        lines += [more if more.startswith("  ") else f"  {more.lstrip()}" for more in entry.more]
    return lines


def _tidy(lines: Sequence[str]) -> str:
    """Without trailing space, doubled blank lines, and blank lines at either end; one line end at the end."""
    kept: list[str] = []
    for line in (line.rstrip() for line in lines):
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return "".join(f"{line}\n" for line in kept)
