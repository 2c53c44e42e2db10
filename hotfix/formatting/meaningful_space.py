"""Mark the white space between lines that has a meaning: blank lines, trailing spaces, the column of a list's item."""

from __future__ import annotations

from collections.abc import Sequence

from hotfix.formatting.code_tokens import CodeToken
from hotfix.formatting.syntax import Syntax
from hotfix.text.late_pattern import late_pattern

_BLANK: CodeToken = ("newline", "blank")
_DASHES = late_pattern(r"\s*(?:-\s+)*")
_ITEM = late_pattern(r"\s*((?:-\s++)++)(?=[^\s#|>].*:(?:\s|\Z))")
"""The dashes before a mapping's first key in a YAML list."""
_SCALAR = late_pattern(r"(?:\A|\s)[|>]([-+1-9]{0,2})\s*(?:\s#.*)?\Z")
"""The end of a line below which a block scalar stands."""
_STRUCTURE = late_pattern(r"\s*(?:[#%?\]}]|---|\.\.\.|-(?:\s|\Z)|[^\s:][^:]*:(?:\s|\Z))")
"""A line of YAML that is neither in a block scalar nor continues another one."""


def mark(lines: Sequence[str], found: list[list[CodeToken]], syntax: Syntax) -> None:
    """Add tokens for what the lexer drops although it means something: blank lines of a paragraph or a block scalar."""
    if syntax.flow:
        _mark_yaml(lines, found)
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
    elif syntax.lexer == "php":
        before = ""
        for at, line in enumerate(lines):
            if line.strip():
                before = line.rstrip()
            elif before.endswith("?>"):
                found[at].append(_BLANK)


def _mark_yaml(lines: Sequence[str], found: list[list[CodeToken]]) -> None:
    column = -1
    """Of the key whose block scalar this is; -1 outside of one."""
    keeps = False
    structure = True
    blank: list[int] = []
    for at, line in enumerate(lines):
        if not line.strip():
            if column >= 0:
                blank.append(at)
            elif not structure:
                found[at].append(_BLANK)
            continue
        if column >= 0 and len(line) - len(line.lstrip()) > column:
            for number in blank:
                found[number].append(_BLANK)
            blank = []
            if spaces := line[len(line.rstrip()) :]:
                found[at].append(("string", spaces))
            continue
        if keeps:
            for number in blank:
                found[number].append(_BLANK)
        blank = []
        structure = bool(_STRUCTURE.match(line))
        header = _SCALAR.search(line)
        keeps = bool(header and "+" in header[1])
        column = _column(line) if header else -1
        if line.lstrip().startswith("-"):
            # A list may be in the column of its key.
            found[at][:] = [(kind, f"{text} " if kind == "indent" else text) for kind, text in found[at]]
        if not header and (item := _ITEM.match(line)):
            _mark_item(found[at], item[1].count("-"), len(item[0]))
    for number in blank:
        found[number].append(_BLANK)


def _column(line: str) -> int:
    """Return the column that the lines of a block scalar must exceed."""
    dashes = _DASHES.match(line)
    before = dashes[0] if dashes else ""
    return len(before.rstrip()) - 1 if "-" in before and line[len(before)] in "|>!&" else len(before)


def _mark_item(tokens: list[CodeToken], dashes: int, column: int) -> None:
    """Add the indentation of the first key, which follows dashes on the same line."""
    for at, (_, text) in enumerate(tokens):
        dashes -= text.strip() == "-"
        if not dashes:
            tokens.insert(at + 1, ("indent", " " * column))
            return
