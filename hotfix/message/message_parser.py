"""Parse a commit message into the parts of the format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from hotfix.text import issue_references, markdown, placeholders
from hotfix.text.lazy_pattern import lazy_pattern

_CLOSES = lazy_pattern(r"(fix(?:e[sd])?|close[sd]?|resolve[sd]?)(?:\s{0,3}:\s*|\s+)", re.IGNORECASE)
_FIELD = lazy_pattern(r"\*{0,2}(severity|changes|tested|rollback)\*{0,2}\s{0,3}:\*{0,2}(.*)$", re.IGNORECASE)
_ITEM = lazy_pattern(r"\s*(?:[-*+]|\d{1,3}[.)])(?:\s+(.*))?$")
_OTHER_BULLET = lazy_pattern(r"\s*[-*+•·–—]\s*")
_LIST = lazy_pattern(r"\*{0,2}(?:changes|tested|rollback)\*{0,2}\s{0,3}:", re.IGNORECASE)
_TRAILER = lazy_pattern(
    r"[A-Za-z][A-Za-z0-9-]{0,60}[ \t]{0,3}:[ \t]+\S|[A-Za-z][A-Za-z0-9]{0,30}-[A-Za-z0-9-]{0,30}:\S"
)
_GIT_TRAILER = lazy_pattern(r"Signed-off-by: |\(cherry picked from commit [0-9a-f]{7,64}\)")
"""Lines that git itself writes into a block of trailers."""
_CO_AUTHOR = lazy_pattern(r"[ \t]*co-?(?:authored|developed)-by[ \t]*:(.*)", re.IGNORECASE)
_MAIL = lazy_pattern(r"<([^<>]{1,350})>|([^\s<>(),;@]{1,100}@[^\s<>(),;@]{1,250})")
LONGEST = 10_000
"""Maximum length of a message in characters; a longer one violates the format."""
_COMMENT_CHARS = "#;@!$%^&|:"


class MessagePart(StrEnum):
    """The part of the format that a problem is about. `merge`, `fixup` and `length` concern the whole message."""

    SUBJECT = "subject"
    FIXES = "Fixes"
    SEVERITY = "Severity:"
    CHANGES = "Changes:"
    TESTED = "Tested:"
    ROLLBACK = "Rollback:"
    MERGE = "merge"
    AUTOSQUASH = "fixup"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """The value of a line of the format, with its continuation lines."""

    text: str
    line: int
    more: tuple[str, ...] = ()
    as_asked: bool = True
    """False if it deviates from the format: `Closes` instead of `Fixes`, a list item on the line of its heading."""


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed commit message."""

    subject: str
    fixes: tuple[MessageEntry, ...]
    """The issues, or placeholders for them, after `Fixes`, `Closes` or `Resolves` on lines of their own."""
    severity: tuple[MessageEntry, ...]
    changes: tuple[MessageEntry, ...] | None
    """None if the heading is missing."""
    tested: tuple[MessageEntry, ...] | None
    rollback: tuple[MessageEntry, ...]
    free: tuple[str, ...]
    """The body's other lines."""
    trailers: tuple[str, ...]
    """The block of trailers at the end: `Co-authored-by: ...`, continuation lines, `(cherry picked from ...)`, without
    the lines of the format within it."""
    lines: tuple[str, ...]
    too_long: bool = False
    """Whether the message is longer than LONGEST, so that the rest was not parsed."""

    def mentions(self, repo: str = "") -> tuple[issue_references.Mention, ...]:
        """Return the issues that the message says it fixes, except in quotations."""
        return _mentions(self.lines, repo)


