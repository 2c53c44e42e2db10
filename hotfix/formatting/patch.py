"""Parse unified diffs from GitHub and git into hunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADER = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")


CONTEXT = 3
"""Number of context lines that git and GitHub show around a change; fewer only at the ends of a file."""
LONG = 3_000
"""Number of characters after which a hunk is split between two changes, since close changes share a hunk."""


@dataclass(slots=True)
class ChangeGroup:
    """A run of removed and added lines, between unchanged ones."""

    old: range
    """Indexes into the hunk's old side."""
    new: range
    new_line: int
    """Line number in the head; of the following line if nothing was added."""


@dataclass(slots=True)
class Hunk:
    """The text on both sides of a hunk, and the groups of changed lines."""

    old_start: int
    new_start: int
    old: list[str] = field(default_factory=list)
    """Lines before the change, without line ends."""
    new: list[str] = field(default_factory=list)
    groups: list[ChangeGroup] = field(default_factory=list)


def _following(hunk: Hunk) -> Hunk:
    """Return a hunk without changes that begins with the last lines of the previous one as context."""
    old, new = hunk.old[-CONTEXT:], hunk.new[-CONTEXT:]
    before = hunk.old_start + len(hunk.old) - len(old), hunk.new_start + len(hunk.new) - len(new)
    return Hunk(*before, old, new)


def hunks(patch: str) -> Iterator[Hunk]:
    """Yield the hunks of one file's patch, splitting long ones; anything before the first `@@` is ignored."""
    hunk: Hunk | None = None
    group: ChangeGroup | None = None
    size = unchanged = 0
    for line in patch.removesuffix("\n").split("\n"):
        sign, text = line[:1], line[1:]
        if header := _HEADER.match(line):
            if hunk:
                yield hunk
            hunk, group = Hunk(int(header[1]), int(header[2])), None
            size = unchanged = 0
        elif hunk is None or sign == "\\":
            continue
        elif sign == "-" or sign == "+":
            size += len(text)
            unchanged = 0
            if group is None:
                at, to = len(hunk.old), len(hunk.new)
                # The start of an empty side is the line before it.
                group = ChangeGroup(range(at, at), range(to, to), max(hunk.new_start, 1) + to)
                hunk.groups.append(group)
            if sign == "-":
                hunk.old.append(text)
                group.old = range(group.old.start, len(hunk.old))
            else:
                hunk.new.append(text)
                group.new = range(group.new.start, len(hunk.new))
        else:
            hunk.old.append(text)
            hunk.new.append(text)
            group = None
            size += len(text)
            unchanged += 1
            if unchanged == CONTEXT and size > LONG:
                yield hunk
                hunk = _following(hunk)
                size = 0
    if hunk:
        yield hunk
