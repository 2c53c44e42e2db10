"""pnpm-lock.yaml of every version, and pnpm-workspace.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, folded, joined, without_secrets
from hotfix.dependencies.tree import Table, inline
from hotfix.dependencies.yaml_text import read_yaml

_SECTIONS = ("dependencies", "devDependencies", "optionalDependencies")


def pnpm_lock(text: str) -> Iterator[Dependency]:
    for document in read_yaml(text):
        slashes = document.text("lockfileVersion").startswith("5")
        importers = document.table("importers")
        for path, importer in importers.tables():
            yield from _importer(importer, "" if path == "." else path)
        if "importers" not in document:
            yield from _importer(document, "")
        packages = document.table("packages")
        for key, package in packages.tables():
            yield _package(key, package, packages.where(key), slashes)


def _importer(importer: Table, path: str) -> Iterator[Dependency]:
    """What each project of the repository got; links to one another are no dependencies."""
    for section in _SECTIONS:
        wanted = importer.table(section)
        for name, value in wanted.items():
            version = value.text("version") if isinstance(value, Table) else wanted.text(name)
            if not version.startswith("link:"):
                yield _npm(name, _without_peers(version), wanted.where(name), f"{path} {section}".strip())


def _package(key: str, package: Table, line: int, slashes: bool) -> Dependency:
    name, version = _slashed(key) if slashes else _at(key)
    resolution = package.table("resolution")
    source = resolution.text("integrity") or without_secrets(inline(resolution))
    return _npm(package.text("name") or name, package.text("version") or version, line, "locked", source)


def _slashed(key: str) -> tuple[str, str]:
    """`/@scope/name/1.0.0_peer@2`"""
    parts = key.lstrip("/").split("/")
    count = 2 if parts[0].startswith("@") else 1
    return "/".join(parts[:count]), _without_peers("/".join(parts[count:]))


def _at(key: str) -> tuple[str, str]:
    """`/@scope/name@1.0.0(peer@2)`, later without the slash."""
    key = key.lstrip("/")
    at = key.find("@", 1)
    return (key[:at], _without_peers(key[at + 1 :])) if at > 0 else (key, "")


def _without_peers(version: str) -> str:
    """Which peers a package got is told by the peers' own lines."""
    version = version.partition("(")[0]
    return version if "/" in version else version.partition("_")[0]


def pnpm_workspace(text: str) -> Iterator[Dependency]:
    for document in read_yaml(text):
        for name, version, line in document.table("catalog").texts():
            yield _npm(name, folded(version), line, "catalog")
        for catalog, section in document.table("catalogs").tables():
            for name, version, line in section.texts():
                yield _npm(name, folded(version), line, f"catalog {catalog}")
        for name, version, line in document.table("overrides").texts():
            yield _npm(name, folded(version), line, "overrides")


def _npm(name: str, version: str, line: int, group: str, detail: str = "") -> Dependency:
    return Dependency(
        ecosystem="npm", name=name, version=without_secrets(version), line=line, group=group, detail=joined(detail)
    )
