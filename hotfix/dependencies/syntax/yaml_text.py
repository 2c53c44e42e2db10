"""Parse YAML manifests into a tree with line numbers. An alias is the same object, never a copy."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"not YAML: {str(error).partition(chr(10))[0][:120]}") from None
    return builder.documents


@dataclass(slots=True)
class _Open:
    """A collection that is not complete yet."""

    value: Table | Array
    anchor: str | None
    key: tuple[str, int] | None = None
    """The key of the next value, and its line."""
    merges: list[Table] = field(default_factory=list)


class _Builder:
    def __init__(self) -> None:
        self.documents: list[Table] = []
        self.anchors: dict[str, Value] = {}
        self.stack: list[_Open] = []
        self.merged = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent():
                plain = event.style in (None, "")
                self._name(event.anchor, event.value)
                self._put(event.value, None if plain and event.value in _NOTHING else event.value, line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self.stack) >= MAX_DEPTH:
                    raise Unreadable("too deeply nested", line)
                self.stack.append(
                    _Open(Table(line) if isinstance(event, yaml.MappingStartEvent) else Array(line), event.anchor)
                )
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                ended = self.stack.pop()
                self._merge(ended)
                self._name(ended.anchor, ended.value)
                self._put(None, ended.value, ended.value.line)
            case yaml.AliasEvent():
                if event.anchor not in self.anchors:
                    raise Unreadable(f"alias `{(event.anchor or '')[:80]}` has no anchor", line)
                value = self.anchors[event.anchor]
                self._put(value if isinstance(value, str) else None, value, line)
            case yaml.DocumentStartEvent():
                self.anchors.clear()

    def _name(self, anchor: str | None, value: Value) -> None:
        if anchor is not None:
            self.anchors[anchor] = value

    def _put(self, as_key: str | None, value: Value, line: int) -> None:
        if not self.stack:
            if isinstance(value, Table):
                self.documents.append(value)
            elif value is not None:
                raise Unreadable("the document should hold names and values", line)
            return
        top = self.stack[-1]
        if isinstance(top.value, Array):
            top.value.put(value, line)
        elif top.key is None:
            if as_key is None:
                raise Unreadable("a key should be a text", line)
            top.key = as_key, line
        else:
            key, at = top.key
            top.key = None
            if key == "<<" and isinstance(value, Table | Array):
                top.merges += (
                    [value] if isinstance(value, Table) else [each for each in value if isinstance(each, Table)]
                )
            else:
                top.value.put(key, value, at)

    def _merge(self, ended: _Open) -> None:
        if not isinstance(ended.value, Table):
            return
        for source in ended.merges:
            self.merged += len(source)
            if self.merged > MAX_MERGED:
                raise Unreadable("merges too many keys", ended.value.line)
            for key, value in source.items():
                if key not in ended.value:
                    ended.value.put(key, value, source.where(key))
