"""Parse INI files in the dialect of Python's tools: sections, keys, values continued on indented lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.package_change import Unreadable
from hotfix.dependencies.syntax.document_tree import Table

_SIGN = re.compile("[=:]")


def read_ini(text: str) -> Table:
    """Parse a document into one table per section. Raises Unreadable for invalid INI."""
    document = Table(1)
    section: Table | None = None
    for line, content in _logical_lines(text):
        if content.startswith("["):
            if not content.endswith("]"):
                raise Unreadable("a section name is not closed", line)
            section = Table(line)
            document.put(content[1:-1].strip(), section, line)
        elif section is not None and (sign := _SIGN.search(content, 1)):
            section.put(content[: sign.start()].strip().lower(), content[sign.end() :].strip(), line)
        else:
            raise Unreadable(f"`{content[:80]}` is not a setting", line)
    return document


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    start = 0
    for line, raw in enumerate(text.splitlines(), 1):
        content = raw.strip()
        if not content or content[0] in "#;":
            continue
        if parts and raw[0].isspace():
            parts.append(content)
            continue
        if parts:
            yield start, "\n".join(parts)
        parts, start = [content], line
    if parts:
        yield start, "\n".join(parts)
