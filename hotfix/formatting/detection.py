"""Find the layout-only changes of a patch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from hotfix.formatting.alignment import segments
from hotfix.formatting.code_tokens import SCRIPTS, CodeToken, may_lex, plain_lines, tokens
from hotfix.formatting.meaningful_space import mark
from hotfix.formatting.normal_form import normal_form
from hotfix.formatting.patch import CONTEXT, ChangeGroup, Hunk, hunks
from hotfix.formatting.syntax import Spaces, Syntax, syntax_in
from hotfix.text.lazy_pattern import lazy_pattern

# Characters in which texts with the same tokens may differ: white space, line continuations, comment markers, trailing
# commas, quote styles.
_NO_TOKEN = re.compile(r"[\s\\/*#;%<>!(){}\[\],\"'-]+")
_MAY_GO = re.compile(rf"\b(?:begin|end)\b|[=|&]|{_NO_TOKEN.pattern}")
"""Further text that may not be a token: the leading operator of a union, the delimiters of a comment."""
_SIGNS = re.compile(r"[\s\\/*#;%<>!(){}\[\]-]+")
_WORD = re.compile(r"\w")
_CONTINUED = re.compile(r"\s?\\\Z")
_TAG = lazy_pattern(r"</|/>|<(?=[A-Za-z>])")
_FEW_PAIRS = 2_500
"""Maximum number of line pairs that are compared to avoid running a lexer."""


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """A run of changed lines with the same tokens as before."""

    line: int
    """First line in the head, 1-based."""
    end_line: int
    what: str
    """The kind: `line ends`, `blank lines`, `indentation`, `white space`, `line breaks`, or `layout` (punctuation)."""


@dataclass(slots=True)
class _Run:
    group: ChangeGroup
    hunk: Hunk
    what: str = ""
    """Empty for a real change."""
    nests: bool = False
    """Whether it is a real change that opens or closes a block, so that other lines must be reindented."""


def layout_changes(path: str, patch: str, *, closely: bool = True) -> list[LayoutChange]:
    """Return the runs of changed lines, or parts of runs, whose tokens are the same on both sides.

    Unless `closely`, lines are compared as a whole, for changes that would take too long otherwise. Never raises.
    """
    syntax = syntax_in(path, patch)
    parsed = list(hunks(patch))
    has_context = any(len(h.old) > sum(len(g.old) for g in h.groups) for h in parsed)
    runs = [run for hunk in parsed for run in _compare(hunk, syntax, has_context, closely)]
    _excuse(runs, syntax)
    found = [
        LayoutChange(r.group.new_line, r.group.new_line + max(len(r.group.new), 1) - 1, r.what) for r in runs if r.what
    ]
    return _joined(found)


def _joined(found: list[LayoutChange]) -> list[LayoutChange]:
    """Merge adjacent layout changes of the same kind."""
    joined: list[LayoutChange] = []
    for layout in found:
        if joined and joined[-1].what == layout.what and joined[-1].end_line + 1 == layout.line:
            layout = LayoutChange(joined.pop().line, layout.end_line, layout.what)
        joined.append(layout)
    return joined


def _compare(hunk: Hunk, syntax: Syntax, has_context: bool, closely: bool) -> list[_Run]:
    runs = [_Run(group, hunk) for group in hunk.groups]
    candidates = [run for run in runs if _squashed(hunk.old, run.group.old) == _squashed(hunk.new, run.group.new)]
    whole = _squashed(hunk.old) == _squashed(hunk.new)
    if not candidates and not whole and not any(_may_pair(hunk, run.group) for run in runs):
        old = new = []
    else:
        # Both sides must be tokenized in the same way.
        lexed = closely and may_lex(hunk.old, syntax) and may_lex(hunk.new, syntax)
        old, new = (_tokens(side, syntax, closely, lexed=lexed) for side in (hunk.old, hunk.new))
    for run in candidates:
        if (
            _continued(hunk.old, run.group.old) == _continued(hunk.new, run.group.new)
            and _in(old, run.group.old) == _in(new, run.group.new)
            and _following(old, run.group.old) == _following(new, run.group.new)
        ):
            run.what = _what(hunk, run.group)
    # A diff may pair lines such that single groups are meaningless.
    if whole and (_in(old) == _in(new) or _same_structure(hunk, syntax, old, new, has_context)):
        for run in runs:
            run.what = run.what or _what(hunk, run.group)
    for run in runs:
        balanced = syntax.braces and _balance(hunk.old, run.group.old) == _balance(hunk.new, run.group.new)
        run.nests = not run.what and not balanced
    parts = _Parts(hunk, syntax, old, new)
    return [part for run in runs for part in ([run] if run.what else [run, *parts.of(run)])]


def _tokens(lines: Sequence[str], syntax: Syntax, closely: bool, *, lexed: bool) -> list[list[CodeToken]]:
    lines = _without_returns(lines)
    if syntax.raw:
        return [[("string", line)] for line in lines]
    found = tokens(lines, syntax if lexed else replace(syntax, lexer="")) if closely else plain_lines(lines, syntax)
    mark(lines, found, syntax)
    return normal_form(found, syntax) if closely else found


class _Parts:
    """Finder of lines with unchanged tokens within runs that really changed."""

    def __init__(self, hunk: Hunk, syntax: Syntax, old: list[list[CodeToken]], new: list[list[CodeToken]]) -> None:
        self._hunk, self._syntax, self._old, self._new = hunk, syntax, old, new
        self._reindented = syntax.indent and _is_reindented(hunk, syntax, old, new)

    def of(self, run: _Run) -> Iterator[_Run]:
        """Yield the layout-only parts of a run, each with its kind of change."""
        group = run.group
        if not group.old or not group.new or not self._old:
            return
        old = self._old[group.old.start : group.old.stop]
        new = self._new[group.new.start : group.new.stop]
        if self._reindented:
            old, new = [_without_indent(line) for line in old], [_without_indent(line) for line in new]
        for before, after in segments(old, new):
            part = ChangeGroup(
                _shifted(before, group.old.start), _shifted(after, group.new.start), group.new_line + after.start
            )
            what = self._what(part)
            if what and any(_WORD.search(text) for _, text in _in(self._new, part.new)):
                yield _Run(part, self._hunk, what)

    def _what(self, part: ChangeGroup) -> str:
        hunk = self._hunk
        before, after = hunk.old[part.old.start : part.old.stop], hunk.new[part.new.start : part.new.stop]
        if before == after or _continued(hunk.old, part.old) != _continued(hunk.new, part.new):
            return ""
        if _ends_in_comma(before) != _ends_in_comma(after):
            return ""  # the comma depends on the following bracket, which really changed
        what = _what(hunk, part)
        if what == "blank lines":
            return ""  # they belong to the new code next to them
        return "" if what == "indentation" and self._is_moved(part) else what

    def _is_moved(self, part: ChangeGroup) -> bool:
        """Return whether a bracket or element opened or closed above may explain the changed indentation."""
        if not (self._syntax.braces or self._syntax.indent):
            return True
        before, after = self._depths
        return before[part.old.start] != after[part.new.start]

    @cached_property
    def _depths(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The numbers of open brackets and elements before each line, in the old and in the new text."""
        markup = self._syntax.lexer in SCRIPTS
        return _depths(self._hunk.old, markup), _depths(self._hunk.new, markup)


