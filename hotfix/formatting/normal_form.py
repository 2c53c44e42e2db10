"""Normalize what formatters change in tokens: trailing commas, parentheses around wrapped values, quote style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotfix.formatting.code_tokens import CodeToken
from hotfix.formatting.syntax import Syntax
from hotfix.text.lazy_pattern import lazy_pattern

_OPEN, _CLOSE = "([{", ")]}"
_PAIRS = dict(zip(_CLOSE, _OPEN, strict=True))
_CALLED = lazy_pattern(r"[\w)\]!>]\Z")
_NO_CALL = frozenset(("and", "or", "not", "else", "is", "lambda", "match", "let", "mut", "ref", "for"))
_PLAIN_STRING = lazy_pattern(r"""(\+?\s?[rRbBuUfF]{0,2})'((?:[^'"\\\n]|\\[^'"\n])*+)'""")
_VALUE_FOLLOWS = frozenset(
    ("=", "+=", "-=", "*=", "/=", "|=", "&=", "return", "yield", "await", "throw", "raise", "=>")
)
_PYTHON_FOLLOWS = _VALUE_FOLLOWS | frozenset(("in", "if", "elif", "while", "assert"))
_VALUE_ENDS = frozenset((";", ",", ")", "]", "}", ":"))


_FIRST_PIECE = lazy_pattern(r"""(\+?\s?[rRbBuU]?[fF][rR]?)'((?:[^'"\\\n]|\\[^'"\n])*\{)""")
_LAST_PIECE = lazy_pattern(r"""(\+?(?:[^'"\\\n]|\\[^'"\n])*+)'""")
"""Parts of an f-string between its values."""


def _in_double_quotes(text: str) -> str:
    if match := _PLAIN_STRING.fullmatch(text):
        return f'{match[1]}"{match[2]}"'
    if match := _FIRST_PIECE.fullmatch(text):
        return f'{match[1]}"{match[2]}'
    return f'{match[1]}"' if (match := _LAST_PIECE.fullmatch(text)) else text


@dataclass(slots=True)
class _Bracket:
    """An open bracket."""

    kind: str
    at: int
    before: str
    """The token before it."""
    first: str
    """The token after it."""
    commas: int = 0
    yields: bool = False
    """Whether it contains the `for` of a generator."""


def normal_form(lines: Sequence[list[CodeToken]], syntax: Syntax) -> list[list[CodeToken]]:
    """Return the tokens of each line without those that formatters add. Significant ones stay: `(a,)` in Python."""
    if not (syntax.trailing or syntax.wraps or syntax.quotes_alike):
        return list(lines)
    places = [(n, at) for n, line in enumerate(lines) for at in range(len(line))]
    dropped = set(_Dropping([lines[n][at] for n, at in places], [n for n, _ in places], syntax))
    kept: list[list[CodeToken]] = [[] for _ in lines]
    before = ""
    for index, (n, at) in enumerate(places):
        if index in dropped:
            continue
        kind, text = lines[n][at]
        if syntax.quotes_alike and kind == "string" and not (syntax.flow and "\\" in text):
            text = _in_double_quotes(text)
        if before in _VALUE_FOLLOWS:
            text = text.lstrip(" ")
        before = text.strip() if kind == "code" else ""
        kept[n].append((kind, text))
    return kept


class _Dropping:
    """Iterable of the indexes of trailing commas and parentheses that a formatter may have added."""

    def __init__(self, flat: Sequence[CodeToken], lines: Sequence[int], syntax: Syntax) -> None:
        self._flat, self._lines, self._syntax = flat, lines, syntax
        self._code = [at for at, (kind, _) in enumerate(flat) if kind not in ("comment", "newline", "indent")]

    def __iter__(self) -> Iterator[int]:
        stack: list[_Bracket] = []
        for position, at in enumerate(self._code):
            token = self._token(position)
            if not token or self._flat[at][0] != "code":
                continue
            if token in _OPEN:
                stack.append(_Bracket(token, at, self._token(position - 1), self._token(position + 1)))
            elif token == "," and stack:
                stack[-1].commas += 1
            elif token == "for" and stack:
                stack[-1].yields = True
            elif token in ("|", "&") and self._syntax.unions and self._token(position - 1) in ("=", ":"):
                yield at
            elif token in _CLOSE:
                opened = stack.pop() if stack and stack[-1].kind == _PAIRS[token] else None
                trailing = self._token(position - 1) == ","
                if trailing and self._is_trailing(opened, token, position):
                    yield self._code[position - 1]
                if opened and (self._holds_names(opened, at, trailing) or (not trailing and self._wraps(opened, at))):
                    yield opened.at
                    yield at

    def _token(self, position: int) -> str:
        return self._flat[self._code[position]][1].strip() if 0 <= position < len(self._code) else ""

    def _is_trailing(self, opened: _Bracket | None, close: str, position: int) -> bool:
        """Return whether a comma before a closing bracket is insignificant and at a line end, as in formatted code."""
        comma, at = self._code[position - 1], self._code[position]
        if _PAIRS[close] not in self._syntax.trailing or self._lines[comma] == self._lines[at]:
            return False
        if self._token(position - 2) in ("", ",", "(", "[", "{"):
            return False  # `[,]` and `[a,,]` have empty elements
        if not self._syntax.tuples or close == "}":
            return True
        if opened is None:
            return False  # it may be the only comma
        value = opened.before in _NO_CALL | _PYTHON_FOLLOWS or not _CALLED.search(opened.before)
        return opened.commas > 1 or (value if close == "]" else not value)  # in `a[b,]` the index is a tuple

    def _holds_names(self, opened: _Bracket, at: int, trailing: bool) -> bool:
        """Return whether parentheses are optional in Python: around imported names or the values of a tuple."""
        if not (self._syntax.tuples and self._syntax.indent) or opened.kind != "(" or opened.yields:
            return False
        if opened.commas - trailing < (opened.before != "import"):
            return False
        ends = at + 1 >= len(self._flat) or self._flat[at + 1][0] in ("newline", "comment")
        return ends and opened.before in ("import", "=", "return", "yield")

    def _wraps(self, opened: _Bracket, at: int) -> bool:
        """Return whether parentheses only wrap a value over several lines."""
        if not self._syntax.wraps or opened.kind != "(" or opened.commas or self._lines[opened.at] == self._lines[at]:
            return False
        if opened.yields and self._syntax.indent:
            return False  # a generator needs parentheses in Python
        if opened.before not in (_PYTHON_FOLLOWS if self._syntax.indent else _VALUE_FOLLOWS):
            return False
        if opened.first in ("", ")", "function", "class") or (opened.first == "{" and not self._syntax.indent):
            return False
        kind, following = self._flat[at + 1] if at + 1 < len(self._flat) else ("newline", "")
        return kind in ("newline", "comment") or following.strip() in _VALUE_ENDS
