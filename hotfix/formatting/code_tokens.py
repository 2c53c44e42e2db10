"""Split a text into tokens without layout, line by line.

Strings keep every character; comments are split into words; code is split into words, operators and the white space
that is significant in the language. If both sides of a change have the same tokens, only the layout changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hotfix.formatting.syntax import Spaces, Syntax
from hotfix.text.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

MAX_LEXED = 6_000
"""Maximum length of a text for a lexer, in characters: some lexers take quadratic time."""
MAX_LINE = 1_000
"""Maximum length of a line for a lexer, in characters."""
MAX_WORDS = 50_000
"""Maximum length of a text that is tokenized, in characters; longer ones are compared as whole lines."""
_PROSE = lazy_pattern(r"[\w\s.<>?\[\]$]{600}")
"""Text that is not lexed: for ten thousand words without punctuation, the C, Java and C# lexers take up to a minute."""

CodeToken = tuple[str, str]
"""Kind (`code`, `string`, `comment`, `newline`, `indent`) and text."""

_OPERATORS = (
    ">>>=|<<=|>>=|===|!==|\\*\\*=|//=|\\?\\?=|&&=|\\|\\|=|<=>|\\.\\.\\.|\\.\\.=|>>>|=~|!~|"
    "\\*\\*|\\+\\+|--|&&|\\|\\||==|!=|<=|>=|\\+=|-=|\\*=|/=|%=|&=|\\|=|\\^=|->|=>|<-|::|:=|\\?\\?|\\?\\.|<<|>>|\\.\\.|\\|>|//|/\\*|\\*/"
)
_CODE = lazy_pattern(rf"\\?\n|[^\S\n]+|\w+|{_OPERATORS}|.", re.DOTALL)
_QUOTED = lazy_pattern(r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|`[^`\n]*+`?""")
"""An unclosed quote extends to the end of its line; retrying at every quote would take quadratic time."""
_MARKER = lazy_pattern(r"/\*+!?|//+[/!]?|#+|--+(?:\[\[)?|;+|%+|<!--|\{-|\(\*|=begin\b")
_BLOCKS = ("/*", "<!--", "{-", "(*", "=begin", "--[[")
_INNER = lazy_pattern(r"\*+(?!/)")
_END = lazy_pattern(r"\s*(?:\*+/|-->|-\}|\*\)|\]\]|=end)\s*\Z")
_DIRECTIVE = lazy_pattern(r"[!+@\[]|[\w-]+:\S")
SCRIPTS = frozenset(("javascript", "typescript", "jsx", "tsx"))
"""Languages that may contain markup, in which a space between words is text."""
_SOFT_AFTER = frozenset(("", ";", "{", "(", "[", ",", "=>", "&&", "||", "=", ".", "?."))
_SOFT_BEFORE = frozenset((")", "]", "}", ".", "?."))
_MAY_BEGIN_TAG = lazy_pattern(r"\A(?:|[^\w)\]]+|return|default|yield)\Z")
"""The token before a JSX tag; after a name or a bracket, `<` is a comparison or begins type arguments."""
_ENDS_TAG = frozenset((">", "/"))
_RESTRICTED = frozenset(("return", "break", "continue", "throw", "yield", "async"))
"""Words after which a line break always ends the statement."""
_BEGINS = lazy_pattern(r"(?:[=(\[{,:+?]|\b(?:return|yield|in)|[=(,\s][fFrRbBuU]{1,2})$")
"""Text before the beginning of a string."""
_MISNAMING = frozenset(("bash", "docker", "elixir", "xml"))
"""Lexers with incorrect token types, see `_exceptions`."""
_CARE = list(Spaces).index
_IN_FLOW = frozenset("[]{},")
_BEFORE_FLOW = frozenset((":", "-", "[", "{", ","))
_OPEN, _CLOSE = "([{", ")]}"


@lru_cache(maxsize=64)
def _lexer(alias: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name  # here, because few changes need a lexer

    options = {"startinline": True} if alias == "php" else {}
    return get_lexer_by_name(alias, **options)


def may_lex(lines: Sequence[str], syntax: Syntax) -> bool:
    """Return whether a text can be lexed; otherwise its white space is treated more strictly."""
    text = "".join(f"{line}\n" for line in lines)
    fits = len(text) <= MAX_LEXED and all(len(line) <= MAX_LINE for line in lines)
    return bool(syntax.lexer) and fits and not _PROSE.search(text)


def tokens(lines: Sequence[str], syntax: Syntax) -> list[list[CodeToken]]:
    """Return the tokens of each line. The syntax must not name a lexer unless `may_lex`.

    Takes linear time, except in the lexer, whose input `may_lex` limits.
    """
    if sum(map(len, lines)) > MAX_WORDS:
        return plain_lines(lines, syntax)
    text = "".join(f"{line}\n" for line in lines)
    if syntax.lexer in SCRIPTS and ("</" in text or "/>" in text):
        syntax = replace(syntax, spaces=Spaces.PRESENT, leads=syntax.leads - {"{"}, tags=True)
    start = _start(text, lines, syntax) if syntax.lexer else ""
    if start is None:
        return [[("string", line)] for line in lines]
    pieces = list(_lexed(start + text, syntax)) if syntax.lexer else None
    if pieces is None or sum(len(value) for _, value in pieces) != len(start) + len(text):
        # Comments are not recognized without a lexer, so a line break may end one.
        care = max(syntax.spaces, Spaces.PRESENT, key=_CARE)
        syntax = replace(syntax, newline=True, brackets="", soft=False, spaces=care)
        start, pieces = "", list(_unlexed(text))
    found = _Lines(syntax, len(lines) + bool(start))
    for kind, value in pieces:
        found.take(kind, value)
    return found.lines[bool(start) :]


def _start(text: str, lines: Sequence[str], syntax: Syntax) -> str | None:
    """Return a line to prepend to a hunk that begins inside a comment or a string; None if that is unknown."""
    if syntax.braces and _starts_inside_comment(text, lines):
        return "/*\n"
    for quote in syntax.quotes:
        # A line with an even number of quotes says nothing about the lines around it.
        for line in lines:
            if line.count(quote) % 2 == 0:
                continue
            before, _, after = line.partition(quote)
            ends = _ends(before.strip(), after.strip(), quote)
            if ends is None:
                return None
            if ends:
                return f"{quote}\n"
            break
    return ""


def _ends(before: str, after: str, quote: str) -> bool | None:
    """Return whether this quote ends a string that began above the hunk (False: begins one); None if unknown."""
    closed = not after or after[0] in ")]},;."
    if _BEGINS.search(before):
        return None if after and closed else False
    if not before:
        return None if not after else closed
    # Text before the quote is a string that ends here; but a word before a backtick may also be a template tag.
    return True if closed and (after or quote != "`") else None


