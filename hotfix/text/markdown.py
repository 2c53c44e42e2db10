"""Parse the subset of GitHub Flavored Markdown that specs and comments need: lines, headings, lists, paragraphs.

markdown-it-py parses the blocks in linear time, so callers only have to limit the length. Content that is invisible on
the rendered page (HTML comments, hidden elements) is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.words import words

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 65_536
"""Maximum length of a body on GitHub in characters; the rest of a longer text is ignored."""
_NESTING = 20
"""Maximum nesting of lists and quotes."""
_LABEL = lazy_pattern(
    r"(?:[-*+]\s+|\d{1,3}[.)]\s+)?(?:\[[ xX]\]\s+)?"
    r"[*_]{0,3}([A-Za-z][A-Za-z /-]{0,40}?)[*_]{0,3}[ \t]{0,3}:[*_]{0,3}(.*)$"
)
_ITEM = lazy_pattern(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+(?:\[([ xX])\](?=[ \t]|$))?[ \t]*(.*))?$")
_BOX = lazy_pattern(r"\[[ xX]\][ \t]+")
_CODE_SPAN = lazy_pattern(r"`[^`]*`")
_TAG = lazy_pattern(r"<(/?)([A-Za-z][A-Za-z0-9-]{0,30})((?:\s[^<>]*)?)>")
_ELEMENTS = frozenset(
    words(
        "a article aside b blockquote center code dd del details div dl dt em figure footer form h1 h2 h3 h4 h5 h6",
        "header i kbd li main nav object ol p pre s script section select small span strike strong style sub summary",
        "sup table tbody td template textarea tfoot th thead tr tt u ul",
    )
)
"""Elements that can contain text. Any other word in angle brackets is a placeholder."""
_INLINE_HIDES = frozenset(words("article div details object section select span template textarea"))
"""Elements that may stay open after the paragraph in which they begin; the others end there."""
_HIDDEN = lazy_pattern(
    r"(?<![\w-])hidden\b|display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:opacity|font-size)\s*:\s*0",
    re.IGNORECASE,
)
_HIDDEN_ELEMENTS = frozenset(("object", "script", "select", "style", "template", "textarea"))


_NOT_TOP_LEVEL = lazy_pattern(r"\A\[\^[^\]\n]{1,300}\]:|^\s*\$\$|^\s*(?:\\/|&(?:#|sol))", re.MULTILINE)
"""A paragraph that GitHub renders as a footnote or a formula, or that has an escaped slash."""
LINK_DEFINITION = lazy_pattern(r" {0,3}\[([^\[\]\n]{1,300})\]:\s*\S")
"""A link definition `[name]: address`, which is not rendered."""


class LineKind(StrEnum):
    """The kind of a line."""

    TEXT = "text"
    HEADING = "heading"
    QUOTE = "quote"
    CODE = "code"
    """A line of a code block, or its fence."""
    HTML = "html"
    """Raw HTML, or anything inside a hidden element."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a text."""

    number: int
    """Line number, from 1."""
    text: str
    """The visible text, without HTML comments, struck-through text, heading markers and HTML tags."""
    kind: LineKind
    level: int = 0
    """Heading level, 1 to 6; 0 for other lines."""

    @property
    def prose(self) -> str:
        """Return the text without code; empty for a line of code."""
        return "" if self.kind is LineKind.CODE else without_code(self.text)


