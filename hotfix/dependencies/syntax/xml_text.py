"""Parse XML into a tree with line numbers. A DOCTYPE is rejected, so that no entity is expanded or fetched."""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from hotfix.dependencies.package_change import Unreadable
from hotfix.dependencies.syntax.document_tree import MAX_DEPTH, Array, Table, Value

TEXT = "#text"
"""The key of an element's text, if it also has attributes or children."""


def read_xml(text: str) -> Table:
    """Parse a document into a table with the root element as its only key. Raises Unreadable for invalid XML.

    Both attributes and children become keys, namespaces are removed, and repeated elements become a list.
    """
    # The text is already decoded, so the encoding that it declares is ignored.
    parser = expat.ParserCreate(encoding="utf-8")
    stack: list[tuple[str, Table, list[str]]] = [("", Table(1), [])]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise Unreadable("too deeply nested", parser.CurrentLineNumber)
        element = Table(parser.CurrentLineNumber)
        for key, value in attributes.items():
            element.put(key.rpartition(":")[2], value, element.line)
        stack.append((name.rpartition(":")[2], element, []))

    def end(_: str) -> None:
        name, element, parts = stack.pop()
        content = "".join(parts).strip()
        if element and content:
            element.put(TEXT, content, element.line)
        _put(stack[-1][1], name, element or content, element.line)

    def refuse(*_: object) -> NoReturn:
        raise Unreadable("document types are not supported", parser.CurrentLineNumber)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: stack[-1][2].append(data)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise Unreadable(f"not XML: {expat.errors.messages[error.code]}", error.lineno) from None
    return stack[0][1]


def _put(parent: Table, name: str, value: Value, line: int) -> None:
    there = parent.get(name)
    if name not in parent:
        parent.put(name, value, line)
    elif isinstance(there, Array):
        there.put(value, line)
    else:
        several = Array(parent.where(name))
        several.put(there, parent.where(name))
        several.put(value, line)
        parent[name] = several
