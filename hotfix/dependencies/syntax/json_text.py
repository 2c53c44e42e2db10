"""Parse JSON into a tree with line numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
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
        # The C scanner validates the JSON, so `_value` may assume that it is valid.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    tokens = _tokens(text)
    return root(_value(*next(tokens), tokens, 0))


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield the brackets and values with their lines."""
    line = 1
    for token in _TOKEN.findall(text):
        if token[0] in " \t\r\n":
            line += token.count("\n")
        elif token not in ",:":
            yield token, line


def _value(token: str, line: int, tokens: Iterator[tuple[str, int]], depth: int) -> Value:
    if token[0] == '"':
        return str(json.loads(token)) if "\\" in token else token[1:-1]
    if token not in "{[":
        return _WORDS.get(token, token)
    if depth >= MAX_DEPTH:
        raise Unreadable("too deeply nested", line)
    value = Table(line) if token == "{" else Array(line)
    for token, at in tokens:
        if token in "]}":
            break
        if isinstance(value, Array):
            value.put(_value(token, at, tokens, depth + 1), at)
        else:
            value.put(str(_value(token, at, tokens, depth)), _value(*next(tokens), tokens, depth + 1), at)
    return value
