"""Repositories that git fetches into this one, from `.gitmodules`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hotfix.dependencies.model import Dependency, Unreadable, without_secrets

_HEADER = re.compile(r'\[[ \t]*([A-Za-z0-9.-]+)(?:[ \t]+"((?:\\.|[^"\\\n])*)")?[ \t]*\]')
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=(.*))?", re.DOTALL)
_PIECE = re.compile(r'\\.|["#;]|[^\\"#;]+', re.DOTALL)
_ENDS_OPEN = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")


@dataclass(slots=True)
class _Submodule:
    line: int
    values: dict[str, tuple[str, int]] = field(default_factory=dict)


def gitmodules(text: str) -> Iterator[Dependency]:
    """One dependency a submodule: its address, and the branch it follows. Raises Unreadable where git would."""
    found: dict[str, _Submodule] = {}
    current: _Submodule | None = None
    for line, content in _lines(text):
        rest = content.strip()
        while header := _HEADER.match(rest):
            name = re.sub(r"\\(.)", r"\1", header[2] or "")
            is_submodule = header[1].casefold() == "submodule" and bool(name)
            current = found.setdefault(name, _Submodule(line)) if is_submodule else None
            rest = rest[header.end() :].strip()
        if not rest or rest[0] in "#;":
            continue
        if not (key := _KEY.fullmatch(rest)):
            raise Unreadable("neither a section nor a key with a value", line)
        if current is not None:
            current.values[key[1].casefold()] = (_value(key[2] or "", line), line)
    for name, submodule in found.items():
        address, line = submodule.values.get("url", ("", submodule.line))
        branch, _ = submodule.values.get("branch", ("", 0))
        yield Dependency(
            ecosystem="git",
            name=name,
            version=without_secrets(address),
            line=line,
            group="submodule",
            detail=f"branch {branch}" if branch else "",
        )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Whole lines with their numbers: a backslash at the end of a line continues it."""
    parts: list[str] = []
    start = 1
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        start = start if parts else number
        if _ENDS_OPEN.search(raw):
            parts.append(raw[:-1])
            continue
        yield start, "".join((*parts, raw))
        parts = []
    if parts:
        yield start, "".join(parts)


def _value(text: str, line: int) -> str:
    """Without quotes and comments; white space at the ends counts only in quotes, which no address has."""
    kept: list[str] = []
    quoted = False
    for piece in _pieces(text.strip()):
        if piece == '"':
            quoted = not quoted
        elif piece[0] in "#;" and not quoted:
            break
        else:
            kept.append(piece[1:] if piece[0] == "\\" else piece)
    if quoted:
        raise Unreadable("a quote is not closed", line)
    return "".join(kept).strip()


def _pieces(text: str) -> Iterator[str]:
    """Escaped characters, quotes, signs that may begin a comment, and what lies between."""
    return (match[0] for match in _PIECE.finditer(text))
