"""Hold JSON, TOML, YAML and XML as one kind of tree that knows its lines. Linear in time, bounded in depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from hotfix.dependencies.package_change import Unreadable

MAX_DEPTH = 100


class Table(dict[str, "Value"]):
    """A mapping; `lines` says where each key stands, `line` where the mapping begins."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: Value, line: int) -> None:
        """Add a key. Raises Unreadable if it is there: readers differ in which one counts."""
        if key in self:
            raise Unreadable(f"`{key[:80]}` is there twice", line)
        self[key] = value
        self.lines[key] = line

    def where(self, key: str) -> int:
        return self.lines.get(key, self.line)

    def text(self, key: str) -> str:
        """Return the text under a key; empty if there is none or it is something else."""
        value = self.get(key)
        return value if isinstance(value, str) else ""

    def table(self, key: str) -> Table:
        """Return the mapping under a key; an empty one if there is none or it is something else."""
        value = self.get(key)
        return value if isinstance(value, Table) else Table(self.where(key))


class Array(list["Value"]):
    """A list; `lines` says where each item stands."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def put(self, value: Value, line: int) -> None:
        self.append(value)
        self.lines.append(line)

    def items(self) -> Iterator[tuple[Value, int]]:
        """Yield every item with its line."""
        return zip(self, self.lines, strict=True)


Value: TypeAlias = Table | Array | str | bool | None
"""Numbers and dates stay texts, as written: 1.10 is not 1.1."""


def root(value: Value) -> Table:
    """Return the whole document as a mapping. Raises Unreadable if it is something else."""
    if isinstance(value, Table):
        return value
    raise Unreadable("the document should hold names and values", 1)
