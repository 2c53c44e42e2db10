"""Which changes of a patch are layout alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hotfix.formatting.patch import Group, Hunk, hunks
from hotfix.formatting.syntax import Spaces, Syntax, syntax_of
from hotfix.formatting.tokens import Token, plain_lines, tokens

# What two texts with the same tokens may differ in: white space, joined lines, signs that begin a comment's line.
_NO_TOKEN = re.compile(r"[\s\\/*#;%<>!(){}\[\]-]+")
_CONTEXT = 3
"""Lines that git and GitHub show around a change; fewer only where the file ends."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A run of changed lines that says the same as before."""

    line: int
    """In the head, 1-based."""
    end_line: int
    what: str
    """`line ends`, `blank lines`, `indentation`, `white space` or `line breaks`."""


@dataclass(slots=True)
class _Judged:
    group: Group
    hunk: Hunk
    what: str = ""
    """Empty for a real change."""
    nests: bool = False
    """A real change that opens or closes a block, so that others must be indented anew."""


def layout_changes(path: str, patch: str, *, closely: bool = True) -> list[Layout]:
    """The runs of changed lines whose tokens are the same on both sides. Raises nothing on any text.

    Unless `closely`, lines are compared as a whole: for what would take too long otherwise.
    """
    syntax = syntax_of(path)
    read = tokens if closely else plain_lines
    parsed = list(hunks(patch))
    has_context = any(len(h.old) > sum(len(g.old) for g in h.groups) for h in parsed)
    judged = [one for hunk in parsed for one in _judge(hunk, syntax, read, has_context)]
    _excuse(judged, syntax)
    return [Layout(j.group.new_line, j.group.new_line + max(len(j.group.new), 1) - 1, j.what) for j in judged if j.what]


Reader = Callable[[Sequence[str], Syntax], list[list[Token]]]


def _judge(hunk: Hunk, syntax: Syntax, read: Reader, has_context: bool) -> list[_Judged]:
    judged = [_Judged(group, hunk) for group in hunk.groups]
    candidates = [j for j in judged if _squashed(hunk.old, j.group.old) == _squashed(hunk.new, j.group.new)]
    whole = _squashed(hunk.old) == _squashed(hunk.new)
    if candidates or whole:
        old, new = read(_without_returns(hunk.old), syntax), read(_without_returns(hunk.new), syntax)
        for one in candidates:
            if _in(old, one.group.old) == _in(new, one.group.new):
                one.what = _what(hunk, one.group)
        # A diff may pair lines such that no group makes sense by itself.
        if whole and (_in(old) == _in(new) or _same_structure(hunk, syntax, old, new, has_context)):
            for one in judged:
                one.what = one.what or _what(hunk, one.group)
    for one in judged:
        one.nests = not one.what and _nests(hunk, one.group, syntax)
    return judged


def _squashed(lines: Sequence[str], span: range | None = None) -> str:
    """What is left of the lines without anything that layout may add or take: unequal means a real change."""
    return _NO_TOKEN.sub("", "\n".join(lines[span.start : span.stop] if span is not None else lines))


def _without_returns(lines: Sequence[str]) -> list[str]:
    return [line.removesuffix("\r") for line in lines]


def _in(lines: Sequence[list[Token]], span: range | None = None) -> list[Token]:
    return [token for line in (lines[span.start : span.stop] if span is not None else lines) for token in line]


def _without_indent(found: Sequence[Token]) -> list[Token]:
    return [token for token in found if token[0] != "indent"]


def _what(hunk: Hunk, group: Group) -> str:
    old = _without_returns(hunk.old[group.old.start : group.old.stop])
    new = _without_returns(hunk.new[group.new.start : group.new.stop])
    if old == new:
        return "line ends"
    old, new = [line for line in old if line.strip()], [line for line in new if line.strip()]
    if old == new:
        return "blank lines"
    if [line.rstrip() for line in old] == [line.rstrip() for line in new]:
        return "white space"
    if [line.strip() for line in old] == [line.strip() for line in new]:
        return "indentation"
    return "white space" if len(old) == len(new) else "line breaks"


def _same_structure(hunk: Hunk, syntax: Syntax, old: list[list[Token]], new: list[list[Token]], context: bool) -> bool:
    """Where indentation is meaning: are the blocks of the whole hunk the same, only wider or narrower?

    The lines around the hunk keep their indentation, so its first line must not move, nor its last one unless
    the file ends there.
    """
    if syntax.spaces is Spaces.EXACT and not syntax.flow:
        return False
    if _without_indent(_in(old)) != _without_indent(_in(new)):
        return False
    before, after = _indents(old), _indents(new)
    if not before or len(before) != len(after):
        return False
    first = before[0] == after[0] or hunk.old_start <= 1
    rest = len(hunk.old) - hunk.groups[-1].old.stop
    ends = (context and rest < _CONTEXT) or hunk.old_start <= 1
    last = before[-1] == after[-1] or ends
    return first and last and _blocks(before) == _blocks(after)


def _indents(lines: list[list[Token]]) -> list[int]:
    return [int(value) if value.isdigit() else len(value) for line in lines for kind, value in line if kind == "indent"]


def _blocks(indents: list[int]) -> list[tuple[str, int]]:
    """Steps in and out; a step out of what the hunk shows is known by its width alone."""
    stack, steps = [indents[0]], []
    for width in indents[1:]:
        if width > stack[-1]:
            stack.append(width)
            steps.append(("in", 1))
            continue
        depth = len(stack)
        while stack and stack[-1] > width:
            stack.pop()
        if stack and stack[-1] == width:
            steps.append(("out", depth - len(stack)))
        else:
            stack.append(width)
            steps.append(("to", width))
    return steps


def _nests(hunk: Hunk, group: Group, syntax: Syntax) -> bool:
    if not syntax.braces:
        return True
    return _balance(hunk.old, group.old) != _balance(hunk.new, group.new)


def _balance(lines: Sequence[str], span: range) -> int:
    text = "".join(lines[span.start : span.stop])
    return sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")


def _excuse(judged: list[_Judged], syntax: Syntax) -> None:
    """Layout that a real change brings with it: what a new block indents, blank lines beside new code."""
    nesting = [n for n, one in enumerate(judged) if one.nests]
    if nesting and not syntax.indent:
        last = nesting[-1] if len(nesting) > 1 else len(judged)
        for one in judged[nesting[0] : last]:
            if one.what == "indentation":
                one.what = ""
    for one, other in pairwise(judged):
        if one.hunk is not other.hunk:
            continue
        between = one.hunk.old[one.group.old.stop : other.group.old.start]
        if any(line.strip() for line in between):
            continue
        if one.what == "blank lines" and not other.what:
            one.what = ""
        elif other.what == "blank lines" and not one.what:
            other.what = ""
