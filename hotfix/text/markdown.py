"""Markdown as far as a spec needs it: lines, headings, what is code and what is a comment. Linear in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})([^\n]*)$")
_LABEL = re.compile(
    r"(?:[-*+]\s+|\d{1,3}[.)]\s+)?(?:\[[ xX]\]\s+)?"
    r"[*_]{0,3}([A-Za-z][A-Za-z /-]{0,40}?)[*_]{0,3}[ \t]{0,3}:[*_]{0,3}(.*)$"
)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+(?:\[([ xX])\](?=[ \t]|$))?[ \t]*(.*))?$")
_CODE_SPAN = re.compile(r"`[^`]*`")


class Kind(StrEnum):
    """What a line is."""

    TEXT = "text"
    HEADING = "heading"
    QUOTE = "quote"
    CODE = "code"
    """A line in a code fence, or the fence itself."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text."""

    number: int
    """From 1."""
    text: str
    """Without HTML comments; of a heading its words alone."""
    kind: Kind
    level: int = 0
    """Of a heading, 1 to 6."""

    @property
    def prose(self) -> str:
        """The text without code; empty for a line of code."""
        return "" if self.kind is Kind.CODE else without_code(self.text)


@dataclass(frozen=True, slots=True)
class Item:
    """A list item's line."""

    text: str
    box: str = ""
    """A task's box: ` ` or `x`; empty when it has none."""


def lines_of(text: str) -> list[str]:
    """Lines by any line end; other separators that `str.splitlines` knows are no line ends on GitHub."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def scan(text: str) -> tuple[Line, ...]:
    """The lines of a Markdown text. Headings in code fences and comments are none."""
    found = []
    fence = ""
    in_comment = False
    for number, raw in enumerate(lines_of(text), 1):
        if fence:
            found.append(Line(number, raw, Kind.CODE))
            mark = raw.strip()
            if len(mark) >= len(fence) and not mark.strip(fence[0]):
                fence = ""
            continue
        line, in_comment, touched = _without_comments(raw, in_comment)
        if touched and not line.strip():
            found.append(Line(number, "", Kind.TEXT))
        elif (opened := _FENCE.match(line)) and not (opened[1][0] == "`" and "`" in opened[2]):
            fence = opened[1]
            found.append(Line(number, line, Kind.CODE))
        elif heading := _HEADING.match(line):
            found.append(Line(number, _without_closing(heading[2] or ""), Kind.HEADING, len(heading[1])))
        elif line.lstrip().startswith(">"):
            found.append(Line(number, line, Kind.QUOTE))
        else:
            found.append(Line(number, line, Kind.TEXT))
    return tuple(found)


def item(text: str) -> Item | None:
    """The list item that a line is, bullet, number or task; None when it is none."""
    match = _ITEM.match(text)
    return Item((match[2] or "").strip(), (match[1] or "").lower()) if match else None


def label(text: str) -> tuple[str, str] | None:
    """`- **Severity:** P0` -> (`severity`, `P0`); None when the line is not so."""
    match = _LABEL.match(text.strip())
    return (match[1].strip().casefold(), match[2].strip()) if match else None


def without_code(text: str) -> str:
    """A line without its inline code."""
    return _CODE_SPAN.sub(" ", text)


def _without_closing(heading: str) -> str:
    """`Problem ##` -> `Problem`."""
    heading = heading.strip()
    bare = heading.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else heading


def _without_comments(line: str, inside: bool) -> tuple[str, bool, bool]:
    """The line without HTML comments, whether one is still open at its end, and whether there was one."""
    if not inside and "<!--" not in line:
        return line, False, False
    kept: list[str] = []
    at = 0
    while at < len(line):
        if inside:
            end = line.find("-->", at)
            if end < 0:
                return "".join(kept), True, True
            at, inside = end + 3, False
            continue
        start = line.find("<!--", at)
        if start < 0:
            kept.append(line[at:])
            break
        before = line[at:start]
        kept.append(before)
        if before.count("`") % 2:
            close = line.find("`", start)
            stop = close + 1 if close >= 0 else len(line)
            kept.append(line[start:stop])
            at = stop
        else:
            at, inside = start + 4, True
    return "".join(kept), inside, True
