"""Find heredocs and raw strings, of which a hunk may show only the beginning, the end, or what is between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotfix.formatting.code_tokens import CodeToken
from hotfix.text.late_pattern import late_pattern

_CAPITALS = late_pattern(r"\s*[A-Z][A-Z0-9_]{2,};?\s*\Z")


@dataclass(frozen=True, slots=True)
class LongString:
    """How a language writes strings of several lines that no lexer is sure to see in a part of a file."""

    begin: re.Pattern[str]
    """The first group is the word that ends it, if a word does."""
    end: re.Pattern[str] | None = None
    """What ends it; None if a line with the word alone does."""
    lonely: re.Pattern[str] = _CAPITALS
    """A line that ends one which began above the hunk: a word in capitals, if a word does."""


_WORD = r"""(?:["'`\\]?)([A-Za-z_]\w*)"""
_SPACED = LongString(late_pattern(rf"(?<![<(\w])<<(?!<)[-~]?\s*{_WORD}"))
_TIGHT = LongString(late_pattern(rf"<<[-~]?{_WORD}"))
LONG_STRINGS = {
    "bash": _SPACED,
    "docker": _SPACED,
    "ruby": _TIGHT,
    "perl": _TIGHT,
    "terraform": _TIGHT,
    "php": LongString(late_pattern(rf"<<<\s*{_WORD}")),
    "lua": LongString(late_pattern(r"\[=*\["), late_pattern(r"\]=*\]"), late_pattern(r"\s*\]=*\]")),
    "rust": LongString(late_pattern(r'\bb?r#+"'), late_pattern(r'"#+'), late_pattern(r'\s*"#+')),
    "cpp": LongString(late_pattern(r'R"\w*\('), late_pattern(r'\)\w*"'), late_pattern(r'\s*\)\w*"')),
    "powershell": LongString(late_pattern(r"@[\"']\s*\Z"), late_pattern(r"\A[\"']@"), late_pattern(r"[\"']@")),
}
"""By the lexer's name."""


def mark_long_strings(lines: Sequence[str], found: list[list[CodeToken]], kind: LongString) -> None:
    """Make each line of such a string one token, with every character of it."""
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
    """Return what ends each string that begins in this line and goes on in the next one."""
    if kind.end is None:
        return kind.begin.findall(line)
    begins = list(kind.begin.finditer(line))
    return [""] if begins and not kind.end.search(line, begins[-1].end()) else []
