"""TOML with lines: `tomllib` reads it, a scan of the text says where each key and item stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from hotfix.dependencies.model import Unreadable
from hotfix.dependencies.tree import MAX_DEPTH, Array, Table, Value, root

Path = tuple[str | int, ...]

_LONG_KEY = re.compile(
    r"""(?<![^\s=\[\]{},#])(?:(?:[^\s.="'\[\]{},#]++|"[^"\n]{0,200}"|'[^'\n]{0,200}')[ \t]*+\.[ \t]*+){40}"""
)
"""`tomllib` takes time that grows with the square of a dotted key's parts."""
_TOKEN = re.compile(
    r"""[ \t\r]++|\n|\#[^\n]*+
    |\"\"\"(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}|'''(?:[^']++|'{1,2}(?!'))*+'{3,5}
    |"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'|[\[\]{}=,.]|[^\s\[\]{}=,."'\#]++""",
    re.VERBOSE | re.DOTALL,
)


def read_toml(text: str) -> Table:
    """The document. Raises Unreadable for anything but TOML."""
    if _LONG_KEY.search(text):
        raise Unreadable("a key has too many parts")
    try:
        document = tomllib.loads(text, parse_float=str)
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    except ValueError as error:
        place = re.search(r"\(at line (\d+), column \d+\)", str(error))
        reason = re.sub(r" \(at .*\)$", "", str(error).split("\n")[0])[:120]
        raise Unreadable(f"no TOML: {reason}", int(place[1]) if place else 0) from None
    return root(_lined(document, (), _Scan(text).lines, 0))


def _lined(value: Any, path: Path, lines: dict[Path, int], depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise Unreadable("too deeply nested", lines.get(path, 0))
    if isinstance(value, dict):
        table = Table(lines.get(path, 1))
        for key, item in value.items():
            at = (*path, key)
            table.put(key, _lined(item, at, lines, depth + 1), lines.get(at, table.line))
        return table
    if isinstance(value, list):
        array = Array(lines.get(path, 1))
        for number, item in enumerate(value):
            at = (*path, number)
            array.put(_lined(item, at, lines, depth + 1), lines.get(at, array.line))
        return array
    return value if isinstance(value, bool) else str(value)


class _Scan:
    """Where keys and items stand in a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        """Arrays of tables: how many there are so far."""
        self.table: Path = ()
        """The table that the last header opened."""
        self.open: list[tuple[Path, bool]] = []
        """Values begun and not ended: path, and is it an array?"""
        self.index: list[int] = []
        self.key: list[str] = []
        self.path: Path | None = None
        """Of the value that is being read; None while a key is read."""
        tokens = self._tokens(text)
        for token, line in tokens:
            if token == "\n":
                if not self.open:
                    self.key, self.path = [], None
            elif token == "[" and self.path is None and not self.open:
                self._header(tokens, line)
            elif self.path is None:
                self._in_key(token, line)
            else:
                self._in_value(token, line)

    @staticmethod
    def _tokens(text: str) -> Iterator[tuple[str, int]]:
        line = 1
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token == "\n":
                yield token, line
                line += 1
            elif token[0] not in " \t\r#":
                yield token, line
                line += token.count("\n")

    def _header(self, tokens: Iterator[tuple[str, int]], line: int) -> None:
        parts: list[str] = []
        double = False
        for token, _ in tokens:
            if token == "[":
                double = True
            elif token == "]":
                if double:
                    next(tokens, None)
                break
            elif token != ".":
                parts.append(_plain(token))
        path: Path = ()
        for part in parts[:-1]:
            path = self._here((*path, part))
        path = (*path, *parts[-1:])
        self.lines.setdefault(path, line)
        if double:
            self.counts[path] = self.counts.get(path, 0) + 1
        self.table = self._here(path)
        self._note(self.table, line)

    def _here(self, path: Path) -> Path:
        """A path through an array of tables speaks of the last one."""
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _note(self, path: Path, line: int) -> None:
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                break
            self.lines[path[:end]] = line

    def _in_key(self, token: str, line: int) -> None:
        if token == "=":
            base = self.open[-1][0] if self.open else self.table
            self.path = (*base, *self.key)
            self._note(self.path, line)
        elif token == "}":
            self._end()
        elif token not in ",.":
            self.key.append(_plain(token))

    def _in_value(self, token: str, line: int) -> None:
        if self.path is not None and token not in "],}":
            self._note(self.path, line)
        if token in "[{":
            self.open.append((self.path or (), token == "["))
            self.index.append(0)
            self.key = []
            self.path = (*(self.path or ()), 0) if token == "[" else None
        elif token in "]}":
            self._end()
        elif token == "," and self.open:
            path, is_array = self.open[-1]
            self.index[-1] += 1
            self.key = []
            self.path = (*path, self.index[-1]) if is_array else None

    def _end(self) -> None:
        if self.open:
            self.path = self.open.pop()[0]
            self.index.pop()
            self.key = []


def _plain(token: str) -> str:
    """A key's part without its quotes."""
    if token[0] == '"' and "\\" in token:
        return str(tomllib.loads(f"k = {token}")["k"])
    return token[1:-1] if token[0] in "\"'" else token
