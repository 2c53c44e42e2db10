"""XML with lines. A document type is refused, so that no entity can be declared, expanded or fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from hotfix.dependencies.model import Unreadable
from hotfix.dependencies.tree import MAX_DEPTH


@dataclass(slots=True)
class Element:
    name: str
    """Without its namespace."""
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    def child(self, name: str) -> Element | None:
        """The first child of that name."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)

    def value(self, name: str) -> str:
        """The text of the first child of that name, empty when there is none."""
        child = self.child(name)
        return child.text if child else ""

    def find(self, *names: str) -> Iterator[Element]:
        """Every element reached by this path of names."""
        found = [self]
        for name in names:
            found = [child for element in found for child in element.all(name)]
        return iter(found)


def read_xml(text: str) -> Element:
    """The root element. Raises Unreadable for anything but XML without a document type."""
    # The encoding that the text declares is that of the file; here it is text already.
    parser = expat.ParserCreate(encoding="utf-8")
    top = Element("", 0)
    stack = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise Unreadable("too deeply nested", parser.CurrentLineNumber)
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        element = Element(name.rpartition(":")[2], parser.CurrentLineNumber, local)
        stack[-1].children.append(element)
        stack.append(element)

    def end(name: str) -> None:
        stack.pop()

    def data(text: str) -> None:
        stack[-1].parts.append(text)

    def refuse(*_: object) -> NoReturn:
        raise Unreadable("a document type is not read here", parser.CurrentLineNumber)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise Unreadable(f"no XML: {expat.errors.messages[error.code]}", error.lineno) from None
    return top.children[0]
