"""Find placeholders: template text that was not filled in. Linear in the text."""

from __future__ import annotations

import html
import re

from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.markdown import without_code
from hotfix.text.words import words

_BRACKETS = lazy_pattern(r"(?<![\w\])!/\\.])\[([^\[\]\n]{1,300})\](?![\w(\[:/\\-]|\.\w)")
_ANGLES = lazy_pattern(r"(?<![\w<&])<([A-Za-z][^<>\n]{0,200})>")
_WORDS = lazy_pattern(r"(?<![\w./-])(?:TODO|FIXME|TBD|tbd|[Tt]o be (?:done|defined|determined|decided))(?![\w/-]|\.\w)")
_COMMIT_TEMPLATE = lazy_pattern(r"\[(?:brief description|issue link|specific change|test|commit[ -]sha)(?: \d+)?\]")
_IDENTIFIER = lazy_pattern(r"[A-Z0-9#^][A-Z0-9#_.-]{0,60}")
_ADDRESS = lazy_pattern(r"(?:https?://|mailto:|ftp://)|[^\s@]{1,64}@[^\s@]{1,200}\Z", re.IGNORECASE)
_EMPTY = lazy_pattern(r"<([A-Za-z]+)(?:\s[^<>]*)?\shidden\b[^<>]*>[^<]*</\1>|</?[A-Za-z][^<>]*>|!?\[\]\([^()]*\)")
"""Tags, hidden elements, and links or images without text."""
_NOTHING = frozenset(
    re.split(
        ", ",
        ", n/a, na, n.a, none, nothing, nil, no, not applicable, not yet, none yet, nothing yet, untested, not tested, "
        "not tested yet, not yet tested, no response, unknown, not known, not sure, idk, tba, tbc, t.b.d, t.b.a, wip, "
        "xxx, asdf, pending, later, placeholder, lorem ipsum, fill in, fill me, fill me in, to be filled, "
        "to be filled in, to follow, coming soon, see above, as above, same as above",
    )
)
_TAGS = frozenset(
    words(
        "a b br blockquote code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p picture pre q s",
        "samp source span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var video",
    )
)


def find(text: str, known_links: frozenset[str] = frozenset()) -> str | None:
    """Return the first placeholder in a line, or None. Inline code, links, task boxes, HTML, identifiers in brackets
    (`[CVE-2026-1]`) and brackets in a path (`pages/[id].ts`) are not placeholders.

    `known_links` are the labels of the text's link definitions, in lower case.
    """
    text = html.unescape(without_code(text))
    for match in _BRACKETS.finditer(text):
        inner = match[1].strip()
        if not any(c.isalpha() for c in inner) or inner in {"x", "X"} or inner.casefold() in known_links:
            continue
        if not _is_identifier(inner) and not inner.startswith("^"):
            return match[0]
    for match in _ANGLES.finditer(text):
        inner = match[1]
        name = re.split(r"[\s/]", inner, maxsplit=1)[0].casefold()
        if name not in _TAGS and not _ADDRESS.match(inner) and not inner[-1].isspace():
            return match[0]
    if (word := text.strip(" -*_.:")).casefold() in ("todo", "tbd"):
        return word
    found = _WORDS.search(text)
    return found[0] if found else None


def is_whole(text: str) -> bool:
    """Return whether the whole text is a placeholder: `[issue link]`, `<issue>`, `TODO`."""
    text = text.strip().rstrip(".:")
    if _ADDRESS.match(text[1:-1]) or _is_identifier(text[1:-1]):
        return False
    if len(text) > 1 and (text[0], text[-1]) in (("[", "]"), ("<", ">")):
        return text.count(text[0]) == 1 and any(c.isalpha() for c in text)
    return bool(_WORDS.fullmatch(text)) or text.casefold() in ("todo", "tbd")


def of_template(text: str) -> str | None:
    """Return the first placeholder of the commit message template in the text; None if there is none."""
    left = _COMMIT_TEMPLATE.search(text)
    return left[0] if left else None


def is_nothing(text: str) -> bool:
    """Return whether the text has no content: `N/A`, a dash, an empty element, an issue form's `_No response_`."""
    text = _EMPTY.sub("", html.unescape(text))
    words = text.strip().strip("*_`()[]{}<>-–—.,;:!?~|#+=\"'/\\ \t").casefold()
    return words in _NOTHING or not any(c.isalnum() for c in words)


def _is_identifier(text: str) -> bool:
    """Return whether the text is an identifier: `CVE-2026-1`, `#7`, `P0`."""
    return bool(_IDENTIFIER.fullmatch(text)) and any(c.isdigit() for c in text)
