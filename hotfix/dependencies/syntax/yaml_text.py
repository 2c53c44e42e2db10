"""Parse YAML manifests into a tree with line numbers. An alias is the same object, never a copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from hotfix.dependencies.package_change import Unreadable
from hotfix.dependencies.syntax.document_tree import MAX_DEPTH, Array, Table, Value

MAX_MERGED = 100_000
"""Maximum number of keys that `<<` may merge in one file."""
_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> list[Table]:
    """Parse the non-empty documents, which must be mappings. Raises Unreadable for anything else."""
    try:
        return list(_Reader(yaml.parse(text, Loader=_LOADER)).documents())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"not YAML: {str(error).partition(chr(10))[0][:120]}") from None


class _Reader:
    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, Value] = {}
        self._merged = 0

    def documents(self) -> Iterator[Table]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
            elif isinstance(event, yaml.NodeEvent):
                document = self._value(event, 0)
                if isinstance(document, Table):
                    yield document
                elif document is not None:
                    raise Unreadable("the document should be a mapping", _line(event))

    def _value(self, event: Any, depth: int) -> Value:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise Unreadable(f"alias `{(event.anchor or '')[:80]}` has no anchor", _line(event))
            return self._anchors[event.anchor]
        if isinstance(event, yaml.ScalarEvent):
            self._name(event, event.value)
            return None if event.style in (None, "") and event.value in _NOTHING else str(event.value)
        if depth >= MAX_DEPTH:
            raise Unreadable("too deeply nested", _line(event))
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        value = self._table(event, depth) if is_mapping else self._array(event, depth)
        self._name(event, value)
        return value

    def _array(self, start: Any, depth: int) -> Array:
        array = Array(_line(start))
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            array.put(self._value(event, depth + 1), _line(event))
        return array

    def _table(self, start: Any, depth: int) -> Table:
        table = Table(_line(start))
        merges: list[Table] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._value(event, depth + 1)
            if isinstance(event, yaml.ScalarEvent):
                key = event.value  # a key is a text, also `null`
            if not isinstance(key, str):
                raise Unreadable("a key should be a string", _line(event))
            value = self._value(next(self._events), depth + 1)
            if key == "<<" and isinstance(value, Table | Array):
                merges += [value] if isinstance(value, Table) else [each for each in value if isinstance(each, Table)]
            else:
                table.put(key, value, _line(event))
        for source in merges:
            self._merged += len(source)
            if self._merged > MAX_MERGED:
                raise Unreadable("merges too many keys", table.line)
            for name, value in source.items():
                if name not in table:
                    table.put(name, value, source.where(name))
        return table

    def _name(self, event: Any, value: Value) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = value


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
