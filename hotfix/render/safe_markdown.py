"""Escape user text, and build GitHub-flavoured Markdown from parts that are already escaped.

Escaped text can't create mentions, links, issue references, markup, HTML, table cells or blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hotfix.text.escaping import one_line, printable, shortened
from hotfix.text.lazy_pattern import lazy_pattern

_BREAK = "&#8203;"
"""A zero-width space. GitHub looks for mentions and references in the decoded text, so entities alone don't help."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "$": "&#36;"}
_SPECIAL = lazy_pattern(
    r"[\\`*_\[\]{}()!~&<>|$]"
    r"|(?P<reference>@|#(?=\d)|\b[Gg][Hh]-(?=\d)|:(?=//)|\b[Ww]{3}(?=\.)|\b(?:mailto|xmpp):)",
    re.ASCII,
)
_START = lazy_pattern(r"(\d{1,9})([.)])(?=\s|$)|([-+=#])")
_CODE = lazy_pattern(r"`([^`]+)`")
_BACKTICKS = lazy_pattern(r"`+")


def text(words: str, most: int = 1_000) -> str:
    """Return user text on one line, escaped. Text between backticks becomes inline code; no other markup is kept."""
    return _escaped(_cut(words, most))


@lru_cache(256)  # most texts are the same in every verdict
def _escaped(words: str) -> str:
    pieces = _CODE.split(words)
    escaped = "".join(code(piece) if at % 2 else _SPECIAL.sub(_escape, piece) for at, piece in enumerate(pieces))
    if start := _START.match(escaped):
        at = start.start(2) if start[2] else 0
        escaped = f"{escaped[:at]}\\{escaped[at:]}"
    return escaped


def code(words: str, most: int = 1_000) -> str:
    """Return user text as inline code that can be copied unchanged, even from a table."""
    words = _cut(words, most)
    if not words:
        return ""
    if "|" in words:  # a bar ends a table cell, even in code
        escaped = re.sub(r"[\\`*_\[\]{}()!~&<>|$@:.]", _entities, words)
        return f"<code>{escaped}</code>"
    if "`" not in words:
        return f"`{words}`"
    fence = "`" * (_longest_run(words) + 1)
    padding = " " if words[0] == "`" or words[-1] == "`" else ""
    return f"{fence}{padding}{words}{padding}{fence}"


def block(lines: str | Iterable[str], language: str = "text") -> str:
    """Return a fenced code block."""
    content = printable(lines if isinstance(lines, str) else "\n".join(lines)).strip("\n")
    fence = "`" * max(3, _longest_run(content) + 1)
    return f"{fence}{language}\n{content}\n{fence}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. The cells are Markdown of one line each, already escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def html(words: str, most: int = 1_000) -> str:
    """Return user text on one line, escaped for a section title, which GitHub parses as HTML instead of Markdown."""
    pieces = _CODE.split(_cut(words, most))
    return "".join(
        f"<code>{_SPECIAL.sub(_entities, piece)}</code>" if at % 2 else _SPECIAL.sub(_escape_html, piece)
        for at, piece in enumerate(pieces)
    )


def details(title: str, body: str, *, unfolded: bool = False) -> str:
    """Return a collapsible section. The title is HTML and the body Markdown, both already escaped."""
    return f"<details{' open' if unfolded else ''}><summary>{title}</summary>\n\n{body}\n</details>\n"


def names(people: Iterable[str], most: int = 10) -> str:
    """Return logins and phrases such as `the author` in bold, joined with commas and `and`."""
    everyone = list(people)
    shown = [f"**{text(person, 60)}**" for person in everyone[:most]]
    if len(everyone) > most:
        shown.append(f"{len(everyone) - most} more")
    return " and ".join(shown) if len(shown) < 3 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def size(markdown: str) -> int:
    """Return the size in bytes.

    GitHub's limits are in characters of an undocumented encoding; there are never fewer bytes than characters.
    """
    return len(markdown.encode("utf-8", "replace"))


def _cut(words: str, most: int) -> str:
    """Return the text on one line, shortened. Very long text is cut first, so that not all of it is processed."""
    return shortened(one_line(words[: 4 * most]), most)


def _escape(found: re.Match[str]) -> str:
    return found[0] + _BREAK if found["reference"] else _ENTITIES.get(found[0], f"\\{found[0]}")


def _entities(found: re.Match[str]) -> str:
    """Return characters as entities. References need no zero-width space: GitHub does not look for them in code."""
    return "".join(f"&#{ord(character)};" for character in found[0])


def _escape_html(found: re.Match[str]) -> str:
    return f"{found[0]}{_BREAK}" if found["reference"] else _entities(found)


def _longest_run(words: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(words)), default=0)
