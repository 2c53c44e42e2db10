"""npm: package.json and package-lock.json."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.dependencies.json_text import read_json
from hotfix.dependencies.model import Dependency, Unreadable, folded, without_secrets
from hotfix.dependencies.tree import Table

SECTIONS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "resolutions")


def package_json(text: str) -> Iterator[Dependency]:
    document = read_json(text)
    for section in SECTIONS:
        for name, version, line in document.table(section).texts():
            yield _npm(name, folded(version), line, section)
    yield from _overrides(document.table("overrides"), "")
    for name, version, line in document.table("pnpm").table("overrides").texts():
        yield _npm(name, folded(version), line, "overrides")
    if manager := document.text("packageManager"):
        name, _, version = manager.partition("@")
        yield _npm(name, version, document.where("packageManager"), "packageManager")


def _overrides(overrides: Table, parent: str) -> Iterator[Dependency]:
    # Depth is bounded by the reader's.
    for name, value in overrides.items():
        path = f"{parent} > {name}" if parent else name
        if isinstance(value, Table):
            yield from _overrides(value, path)
        elif isinstance(value, str):
            yield _npm(path, folded(value), overrides.where(name), "overrides")
        else:
            raise Unreadable(f"override of `{path[:80]}` should hold a version", overrides.where(name))


def package_lock(text: str) -> Iterator[Dependency]:
    """Every version of the format: 1 nests `dependencies`, 2 has both, 3 has `packages` alone."""
    document = read_json(text)
    if "packages" not in document:
        yield from _nested(document.table("dependencies"), "")
        return
    packages = document.table("packages")
    for path, package in packages.tables():
        *parents, name = f"/{path}".split("/node_modules/")
        if not parents or package.get("link") is True:
            continue  # the project itself and its workspaces
        yield _locked(name, " > ".join(parents).strip("/ >"), package, packages.where(path))


def _nested(dependencies: Table, parent: str) -> Iterator[Dependency]:
    for name, package in dependencies.tables():
        yield _locked(name, parent, package, dependencies.where(name))
        yield from _nested(package.table("dependencies"), f"{parent} > {name}" if parent else name)


def _locked(name: str, parent: str, package: Table, line: int) -> Dependency:
    alias = package.text("name")
    version = package.text("version")
    return Dependency(
        ecosystem="npm",
        name=name,
        version=without_secrets(f"npm:{alias}@{version}" if alias and alias != name else version),
        line=line,
        group=parent,
        detail=package.text("integrity") or without_secrets(_resolved(package)),
    )


def _resolved(package: Table) -> str:
    value = package.get("resolved")
    return value if isinstance(value, str) else ""


def _npm(name: str, version: str, line: int, group: str) -> Dependency:
    return Dependency(ecosystem="npm", name=name, version=without_secrets(version), line=line, group=group)