def plain_lines(lines: Sequence[str], syntax: Syntax) -> list[list[CodeToken]]:
    """Return each line as one token without surrounding white space, for texts that are too long to tokenize."""
    found: list[list[CodeToken]] = []
    for line in lines:
        bare = line.strip()
        indent = [("indent", line[: len(line) - len(line.lstrip())])] if syntax.indent else []
        found.append([*indent, ("code", bare)] if bare else [])
    return found


def _starts_inside_comment(text: str, lines: Sequence[str]) -> bool:
    """Return whether a hunk begins inside a block comment: `*/` comes before `/*`, or every line begins with `*`."""
    begin, end = text.find("/*"), text.find("*/")
    if end >= 0:
        return begin < 0 or end < begin
    return "*" in text and all(line.lstrip().startswith("*") for line in lines if line.strip())


def _lexed(text: str, syntax: Syntax) -> Iterator[CodeToken]:
    """Yield the lexer's tokens, merged if of the same kind. Ends early if the positions are not contiguous."""
    from pygments.token import String

    kind, at = "", 0
    parts: list[str] = []
    before = None
    for index, type, value in _lexer(syntax.lexer).get_tokens_unprocessed(text):
        if index != at:
            return
        at += len(value)
        this = "comment" if type is String.Doc and value.startswith(("//", "/*")) else _kind(type)
        if syntax.lexer in _MISNAMING:
            this = _exceptions(syntax.lexer, before, type, value) or this
        before = type
        if this != kind and parts:
            yield kind, "".join(parts)
            parts = []
        kind = this
        parts.append(value)
    if parts:
        yield kind, "".join(parts)


