"""The common tree for JSON, TOML, YAML, XML and INI documents, with line numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from hotfix.dependencies.package_change import Unreadable

MAX_DEPTH = 100


class Table(dict[str, "Value"]):
    """A mapping. `lines` has the line of each key, `line` that of the mapping itself."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: Value, line: int) -> None:
        """Add a key. Raises Unreadable if it already exists, since parsers differ in which value they use."""
        if key in self:
            raise Unreadable(f"`{key[:80]}` occurs twice", line)
        self[key] = value
        self.lines[key] = line

    def where(self, key: str) -> int:
        return self.lines.get(key, self.line)

    def text(self, key: str) -> str:
        """Return the text under a key; empty if the key is missing or its value is not a text."""
        value = self.get(key)
        return value if isinstance(value, str) else ""

    def table(self, key: str) -> Table:
        """Return the mapping under a key; an empty one if the key is missing or its value is not a mapping."""
        value = self.get(key)
        return value if isinstance(value, Table) else Table(self.where(key))

    def at(self, path: str) -> Value:
        """Return the value at a path such as `tool/uv/sources`; None if there is none."""
        value: Value = self
        for key in path.split("/"):
            value = value.get(key) if isinstance(value, Table) else None
        return value


class Array(list["Value"]):
    """A list. `lines` has the line of each item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def put(self, value: Value, line: int) -> None:
        self.append(value)
        self.lines.append(line)

    def items(self) -> Iterator[tuple[Value, int]]:
        """Return an iterator over the items with their lines."""
        return zip(self, self.lines, strict=True)


Value: TypeAlias = Table | Array | str | bool | None
"""A value. Numbers and dates stay texts, as written: 1.10 is not 1.1."""


def root(value: Value) -> Table:
    """Return the document's root as a mapping. Raises Unreadable if it is not a mapping."""
    if isinstance(value, Table):
        return value
    raise Unreadable("the document should be a mapping", 1)
