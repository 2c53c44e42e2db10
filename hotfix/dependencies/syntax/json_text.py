"""Parse JSON into a tree with line numbers."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from hotfix.dependencies.package_change import Unreadable
from hotfix.dependencies.syntax.document_tree import MAX_DEPTH, Array, Table, Value, root

_TOKEN = re.compile(r'[ \t\r\n]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


def _constant(word: str) -> NoReturn:
    raise Unreadable(f"{word} is not JSON")


def read_json(text: str) -> Table:
    """Parse a document, which must be an object. Raises Unreadable for invalid JSON."""
    try:
        # The C scanner validates the JSON, so `_build` may assume that it is valid.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    return root(_build(text))


def _build(text: str) -> Value:
    stack: list[Table | Array] = []
    keys: list[tuple[str, int]] = []
    key: tuple[str, int] | None = None
    line = 1
    done: Value = None
    for match in _TOKEN.finditer(text):
        token = match[0]
        first = token[0]
        if first in " \t\r\n":
            line += token.count("\n")
            continue
        if first in ",:":
            continue
        value: Value
        if first in "{[":
            if len(stack) >= MAX_DEPTH:
                raise Unreadable("too deeply nested", line)
            stack.append(Table(line) if first == "{" else Array(line))
            keys.append(key or ("", line))
            key = None
            continue
        if first in "}]":
            value = stack.pop()
            key = keys.pop()
        elif first == '"':
            word = json.loads(token) if "\\" in token else token[1:-1]
            if key is None and stack and isinstance(stack[-1], Table):
                key = (word, line)
                continue
            value = word
        else:
            value = _WORDS.get(token, token)
        if not stack:
            done = value
            continue
        parent = stack[-1]
        if isinstance(parent, Table):
            name, at = key or ("", line)
            parent.put(name, value, at)
            key = None
        else:
            parent.put(value, value.line if isinstance(value, Table | Array) else line)
            key = None
    return done
