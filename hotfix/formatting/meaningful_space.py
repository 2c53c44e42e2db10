"""Mark significant white space that lexers drop: blank lines, trailing spaces, columns of list items."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotfix.formatting.code_tokens import CodeToken
from hotfix.formatting.long_strings import LONG_STRINGS, mark_long_strings
from hotfix.formatting.syntax import Syntax
from hotfix.text.lazy_pattern import lazy_pattern

_BLANK: CodeToken = ("newline", "blank")
_DASHES = lazy_pattern(r"\s*(?:-\s+)*")
_ITEM = lazy_pattern(r"\s*((?:-\s++)++)(?=[^\s#|>].*:(?:\s|\Z))")
"""The dashes before a mapping's first key in a YAML list."""
_SCALAR = lazy_pattern(r"(?:\A|\s)[|>]([-+1-9]{0,2})\s*(?:\s#.*)?\Z")
"""The end of a line that begins a block scalar."""
_OWN_LINE = lazy_pattern(r"\s*(?:ENV|LABEL|MAINTAINER)\s+[^\s=]+(?:\s|\Z)", re.IGNORECASE)
"""A Dockerfile instruction whose value is the rest of the line."""
_DELIMITERS = lazy_pattern(r" {0,3}\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)++\|?\s*+")
"""The delimiter row of a table, such as `|---|:-:|`."""
_PIPE = lazy_pattern(r"(?<!\\)\|")
_STRUCTURE = lazy_pattern(r"\s*(?:[#%?\]}]|---|\.\.\.|-(?:\s|\Z)|[^\s:][^:]*:(?:\s|\Z))")
"""A YAML line that is neither in a block scalar nor a continuation."""


def mark(lines: Sequence[str], found: list[list[CodeToken]], syntax: Syntax) -> None:
    """Add tokens for significant white space that the lexer drops, such as blank lines between paragraphs."""
    if syntax.flow:
        _mark_yaml(lines, found, keeps_blank=syntax.paragraphs)
    elif syntax.paragraphs:
        for at, line in enumerate(lines):
            if not line.strip() and (at == 0 or lines[at - 1].strip()):
                found[at].append(_BLANK)
            elif line.endswith("  "):
                found[at].append(("string", "  "))
    elif syntax.lexer in ("ruby", "perl"):
        end = next((at for at, line in enumerate(lines) if line in ("__END__", "__DATA__")), len(lines))
        for at in range(end + 1, len(lines)):
            found[at][:] = [("string", lines[at])]
    if long := LONG_STRINGS.get(syntax.lexer):
        mark_long_strings(lines, found, long)
    if syntax.tables:
        _mark_tables(lines, found)
    elif syntax.lexer in ("docker", "perl"):
        _mark_values(lines, found)
    elif syntax.lexer == "make":
        _mark_makefile(lines, found)
    elif syntax.lexer in ("ini", "properties"):
        for at in range(len(lines) - 1):
            if not lines[at].strip() and lines[at + 1][:1] in (" ", "\t"):
                found[at].append(_BLANK)
    elif syntax.lexer == "php":
        before = ""
        for at, line in enumerate(lines):
            if line.strip():
                before = line.rstrip()
            elif before.endswith("?>"):
                found[at].append(_BLANK)


def _mark_tables(lines: Sequence[str], found: list[list[CodeToken]]) -> None:
    """Tokenize the rows of Markdown tables by cell, unless there is a fence, in which case it may be code."""
    if any(line.lstrip().startswith(("```", "~~~")) for line in lines):
        return
    end = 0
    for at, line in enumerate(lines):
        if at < end or not _DELIMITERS.fullmatch(line):
            continue
        rows = list(range(max(at - 1, 0), at + 1))
        while rows[-1] + 1 < len(lines) and "|" in lines[rows[-1] + 1]:
            rows.append(rows[-1] + 1)
        end = rows[-1] + 1
        for row in rows:
            cells = _PIPE.split(lines[row].strip())
            found[row][:] = [
                ("code", re.sub(r"-+", "-", cell.strip()) if row == at else cell.strip()) for cell in cells
            ]


def _mark_values(lines: Sequence[str], found: list[list[CodeToken]]) -> None:
    """Keep every character of a Dockerfile's legacy `ENV name value`, and of Perl's POD."""
    pod = goes_on = False
    for at, line in enumerate(lines):
        pod = pod or (line.startswith("=") and line[1:2].isalpha())
        if pod:
            found[at][:] = [("string", line)]
            pod = not line.startswith("=cut")
        elif goes_on or _OWN_LINE.match(line):
            found[at][:] = [("string", line.strip() if not goes_on else line)]
            goes_on = line.rstrip().endswith("\\")


def _mark_makefile(lines: Sequence[str], found: list[list[CodeToken]]) -> None:
    """Add the trailing spaces of variables' values, and the blank lines in multi-line ones."""
    defines = False
    for at, line in enumerate(lines):
        defines = line.startswith("define ") or (defines and not line.startswith("endef"))
        if defines and not line.strip():
            found[at].append(_BLANK)
        elif "=" in (value := line.partition("#")[0]) and value[-1:].isspace():
            found[at].append(("string", value[len(value.rstrip()) :]))


def _mark_yaml(lines: Sequence[str], found: list[list[CodeToken]], *, keeps_blank: bool) -> None:
    """Mark significant white space in block scalars; with `keeps_blank` also trailing blank lines in any of them."""
    column = -1
    """The column of the block scalar's key; -1 outside of block scalars."""
    keeps = False
    structure = True
    exact = False
    """Whether the block scalar has an indentation indicator."""
    blank: list[int] = []
    for at, line in enumerate(lines):
        if not line.strip():
            if column >= 0 or structure:
                blank.append(at)
            else:
                found[at].append(_BLANK)
            continue
        if column >= 0 and len(line) - len(line.lstrip()) > column:
            for number in blank:
                found[number].append(_BLANK)
            blank = []
            if exact:
                found[at][:] = [("string", line)]
            elif spaces := line[len(line.rstrip()) :]:
                found[at].append(("string", spaces))
            continue
        structure = bool(_STRUCTURE.match(line))
        if keeps or (column < 0 and not structure):
            # Blank lines in a scalar that keeps them, or that continues below.
            for number in blank:
                found[number].append(_BLANK)
        blank = []
        header = _SCALAR.search(line)
        keeps = bool(header and (keeps_blank or "+" in header[1]))
        exact = bool(header and header[1].strip("+-"))
        column = _column(line) if header else -1
        if line.lstrip().startswith("-"):
            # A list may be in the same column as its key.
            found[at][:] = [(kind, f"{text} " if kind == "indent" else text) for kind, text in found[at]]
        if not header and (item := _ITEM.match(line)):
            _mark_item(found[at], item[1].count("-"), len(item[0]))
    for number in blank if column >= 0 or keeps else ():
        found[number].append(_BLANK)


def _column(line: str) -> int:
    """Return the column beyond which the lines of a block scalar are indented."""
    dashes = _DASHES.match(line)
    before = dashes[0] if dashes else ""
    return len(before.rstrip()) - 1 if "-" in before and line[len(before)] in "|>!&" else len(before)


def _mark_item(tokens: list[CodeToken], dashes: int, column: int) -> None:
    """Add the indentation of the first key, which follows the dashes on the same line."""
    for at, (_, text) in enumerate(tokens):
        dashes -= text.strip() == "-"
        if not dashes:
            tokens.insert(at + 1, ("indent", " " * column))
            return
