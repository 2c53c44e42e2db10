"""Maven: pom.xml."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, Unreadable, folded, joined
from hotfix.dependencies.properties import holds_version, resolve
from hotfix.dependencies.xml_text import Element, read_xml

_PROPERTY = re.compile(r"\$\{([^${}]{1,200})\}")
_SECTIONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("dependencies", "dependency"), ""),
    (("dependencyManagement", "dependencies", "dependency"), "dependencyManagement"),
    (("build", "plugins", "plugin"), "plugin"),
    (("build", "pluginManagement", "plugins", "plugin"), "pluginManagement"),
    (("build", "extensions", "extension"), "extension"),
    (("reporting", "plugins", "plugin"), "reporting"),
)


def pom(text: str) -> Iterator[Dependency]:
    project = read_xml(text)
    if project.name != "project":
        raise Unreadable("no Maven project", project.line)
    pom = _Pom(project)
    yield from pom.dependencies()
    yield from pom.properties_of_others()


class _Pom:
    def __init__(self, project: Element) -> None:
        self.project = project
        self.properties: dict[str, Element] = {}
        self.used: set[str] = set()
        for holder in (project, *project.find("profiles", "profile")):
            for properties in holder.all("properties"):
                self.properties.update({p.name: p for p in properties.children})
        self.values = {name: element.text for name, element in self.properties.items()}

    def dependencies(self) -> Iterator[Dependency]:
        if parent := self.project.child("parent"):
            # A module that takes its groupId from its parent belongs to it: that version is their own release's.
            own = self.project.child("groupId") is None
            yield self._dependency(parent, "parent", version="" if own else None)
        yield from self._sections(self.project, "")
        for profile in self.project.find("profiles", "profile"):
            yield from self._sections(profile, f"profile {profile.value('id')} ")

    def _sections(self, holder: Element, prefix: str) -> Iterator[Dependency]:
        for path, name in _SECTIONS:
            group = f"{prefix}{name}".strip()
            for element in holder.find(*path):
                yield self._dependency(element, group)
                for inner in element.find("dependencies", "dependency"):
                    yield self._dependency(inner, f"{group} {element.value('artifactId')}".strip())

    def _dependency(self, element: Element, group: str, version: str | None = None) -> Dependency:
        artifact = self._text(element, "artifactId")
        if not artifact:
            raise Unreadable(f"a {element.name} has no artifactId", element.line)
        owner = self._text(element, "groupId") or "org.apache.maven.plugins"
        at = element.child("version") or element
        excluded = sorted(
            f"without {e.value('groupId')}:{e.value('artifactId')}" for e in element.find("exclusions", "exclusion")
        )
        return Dependency(
            ecosystem="maven",
            name=f"{owner}:{artifact}",
            version=self._text(element, "version") if version is None else version,
            line=at.line,
            group=group,
            detail=joined(*(self._text(element, name) for name in ("type", "classifier", "scope")), *excluded),
        )

    def _text(self, element: Element, name: str) -> str:
        return folded(resolve(element.value(name), self.values, _PROPERTY, self.used.add))

    def properties_of_others(self) -> Iterator[Dependency]:
        """Versions that this file does not use itself, but its modules may."""
        for name, element in self.properties.items():
            if name not in self.used and holds_version(name):
                version = folded(resolve(element.text, self.values, _PROPERTY, lambda _: None))
                yield Dependency(ecosystem="maven", name=name, version=version, line=element.line, group="property")
