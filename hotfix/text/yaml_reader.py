"""Parse non-empty YAML for `yaml_tree.parse`, which documents the supported subset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.yaml_tree import YamlNode, YamlProblem, problem_at

_DEEPEST = 20
"""Maximum nesting of mappings and lists."""
_MOST = 100
"""Maximum number of problems reported."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[\t\n\r\x20-\x7e]*")
_NOT_YAML = lazy_pattern("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML forbids, and line breaks that editors and GitHub don't treat as such: U+0085, U+2028, U+2029."""
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}


def read(text: str) -> tuple[YamlNode, list[YamlProblem]]:
    """Return the tree of a text, and the problems of its YAML."""
    empty = YamlNode(1, 1, {})
    if not _PLAIN.fullmatch(text) and (found := _NOT_YAML.search(text)):
        return empty, [
            problem_at(text, found.start(), f"the character U+{ord(found[0]):04X} may not stand in YAML; remove it")
        ]
    reader = _Reader(text)
    try:
        return reader.document(), reader.problems
    except _Refused:
        return empty, reader.problems
    except yaml.MarkedYAMLError as error:
        return empty, [*reader.problems, _syntax(error, text)]
    except yaml.YAMLError:
        return empty, [*reader.problems, YamlProblem(1, 1, "", "the file is not YAML")]


class _Refused(Exception):
    """Parsing was aborted because of a problem that was already reported."""


class _Reader:
    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_Loader))
        self.problems: list[YamlProblem] = []

    def document(self) -> YamlNode:
        root = YamlNode(1, 1, {})
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._report(event, "a second document starts here; write one document, without `---` in between")
                    raise _Refused
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 0, "")
        return root

    def _node(self, event: Any, depth: int, key: str) -> YamlNode:
        line, column = _mark(event)
        if isinstance(event, yaml.AliasEvent):
            self._report(event, f"the alias *{event.anchor} is not supported; write the value out", key)
            raise _Refused
        if depth > _DEEPEST:
            self._report(event, f"nested more than {_DEEPEST} levels deep", key)
            raise _Refused
        if event.tag is not None:
            self._report(event, f"the tag {event.tag} is not supported; write the plain value", key)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(YamlNode(line, column, {}), depth, key)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[YamlNode] = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1, f"{key}[{len(items)}]"))
            return YamlNode(line, column, items)
        return YamlNode(line, column, _value(event.value) if event.style in (None, "") else event.value)

    def _mapping(self, node: YamlNode, depth: int, path: str) -> YamlNode:
        values: dict[str, YamlNode] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._report(event, "a key must be a plain word", path)
                raise _Refused
            name, start = event.value, _mark(event)
            key = f"{path}.{name}" if path else name
            value = self._node(next(self._events), depth + 1, key)
            if name in values:
                self._report(event, f"set twice, first on line {node.keys[name][0]}; keep one", key)
                continue
            values[name], node.keys[name] = value, start
        node.value = values
        return node

    def _report(self, event: Any, message: str, key: str = "") -> None:
        self.problems.append(YamlProblem(*_mark(event), key, message))
        if len(self.problems) >= _MOST:
            raise _Refused


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _value(word: str) -> str | int | float | bool | None:
    """Convert a plain scalar according to YAML 1.2's core schema, except octal, hexadecimal and infinite numbers."""
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return word


def _syntax(error: Any, text: str) -> YamlProblem:
    """Return the parser's error, with clearer messages for common mistakes."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    if line >= len(lines):  # report the end of the file at the end of its last line
        line, column = len(lines) - 1, len(lines[-1])
    here = lines[line][column : column + 1]
    words = (error.problem or "").replace("mapping values are", "a `: ` is")
    if "cannot start any token" in words:
        message = (
            "a tab indents this line; YAML requires spaces"
            if here == "\t"
            else f"a value can't start with {here}; quote it"
        )
    elif "allowed" in words and words.startswith("a `: `"):
        message = "a `: ` can't stand here; quote the value, or check the indentation"
    else:
        began = error.context_mark
        since = f", {error.context} that began on line {began.line + 1}" if error.context and began else ""
        message = f"not valid YAML: {words}{since}"
    return YamlProblem(line + 1, column + 1, "", message)