def _ends_in_comma(lines: Sequence[str]) -> bool:
    return bool(lines) and lines[-1].rstrip().endswith(",")


def _continued(lines: Sequence[str], span: range) -> str:
    """Return the backslash that continues the last line, with a space before it; empty if there is none."""
    found = _CONTINUED.search(lines[span.stop - 1]) if span else None
    return found[0] if found else ""


def _shifted(span: range, by: int) -> range:
    return range(span.start + by, span.stop + by)


def _is_reindented(hunk: Hunk, syntax: Syntax, old: list[list[CodeToken]], new: list[list[CodeToken]]) -> bool:
    """Return whether significant indentation only became wider or narrower, alongside real changes.

    Each old width maps to one new width, in the same order, and lines that really changed use no other widths.
    """
    if not old or (syntax.spaces is Spaces.EXACT and not syntax.flow):
        return False
    widths: dict[int, int] = {}
    old_at, new_at = 0, 0
    unpaired: tuple[set[int], set[int]] = (set(), set())
    for group in [*hunk.groups, ChangeGroup(range(len(old), len(old)), range(len(new), len(new)), 0)]:
        pairs = list(zip(range(old_at, group.old.start), range(new_at, group.new.start), strict=False))
        paired = ({at for at, _ in pairs}, {at for _, at in pairs})
        found = segments(
            [_without_indent(line) for line in old[group.old.start : group.old.stop]],
            [_without_indent(line) for line in new[group.new.start : group.new.stop]],
        )
        for before, after in found:
            pairs.append((group.old.start + before.start, group.new.start + after.start))
            paired[0].update(_shifted(before, group.old.start))
            paired[1].update(_shifted(after, group.new.start))
        for a, b in pairs:
            before_width, after_width = _indents(old[a : a + 1]), _indents(new[b : b + 1])
            if len(before_width) != len(after_width):
                return False
            for width, then in zip(before_width, after_width, strict=True):
                if widths.setdefault(width, then) != then:
                    return False
        unpaired[0].update(_indents([old[at] for at in group.old if at not in paired[0]]))
        unpaired[1].update(_indents([new[at] for at in group.new if at not in paired[1]]))
        old_at, new_at = group.old.stop, group.new.stop
    ordered = [widths[width] for width in sorted(widths)]
    return (
        any(before != after for before, after in widths.items())
        and all(one < other for one, other in pairwise(ordered))
        and unpaired[0] <= widths.keys()
        and unpaired[1] <= set(ordered)
    )


