"""Parse TOML into a tree with line numbers: `tomllib` parses it, a scan finds the lines of headers, keys and items."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from hotfix.dependencies.package_change import Unreadable
from hotfix.dependencies.syntax.document_tree import MAX_DEPTH, Array, Table, Value, root

TomlPath = tuple[str | int, ...]

_LONG_KEY = re.compile(
    r"""(?<![^\s=\[\]{},#])(?:(?:[^\s.="'\[\]{},#]++|"[^"\n]{0,200}"|'[^'\n]{0,200}')[ \t]*+\.[ \t]*+){40}"""
)
"""A dotted key with many parts, for which `tomllib` takes quadratic time."""
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LINE = re.compile(
    rf"\s*+(?:(\[\[?)\s*+({_PART}(?:\s*+\.\s*+{_PART})*+)\s*+\]|({_PART}(?:\s*+\.\s*+{_PART})*+)\s*+=(?!=))"
)
_PARTS = re.compile(_PART)
_ITEMS = re.compile(r"""\{[^{}]*+\}?|"(?:[^"\\]|\\.)*+"|'[^']*+'""")


def read_toml(text: str) -> Table:
    """Parse a document. Raises Unreadable for invalid TOML."""
    if _LONG_KEY.search(text):
        raise Unreadable("a key has too many parts")
    try:
        document = tomllib.loads(text, parse_float=str)
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    except ValueError as error:
        place = re.search(r"\(at line (\d+), column \d+\)", str(error))
        reason = re.sub(r" \(at .*\)$", "", str(error).split("\n")[0])[:120]
        raise Unreadable(f"not TOML: {reason}", int(place[1]) if place else 0) from None
    return root(_lined(document, (), _lines(text), 1, 0))


def _lined(value: Any, path: TomlPath, lines: dict[TomlPath, int], above: int, depth: int) -> Value:
    line = lines.get(path, above)
    if depth > MAX_DEPTH:
        raise Unreadable("too deeply nested", line)
    if isinstance(value, dict):
        table = Table(line)
        for key, item in value.items():
            table.put(key, _lined(item, (*path, key), lines, line, depth + 1), lines.get((*path, key), line))
        return table
    if isinstance(value, list):
        array = Array(line)
        for number, item in enumerate(value):
            array.put(_lined(item, (*path, number), lines, line, depth + 1), lines.get((*path, number), line))
        return array
    return value if isinstance(value, bool) else str(value)


def _lines(text: str) -> dict[TomlPath, int]:
    """Return the lines of keys, of tables in arrays, and of array items. The text must be valid TOML."""
    lines: dict[TomlPath, int] = {}
    counts: dict[TomlPath, int] = {}
    table: TomlPath = ()
    key: TomlPath = ()
    for number, raw in enumerate(text.split("\n"), 1):
        if match := _LINE.match(raw):
            parts = tuple(part.strip("\"'") for part in _PARTS.findall(match[2] or match[3]))
            path = () if match[1] else table
            for at, part in enumerate(parts, 1):
                path = (*path, part)
                if match[1] == "[[" and at == len(parts):
                    lines.setdefault(path, number)
                    counts[path] = counts.get(path, -1) + 1
                if match[1] and path in counts:
                    path = (*path, counts[path])
                lines.setdefault(path, number)
            table, key = (path, ()) if match[1] else (table, path)
            raw = raw[match.end() :] if key else ""
        for _ in _ITEMS.finditer(raw) if key else ():
            counts[key] = counts.get(key, -1) + 1
            lines.setdefault((*key, counts[key]), number)
    return lines