def _exceptions(lexer: str, before: _TokenType | None, type: _TokenType, value: str) -> str:
    """Return the correct kind of a token that the lexer misclassifies; empty if the lexer is right."""
    from pygments.token import String, Text

    if lexer in ("bash", "docker") and type is String.Escape and value == "\\\n":
        return "code"  # a continued line
    if type is Text.Whitespace and lexer == "elixir" and before is String.Heredoc:
        return "string"
    if type is Text.Whitespace and lexer == "xml" and before is Text and "\n" not in value:
        return "string"  # between words of a value
    return ""


@lru_cache(maxsize=1_024)
def _kind(type: _TokenType) -> str:
    from pygments.token import Comment, String

    families = type.split()
    if Comment.Preproc in families or Comment.PreprocFile in families:
        return "directive"
    if Comment in families:
        return "comment"
    return "string" if String in families else "code"


def _unlexed(text: str) -> Iterator[CodeToken]:
    """Yield tokens without a lexer: only quoted text on one line is known to be a string."""
    at = 0
    for match in _QUOTED.finditer(text):
        if match.start() > at:
            yield "code", text[at : match.start()]
        string = match[0].rstrip()
        yield "string", string
        at = match.start() + len(string)
    if at < len(text):
        yield "code", text[at:]


class _Lines:
    """Collector of tokens by line."""

    def __init__(self, syntax: Syntax, count: int) -> None:
        self.syntax = syntax
        self.lines: list[list[CodeToken]] = [[] for _ in range(count + 1)]
        self.at = 0
        self.last = ""
        """The last token that is not a comment."""
        self.space = ""
        """White space since the last token on this line."""
        self.fresh = True
        """Whether there is no token on this line yet."""
        self.broken = False
        """Whether there was a line break since the last token."""
        self.joined = False
        """Whether an operator makes this line continue the previous line's statement."""
        self.open: list[str] = []
        self.marker = ""
        self.previous = ""
        """The token before the last one."""

    def take(self, kind: str, value: str) -> None:
        if kind == "code":
            self._code(value)
        elif kind == "string":
            self._string(value)
        elif kind == "comment":
            self._comment(value)
        else:
            self._directive(value)

    def _next_line(self) -> None:
        self.at = min(self.at + 1, len(self.lines) - 1)
        self.fresh, self.space, self.broken = True, "", True

    def _put(self, kind: str, value: str) -> None:
        self.lines[self.at].append((kind, value))

    def _code(self, value: str) -> None:
        if self.syntax.spaces is Spaces.FREE:
            self._plain(value)
            return
        for kind, part in _unlexed(value):
            if kind == "string":
                self._string(part)
            else:
                self._plain(part)

    def _plain(self, value: str) -> None:
        for match in _CODE.finditer(value):
            token = match[0]
            if token == "\n":
                self._next_line()
            elif token == "\\\n":
                broken, space = self.broken, self.space
                self._next_line()
                self.fresh, self.broken, self.space = False, broken, space
            elif token.isspace():
                self.space += token
            else:
                self._before(token)
                self._put("code", self._spaced(token) + token)
                self._after(token)

    def _before(self, token: str) -> None:
        """Add the line break and the indentation before a token, if they are significant."""
        syntax = self.syntax
        logical = self.broken and syntax.newline and not (self.open and self.open[-1] in syntax.brackets)
        logical = logical and not self._in_tag()
        self.joined = logical and self.last not in _RESTRICTED and (self.last in syntax.trails or token in syntax.leads)
        if logical and syntax.soft:
            logical = self.last not in _SOFT_AFTER and token not in _SOFT_BEFORE
        logical = logical and not self.joined
        if logical and self.last:
            self._put("newline", "")
        if syntax.indent and self.fresh and (logical or not self.last):
            self._put("indent", self.space if syntax.spaces is Spaces.EXACT else str(len(self.space.expandtabs(8))))

    def _spaced(self, token: str) -> str:
        syntax, space = self.syntax, self.space
        if self.fresh:
            # A line break that ends no statement is ordinary white space.
            space = " " if self.last and (self.joined or not syntax.newline or self._in_tag()) else ""
        if syntax.spaces is Spaces.FREE or (token and token in syntax.tight_before):
            return ""
        if self._in_tag() and token in _ENDS_TAG:
            return ""
        if self.last and self.last in syntax.tight_after:
            return ""
        if syntax.flow and self.open and (token in _IN_FLOW or self.last in _IN_FLOW):
            return ""
        counts = syntax.spaces is Spaces.EXACT and not (syntax.flow and self.last == ":")
        return space if counts else space[:1] and " "

    def _in_tag(self) -> bool:
        """Return whether this is inside a markup tag, in which the kind of white space is insignificant."""
        return bool(self.open) and self.open[-1] == "<"

    def _after(self, token: str) -> None:
        if self.syntax.tags:
            if self.last == "<" and not self.space and token[:1].isalpha() and _MAY_BEGIN_TAG.search(self.previous):
                self.open.append("<")
            elif token == ">" and self._in_tag():
                self.open.pop()
            self.previous = self.last
        if token in _OPEN:
            if not self.syntax.flow or self.last in _BEFORE_FLOW:
                self.open.append(token)
        elif token in _CLOSE and self.open:
            self.open.pop()
        self.last, self.space, self.fresh, self.broken, self.marker = token, "", False, False, ""

    def _string(self, value: str) -> None:
        ended = value.endswith("\n")
        first, *rest = value.removesuffix("\n").split("\n")
        self._before(first)
        glued = "+" if not self.space and not self.fresh and self.last[-1:].isalnum() else ""
        self._put("string", glued + self._spaced("") + first)
        self._after('"')
        for piece in rest:
            self._next_line()
            self._put("string", "\n" + piece)
            self._after('"')
        if ended:
            self._next_line()

    def _comment(self, value: str) -> None:
        start = _MARKER.match(value)
        if self.syntax.spaces is Spaces.EXACT and not self.fresh and not self.space:
            self._put("code", "+")  # without a space it may be part of the value
        block = bool(start and start[0].startswith(_BLOCKS))
        for number, line in enumerate(value.split("\n")):
            if number:
                self._next_line()
            if text := line.strip():
                for word in self._words(text, number == 0 or not block, block):
                    self._put("comment", word)
        self.space = ""

    def _words(self, text: str, first: bool, block: bool) -> Iterable[str]:
        marker = (_MARKER if first else _INNER).match(text)
        body = text[marker.end() :] if marker else text
        if first:
            mark = marker[0] if marker else ""
            if mark != self.marker:
                yield mark
            self.marker = mark
        if first and _DIRECTIVE.match(body):
            # `//go:build` is a directive, `// go:build` is prose.
            yield "!"
        yield from (_END.sub("", body) if block else body).split()

    def _directive(self, value: str) -> None:
        """Add the tokens of a preprocessor line, in which spaces between words and the line end are significant."""
        continued = False
        for number, line in enumerate(value.split("\n")):
            if number:
                if self.last == "#" and not continued:
                    self._put("newline", "")
                self._next_line()
            continued = line.endswith("\\")
            for word in line.removesuffix("\\").split():
                self._put("code", f" {word}")
                self._after("#")