@dataclass(frozen=True, slots=True)
class ListEntry:
    """The first line of a top-level list item, or a table row, outside quotes and HTML."""

    line: int
    cells: tuple[str, ...]
    """Markdown without the task checkbox and HTML comments; a list item has one cell."""
    lead: str = ""
    """The paragraph or heading directly above the list or table."""
    columns: tuple[str, ...] = ()
    """The column headers of a table."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed text."""

    lines: tuple[TextLine, ...]
    entries: tuple[ListEntry, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """The text of a list item's line."""

    text: str
    box: str = ""
    """The state of the task checkbox: ` ` or `x`; empty if there is none."""


def lines_of(text: str) -> list[str]:
    """Return the lines, split at LF, CRLF or CR only: GitHub ignores the other separators of `str.splitlines`."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def item(text: str) -> Item | None:
    """Return a line as a list item (bullet, number or task); None if it is not one."""
    match = _ITEM.match(text)
    return Item((match[2] or "").strip(), (match[1] or "").lower()) if match else None


def label(text: str) -> tuple[str, str] | None:
    """Return label and value, such as `severity` and `P0` for `- **Severity:** P0`; None for a line without a label."""
    match = _LABEL.match(text.strip())
    return (match[1].strip().casefold(), match[2].strip()) if match else None


def without_code(text: str) -> str:
    """Return a line without its inline code."""
    return _CODE_SPAN.sub(" ", text)


@lru_cache(1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # here, because it takes longer to load than most commands take to run

    return MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable(["table", "strikethrough"])


@lru_cache(1)
def _block_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable("table")
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


def read(text: str) -> Document:
    """Return the lines and entries of a Markdown text. The text beyond LONGEST is ignored."""
    text = text[:LONGEST]
    return _Reader(lines_of(text)).document(_block_parser().parse(text.replace("\r\n", "\n").replace("\r", "\n")))


def scan(text: str) -> tuple[TextLine, ...]:
    """Return the lines of a Markdown text."""
    return read(text).lines


def paragraph_lines(text: str) -> Iterator[str]:
    """Yield the lines of the top-level paragraphs that begin with plain text, as they are rendered.

    Quotes, code, lists, tables, headings, HTML, footnotes and formulas are not top-level paragraphs; text inside
    emphasis, a link, or struck-through text does not begin a line.
    """
    if len(text) > LONGEST:
        return
    html = _Elements()
    opener: Token | None = None
    for token in _parser().parse(text):
        if token.type == "html_block":
            html.block(token.content)
        elif token.type == "inline":
            inside = bool(html)
            html.inline(token.content)
            if _NOT_TOP_LEVEL.search(token.content):
                continue
            if opener and opener.type == "paragraph_open" and opener.level == 0 and not inside:
                yield from _rendered_lines(token.children or ())
        opener = token


def _rendered_lines(children: Iterable[Token]) -> Iterator[str]:
    depth = 0
    plain: bool | None = None  # None until the line has content
    line = ""
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            if plain:
                yield line
            plain, line = None, ""
            continue
        if plain is None and (child.type != "text" or child.content):
            plain = child.type == "text" and depth == 0
        depth += _tag_depth(child.content) if child.type == "html_inline" else child.nesting
        line += f"`{child.content}`" if child.type == "code_inline" else child.content if child.type == "text" else ""
    if plain:
        yield line


def _tag_depth(tag: str) -> int:
    found = _TAG.fullmatch(tag)
    return 0 if not found or found[2].casefold() not in _ELEMENTS else -1 if found[1] else 1


class _Elements:
    """The open raw HTML elements, which may span many blocks."""

    def __init__(self) -> None:
        self._open: list[tuple[str, bool]] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def hides(self) -> bool:
        """Return whether the text at this point is hidden."""
        return any(hidden for _, hidden in self._open)

    def block(self, html: str) -> bool:
        """Process the tags of an HTML block; return whether any of them hides content."""
        return self._follow(_without_comments(html), _ELEMENTS)

    def inline(self, text: str) -> None:
        """Process the tags of a paragraph that can hide the following blocks."""
        if "<" in text:
            self._follow(_without_comments(without_code(text)), _INLINE_HIDES)

    def _follow(self, html: str, names: frozenset[str]) -> bool:
        any_hidden = False
        for end, name, attributes in _TAG.findall(html):
            name = name.casefold()
            if name not in names or attributes.rstrip().endswith("/") or len(self._open) > 100:
                continue
            if not end:
                hidden = name in _HIDDEN_ELEMENTS or bool(_HIDDEN.search(attributes))
                any_hidden |= hidden
                self._open.append((name, hidden))
            elif any(name == other for other, _ in self._open):
                while self._open.pop()[0] != name:
                    pass
        return any_hidden


class _Reader:
    """Converter of the parser's tokens to lines and entries."""

    def __init__(self, raw: list[str]) -> None:
        self._raw = raw
        self._lines: list[TextLine | None] = [None] * len(raw)
        self._entries: list[ListEntry] = []
        self._html = _Elements()
        self._lead = ""

    def document(self, tokens: list[Token]) -> Document:
        lists: list[int] = []
        row: list[str] = []
        columns: tuple[str, ...] = ()
        row_line = 0
        first, in_quote, in_body = False, 0, False
        for at, token in enumerate(tokens):
            start, end = token.map or (0, 0)
            match token.type:
                case "html_block":
                    self._raw_html(token, start, end)
                case "fence" | "code_block":
                    self._fill(start, end, LineKind.CODE)
                case "blockquote_open":
                    in_quote += 1
                    self._fill(start, end, LineKind.QUOTE)
                case "blockquote_close":
                    in_quote -= 1
                case "bullet_list_open" | "ordered_list_open":
                    lists.append(token.level)
                case "bullet_list_close" | "ordered_list_close":
                    lists.pop()
                    self._lead = self._lead if lists else ""
                case "list_item_open":
                    first = True
                case "tr_open":
                    row, row_line = [], start
                case "tbody_open" | "tbody_close":
                    in_body = token.nesting > 0
                case "thead_close":
                    columns = tuple(row)
                case "tr_close" if in_body and not in_quote and not lists:
                    self._entry(row_line, row, columns)
                case "table_close":
                    self._lead = ""
                case "heading_open" if token.level == 0:
                    self._heading(token, tokens[at + 1].content)
                case "inline":
                    opener = tokens[at - 1].type
                    if opener in ("td_open", "th_open"):
                        row.append(token.content)
                    if opener == "paragraph_open" and first and lists == [0] and not in_quote:
                        self._entry(start, [token.content.split("\n", 1)[0]])
                    if token.level == 1 and opener == "paragraph_open" and not self._html.hides:
                        self._lead = token.content
                    first = False
                    self._paragraph(token, start, end)
                case _:
                    pass
        for index, raw in enumerate(self._raw):
            self._set(index, raw, LineKind.TEXT)
        return Document(tuple(_without_struck(line) for line in self._lines if line), tuple(self._entries))

    def _set(self, index: int, text: str, kind: LineKind, level: int = 0) -> None:
        """Set a line, unless it is known already."""
        if self._lines[index] is None:
            self._lines[index] = TextLine(index + 1, text, kind, level)

    def _fill(self, start: int, end: int, kind: LineKind) -> None:
        hidden = kind is LineKind.HTML or self._html.hides
        for index, raw in enumerate(self._raw[start:end], start):
            self._set(index, "" if hidden else raw, LineKind.HTML if hidden else kind)

    def _raw_html(self, token: Token, start: int, end: int) -> None:
        hidden = self._html.hides
        hidden |= self._html.block(token.content)
        shown = _TAG.sub("", _without_comments(token.content)).split("\n")
        for at, _ in enumerate(self._raw[start:end]):
            self._set(start + at, "" if hidden or at >= len(shown) else shown[at], LineKind.HTML)

    def _heading(self, token: Token, content: str) -> None:
        start, end = token.map or (0, 0)
        if self._html.hides:
            self._fill(start, end, LineKind.HTML)
            return
        self._lead = content
        text = " ".join(_without_comments(content).split("\n")).strip()
        self._set(start, text, LineKind.HEADING, int(token.tag[1:]))
        for index in range(start + 1, end):
            self._set(index, "", LineKind.TEXT)

    def _paragraph(self, token: Token, start: int, end: int) -> None:
        """Remove comments and hidden elements from the lines of a paragraph."""
        if "<" in token.content or self._html.hides:
            hidden = self._html.hides
            kept = _without_comments("\n".join(self._raw[start:end])).split("\n")
            self._html.inline(token.content)
            for index, text in zip(range(start, end), kept, strict=False):
                self._set(index, "" if hidden else text, LineKind.HTML if hidden else LineKind.TEXT)

    def _entry(self, start: int, cells: list[str], columns: tuple[str, ...] = ()) -> None:
        if not self._html:
            plain = (_BOX.sub("", _without_comments(cell).strip(), count=1) for cell in cells)
            self._entries.append(ListEntry(start + 1, tuple(plain), self._lead, columns))


def _without_struck(line: TextLine) -> TextLine:
    """Return the line without struck-through text."""
    if line.kind not in (LineKind.TEXT, LineKind.HEADING) or "~~" not in line.text:
        return line
    code = [match.span() for match in _CODE_SPAN.finditer(line.text)]
    marks = [at.start() for at in re.finditer("~~", line.text) if not any(a < at.start() < b for a, b in code)]
    text, last = "", 0
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        text += line.text[last:start]
        last = end + 2
    return replace(line, text=text + line.text[last:])


def _without_comments(text: str) -> str:
    """Return the text without HTML comments outside code. Line breaks are kept; an unclosed comment ends at the end."""
    if "<!--" not in text:
        return text
    kept: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        before = text[at:start]
        kept.append(before)
        if before.rpartition("\n")[2].count("`") % 2:
            close = text.find("`", start)
            at = close + 1 if close >= 0 else len(text)
            kept.append(text[start:at])
            continue
        end = text.find("-->", start + 4)
        at = end + 3 if end >= 0 else len(text)
        kept.append("\n" * text.count("\n", start, at))
    kept.append(text[at:])
    return "".join(kept)
