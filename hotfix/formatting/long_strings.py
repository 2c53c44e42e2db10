"""Find heredocs and raw strings, of which a hunk may show only a part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotfix.formatting.code_tokens import CodeToken
from hotfix.text.lazy_pattern import lazy_pattern

_CAPITALS = lazy_pattern(r"\s*[A-Z][A-Z0-9_]{2,};?\s*\Z")


@dataclass(frozen=True, slots=True)
class LongString:
    """A language's syntax of multi-line strings that a lexer may not recognize in an excerpt."""

    begin: re.Pattern[str]
    """The beginning; the first group is the terminating word, if any."""
    end: re.Pattern[str] | None = None
    """The end; None if the string ends with a line that has only the terminating word."""
    lonely: re.Pattern[str] = _CAPITALS
    """A line that ends a string which began above the hunk; by default, a word in capitals."""


_WORD = r"""(?:["'`\\]?)([A-Za-z_]\w*)"""
_SPACED = LongString(lazy_pattern(rf"(?<![<(\w])<<(?!<)[-~]?\s*{_WORD}"))
_TIGHT = LongString(lazy_pattern(rf"<<[-~]?{_WORD}"))
LONG_STRINGS = {
    "bash": _SPACED,
    "docker": _SPACED,
    "ruby": _TIGHT,
    "perl": _TIGHT,
    "terraform": _TIGHT,
    "php": LongString(lazy_pattern(rf"<<<\s*{_WORD}")),
    "lua": LongString(lazy_pattern(r"\[=*\["), lazy_pattern(r"\]=*\]"), lazy_pattern(r"\s*\]=*\]")),
    "rust": LongString(lazy_pattern(r'\bb?r#+"'), lazy_pattern(r'"#+'), lazy_pattern(r'\s*"#+')),
    "cpp": LongString(lazy_pattern(r'R"\w*\('), lazy_pattern(r'\)\w*"'), lazy_pattern(r'\s*\)\w*"')),
    "powershell": LongString(lazy_pattern(r"@[\"']\s*\Z"), lazy_pattern(r"\A[\"']@"), lazy_pattern(r"[\"']@")),
}
"""Lexer name -> syntax."""


def mark_long_strings(lines: Sequence[str], found: list[list[CodeToken]], kind: LongString) -> None:
    """Turn each line of such a string into one token with all its characters."""
    until: list[str] = []
    marked = 0
    for at, line in enumerate(lines):
        if until:
            found[at][:] = [("string", line)]
            if kind.end.search(line) if kind.end else line.strip().rstrip(";,)") == until[0]:
                until.pop(0)
            continue
        if kind.lonely.match(line):
            for above in range(marked, at):
                found[above][:] = [("string", lines[above])]
            marked = at
        until = _begun(line, kind)


def _begun(line: str, kind: LongString) -> list[str]:
    """Return the terminator of each string that begins on this line and continues on the next."""
    if kind.end is None:
        return kind.begin.findall(line)
    begins = list(kind.begin.finditer(line))
    return [""] if begins and not kind.end.search(line, begins[-1].end()) else []