def clean(text: str, comment: str = "#") -> str:
    """Return the message that git keeps from a `commit-msg` hook's file: without comments and all below the scissors.

    Comments begin in the first column, so `Fixes #7` and `- #7` are not comments. `comment` is git's
    `core.commentChar` (or `core.commentString`); `auto` is detected from the file's last line.
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
    return tidy(kept)


def parse(text: str) -> Message:
    """Parse any text as a commit message. Never raises; the text beyond LONGEST is ignored."""
    return _parse(text[: LONGEST + 1])


@lru_cache(128)  # several rules read the same few messages
def _parse(text: str) -> Message:
    lines = markdown.lines_of(text[:LONGEST].strip("\r\n"))
    body = [line.rstrip() for line in lines[1:]]
    while body and not body[-1]:
        body.pop()
    trailers = _trailers(body)
    reader = _Reader()
    for at, line in enumerate(body):
        if at not in trailers:
            reader.take(at + 2, line)
    lists = reader.lists
    return Message(
        subject=lines[0].strip(),
        fixes=tuple(reader.fixes),
        severity=tuple(reader.severity),
        changes=tuple(lists[MessagePart.CHANGES]) if MessagePart.CHANGES in lists else None,
        tested=tuple(lists[MessagePart.TESTED]) if MessagePart.TESTED in lists else None,
        rollback=tuple(lists.get(MessagePart.ROLLBACK, ())),
        free=tuple(reader.free),
        trailers=tuple(body[at] for at in trailers),
        lines=tuple(lines),
        too_long=len(text) > LONGEST,
    )


def co_authors(text: str) -> tuple[str, ...]:
    """Return the unique email addresses of the co-authors that a message names in any form of `Co-authored-by:`.

    Lines anywhere in the message are recognized, including folded ones and addresses without brackets.
    """
    found: dict[str, str] = {}
    names = False
    for line in markdown.lines_of(text):
        if trailer := _CO_AUTHOR.match(line):
            names, said = True, trailer[1]
        else:
            names, said = names and line[:1] in (" ", "\t"), line
        if names:
            for bracketed, bare in _MAIL.findall(said):
                mail = (bracketed or bare).strip()
                found.setdefault(mail.casefold(), mail)
    return tuple(found.values())


@lru_cache(512)  # several rules need this
def _mentions(lines: tuple[str, ...], repo: str) -> tuple[issue_references.Mention, ...]:
    said = [(number, line) for number, line in enumerate(lines, 1) if not line.startswith(">")]
    return issue_references.fixed(said, repo)


def tidy(lines: Sequence[str]) -> str:
    """Return the lines without trailing spaces, repeated blank lines, and blank lines at either end."""
    kept: list[str] = []
    for line in (line.rstrip() for line in lines):
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return "".join(f"{line}\n" for line in kept)


@dataclass(slots=True)
class _Reader:
    """Line-by-line parser of the body; `open` is the part that following items and indented lines belong to."""

    fixes: list[MessageEntry] = field(default_factory=list)
    severity: list[MessageEntry] = field(default_factory=list)
    lists: dict[MessagePart, list[MessageEntry]] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)
    open: MessagePart | None = None
    indent: int = 0

    def take(self, number: int, line: str) -> None:
        if named := _FIELD.match(line):
            self._field(MessagePart(f"{named[1].capitalize()}:"), named[2].strip(), number)
        elif (said := _closing(line, in_list=bool(self.open))) is not None:
            self.open = None
            self.fixes.append(MessageEntry(said[0], number, as_asked=said[1]))
        elif not (line and self.open) or not self._in_open(self.lists[self.open], number, line):
            if line or (self.open is MessagePart.ROLLBACK and self.lists[self.open]):
                self.open = None
            self.free.append(line)

    def _field(self, part: MessagePart, value: str, number: int) -> None:
        if part is MessagePart.SEVERITY:
            self.open = None
            self.severity.append(MessageEntry(value, number))
            return
        self.open = part
        self.indent = -1
        entries = self.lists.setdefault(part, [])
        if value:
            entries.append(MessageEntry(value, number, as_asked=part is MessagePart.ROLLBACK))

    def _in_open(self, entries: list[MessageEntry], number: int, line: str) -> bool:
        """Add the line to the open part if it belongs there; return whether it does."""
        indent = len(line) - len(line.lstrip())
        if self.open is MessagePart.ROLLBACK:
            if not entries:
                entries.append(MessageEntry(line.strip(), number))
                return True
            if indent == 0:
                return False
        elif (item := _ITEM.match(line)) and (self.indent < 0 or indent <= self.indent + 1):
            self.indent = indent
            if item[1]:
                entries.append(MessageEntry(item[1].strip(), number))
            return True
        elif not _TRAILER.match(line) and (not entries or not (indent or entries[-1].as_asked)):
            bullet = _OTHER_BULLET.match(line)
            entries.append(MessageEntry(line[bullet.end() if bullet else 0 :].strip(), number, as_asked=False))
            return True
        elif not indent or not entries:
            return False
        last = entries[-1]
        entries[-1] = MessageEntry(last.text, last.line, (*last.more, line[max(self.indent, 0) :]), last.as_asked)
        return True


def _closing(line: str, *, in_list: bool) -> tuple[str, bool] | None:
    """Return the issue in a line such as `Fixes #7`, and whether the line has exactly that form."""
    bare = line if in_list else line.lstrip("-*+ ")
    if not (closes := _CLOSES.match(bare)):
        return None
    said = bare[closes.end() :]
    kind = issue_references.KIND.match(said)
    if not (issue_references.listed(said, kind.end() if kind else 0)[0] or placeholders.is_whole(said)):
        return None
    return said.strip(), closes[1].casefold() == "fixes" and bare == line


def _trailers(body: list[str]) -> list[int]:
    """Return the indexes of the lines in the trailer block at the end, as git detects it, without lines of the format.

    The block begins after the last list of the format. A block that git itself wrote to may contain other lines, as
    long as at least a quarter of its lines are trailers.
    """
    start = len(body)
    while start and body[start - 1]:
        start -= 1
    last = max((at for at in range(start, len(body)) if _LIST.match(body[at])), default=None)
    if last is not None:
        start = last + 1
    while start < len(body) and (body[start][0].isspace() or (last is not None and _ITEM.match(body[start]))):
        start += 1  # continuation of the list
    block: list[int] = []
    of_format = False
    for at in range(start, len(body)):
        if not body[at][0].isspace():
            of_format = bool(_FIELD.match(body[at])) or _closing(body[at], in_list=False) is not None
        if not of_format:
            block.append(at)
    lines = [body[at] for at in block]
    folded = sum(line[0].isspace() for line in lines)
    trailers = sum(bool(_TRAILER.match(line) or _GIT_TRAILER.match(line)) for line in lines)
    others = len(lines) - folded - trailers
    from_git = any(_GIT_TRAILER.match(line) for line in lines)
    return block if trailers and (not others or (from_git and trailers * 3 >= others)) else []
