"""JSON, TOML and YAML read into one kind of tree that knows its lines. Linear in time, bounded in depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from hotfix.dependencies.model import Unreadable

MAX_DEPTH = 100


class Table(dict[str, "Value"]):
    """A mapping; `lines` says where each key stands, `line` where the mapping begins."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: Value, line: int) -> None:
        self[key] = value
        self.lines[key] = line

    def where(self, key: str) -> int:
        return self.lines.get(key, self.line)

    def table(self, key: str) -> Table:
        """The mapping under a key, an empty one when absent. Raises Unreadable when it is something else."""
        value = self.get(key)
        if value is None:
            return Table(self.where(key))
        if isinstance(value, Table):
            return value
        raise Unreadable(f"`{key[:80]}` should hold names and values", self.where(key))

    def array(self, key: str) -> Array:
        """The list under a key, an empty one when absent. Raises Unreadable when it is something else."""
        value = self.get(key)
        if value is None:
            return Array(self.where(key))
        if isinstance(value, Array):
            return value
        raise Unreadable(f"`{key[:80]}` should hold a list", self.where(key))

    def text(self, key: str) -> str:
        """The string or number under a key, empty when absent. Raises Unreadable when it is something else."""
        value = self.get(key)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        raise Unreadable(f"`{key[:80]}` should hold a text", self.where(key))

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every key with the mapping under it. Raises Unreadable where a value is no mapping."""
        for key in self:
            yield key, self.table(key)

    def texts(self) -> Iterator[tuple[str, str, int]]:
        """Every key with the text under it and its line. Raises Unreadable where a value is no text."""
        for key in self:
            yield key, self.text(key), self.where(key)


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

    def tables(self) -> Iterator[Table]:
        """Every item. Raises Unreadable where one is no mapping."""
        for value, line in zip(self, self.lines, strict=True):
            if not isinstance(value, Table):
                raise Unreadable("a list of tables holds something else", line)
            yield value

    def texts(self) -> Iterator[tuple[str, int]]:
        """Every item with its line. Raises Unreadable where one is no text."""
        for value, line in zip(self, self.lines, strict=True):
            if not isinstance(value, str):
                raise Unreadable("a list of texts holds something else", line)
            yield value, line


Value: TypeAlias = Table | Array | str | bool | None
"""Numbers and dates stay texts, as written: 1.10 is not 1.1."""


MAX_INLINE = 2_000
"""Values that one dependency may be described by."""


def inline(value: Value, *, without: tuple[str, ...] = ()) -> str:
    """A value in one line, keys in order: equal values give equal texts. Raises Unreadable when it is too large."""
    left = [MAX_INLINE]

    def written(value: Value) -> str:
        left[0] -= 1
        if left[0] < 0:
            raise Unreadable("a dependency is described by too much")
        if isinstance(value, Table):
            return f"{{{', '.join(f'{key} = {written(value[key])}' for key in sorted(value))}}}"
        if isinstance(value, Array):
            return f"[{', '.join(written(item) for item in value)}]"
        return str(value)

    if isinstance(value, Table):
        return ", ".join(f"{key} = {written(value[key])}" for key in sorted(value) if key not in without)
    return written(value)


def root(value: Value) -> Table:
    """The whole document as a mapping. Raises Unreadable when it is something else."""
    if isinstance(value, Table):
        return value
    raise Unreadable("the document should hold names and values", 1)
