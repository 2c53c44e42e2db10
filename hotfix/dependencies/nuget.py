""".NET: project files, central package versions, packages.config and packages.lock.json."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.json_text import read_json
from hotfix.dependencies.model import Dependency, folded, joined
from hotfix.dependencies.properties import holds_version, resolve
from hotfix.dependencies.xml_text import Element, read_xml

_PROPERTY = re.compile(r"\$\(([\w.]{1,200})\)")
_KINDS = {
    "PackageReference": "",
    "PackageVersion": "central",
    "GlobalPackageReference": "global",
    "PackageDownload": "download",
    "DotNetCliToolReference": "tool",
    "FrameworkReference": "framework",
    "Reference": "assembly",
}


def project(text: str) -> Iterator[Dependency]:
    root = read_xml(text)
    properties = {
        property.name: property
        for group in _walk(root, "")
        if group[0].name == "PropertyGroup"
        for property in group[0].children
    }
    values = {name: element.text for name, element in properties.items()}
    used: set[str] = set()
    if sdk := root.attributes.get("Sdk"):
        name, _, version = sdk.partition("/")
        yield _net(name, version, root.line, "sdk")
    for element, condition in _walk(root, ""):
        used_sdk = element.attributes.get("Name") or element.attributes.get("Sdk")
        if used_sdk and element.name in ("Sdk", "Import"):
            yield _net(used_sdk, element.attributes.get("Version", ""), element.line, "sdk")
        kind = _KINDS.get(element.name)
        what = [key for key in ("Include", "Update", "Remove") if element.attributes.get(key)]
        if kind is None or not what:
            continue
        given = [
            element.attributes.get(key) or element.value(key) for key in ("Version", "VersionOverride", "HintPath")
        ]
        version = resolve(" ".join(g for g in given if g), values, _PROPERTY, used.add)
        yield _net(
            element.attributes[what[0]],
            folded(version),
            element.line,
            joined(kind, "" if what[0] == "Include" else what[0].lower()),
            condition,
        )
    for name, element in properties.items():
        if name not in used and holds_version(name):
            version = resolve(element.text, values, _PROPERTY, lambda _: None)
            yield _net(name, folded(version), element.line, "property")


def _walk(element: Element, condition: str) -> Iterator[tuple[Element, str]]:
    """Every element below with the conditions it stands under. Depth is bounded by the reader."""
    for child in element.children:
        under = joined(condition, folded(child.attributes.get("Condition", "")))
        yield child, under
        yield from _walk(child, under)


def packages_config(text: str) -> Iterator[Dependency]:
    for package in read_xml(text).all("package"):
        yield _net(package.attributes.get("id", ""), package.attributes.get("version", ""), package.line, "")


def packages_lock(text: str) -> Iterator[Dependency]:
    for framework, section in read_json(text).table("dependencies").tables():
        for name, package in section.tables():
            # A project of the same solution is no package.
            if package.text("type") != "Project":
                version, sum = package.text("resolved"), package.text("contentHash")
                yield _net(name, version, section.where(name), framework, sum)


def _net(name: str, version: str, line: int, group: str, detail: str = "") -> Dependency:
    return Dependency(ecosystem="nuget", name=name, version=version, line=line, group=group, detail=detail)