def _squashed(lines: Sequence[str], span: range | None = None) -> str:
    """Return the lines without all text that layout may add or remove; if this differs, the change is real."""
    return _NO_TOKEN.sub("", "\n".join(lines[span.start : span.stop] if span is not None else lines))


def _may_pair(hunk: Hunk, group: ChangeGroup) -> bool:
    """Return whether lines before and after may have the same tokens; if not, they need not be lexed.

    False is always correct: lines with the same tokens have the same characters, except those that layout may add; and
    a blank line with a token can only have a different line end.
    """
    sides = hunk.old[group.old.start : group.old.stop], hunk.new[group.new.start : group.new.stop]
    if len({line.endswith("\r") for lines in sides for line in lines}) > 1:
        return all(sides)
    before, after = ([bare for line in lines if (bare := _bare(line))] for lines in sides)
    if len(before) * len(after) > _FEW_PAIRS:
        return True
    return any(_begin_alike(before[a:], after[b:]) for a in range(len(before)) for b in range(len(after)))


def _bare(line: str) -> str:
    """Return the characters of a line that layout can't remove; a placeholder if there are none."""
    return _MAY_GO.sub("", line) or _squashed([line]) or (line.strip() and "]")


def _begin_alike(old: Sequence[str], new: Sequence[str]) -> bool:
    """Return whether the first lines of both have the same characters, regardless of line breaks."""
    before, after = old[0], new[0]
    a = b = 1
    while before != after:
        if before.startswith(after) and b < len(new):
            before, after, b = before[len(after) :], new[b], b + 1
        elif after.startswith(before) and a < len(old):
            before, after, a = old[a], after[len(before) :], a + 1
        else:
            return False
    return True


def _without_returns(lines: Sequence[str]) -> list[str]:
    return [line.removesuffix("\r") for line in lines]


def _in(lines: Sequence[list[CodeToken]], span: range | None = None) -> list[CodeToken]:
    return [token for line in (lines[span.start : span.stop] if span is not None else lines) for token in line]


def _following(lines: Sequence[list[CodeToken]], span: range) -> list[CodeToken]:
    """Return the tokens of the next non-empty line, whose beginning may depend on the change."""
    return next((line for line in lines[span.stop :] if line), [])


def _without_indent(found: Sequence[CodeToken]) -> list[CodeToken]:
    return [token for token in found if token[0] != "indent"]


def _what(hunk: Hunk, group: ChangeGroup) -> str:
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
    if _SIGNS.sub("", "".join(old)) != _SIGNS.sub("", "".join(new)):
        return "layout"
    return "white space" if len(old) == len(new) else "line breaks"


def _same_structure(
    hunk: Hunk, syntax: Syntax, old: list[list[CodeToken]], new: list[list[CodeToken]], context: bool
) -> bool:
    """Return whether the hunk has the same block structure with different widths, if indentation is significant.

    The lines around the hunk keep their indentation, so its first line must not move, nor its last line unless the file
    ends there.
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
    ends = (context and rest < CONTEXT) or hunk.old_start <= 1
    last = before[-1] == after[-1] or ends
    return first and last and _blocks(before) == _blocks(after)


def _indents(lines: list[list[CodeToken]]) -> list[int]:
    return [int(value) if value.isdigit() else len(value) for line in lines for kind, value in line if kind == "indent"]


def _blocks(indents: list[int]) -> list[tuple[str, int]]:
    """Return the steps in and out; a step out to a level above the hunk is identified by its width only."""
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


def _balance(lines: Sequence[str], span: range) -> int:
    text = "".join(lines[span.start : span.stop])
    return sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")


def _depths(lines: Sequence[str], markup: bool) -> list[tuple[int, int]]:
    """Return the numbers of brackets and JSX elements open before each line; type arguments may look like elements."""
    depths = [(0, 0)]
    for at, line in enumerate(lines):
        brackets, elements = depths[-1]
        tags = _TAG.findall(line) if markup else ()
        depths.append(
            (brackets + _balance(lines, range(at, at + 1)), elements + sum(1 if t == "<" else -1 for t in tags))
        )
    return depths


def _excuse(runs: list[_Run], syntax: Syntax) -> None:
    """Discard layout changes caused by a real change: indentation in a new block, blank lines next to new code."""
    nesting = [n for n, run in enumerate(runs) if run.nests]
    if nesting and not syntax.indent:
        last = nesting[-1] if len(nesting) > 1 else len(runs)
        for run in runs[nesting[0] : last]:
            if run.what == "indentation":
                run.what = ""
    for run, other in pairwise(runs):
        if run.hunk is not other.hunk:
            continue
        between = run.hunk.old[run.group.old.stop : other.group.old.start]
        if any(line.strip() for line in between):
            continue
        if run.what == "blank lines" and not other.what:
            run.what = ""
        elif other.what == "blank lines" and not run.what:
            other.what = ""
