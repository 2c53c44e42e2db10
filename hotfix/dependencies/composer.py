"""PHP: composer.json and composer.lock."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.dependencies.json_text import read_json
from hotfix.dependencies.model import Dependency, folded, without_secrets
from hotfix.dependencies.tree import Array, Table, inline


def composer_json(text: str) -> Iterator[Dependency]:
    document = read_json(text)
    for section in "require", "require-dev", "replace", "provide", "conflict":
        # An empty PHP array is written as a list.
        for name, version, line in _table(document, section).texts():
            if name.lower() != "php":
                group = "" if section == "require" else section
                yield _php(name, folded(version), line, group)
    repositories = document.get("repositories")
    if isinstance(repositories, Array):
        for value, line in zip(repositories, repositories.lines, strict=True):
            yield _php("repository", without_secrets(inline(value)), line, "repositories")
    elif isinstance(repositories, Table):
        for key, value in repositories.items():
            yield _php(f"repository {key}", without_secrets(inline(value)), repositories.where(key), "repositories")


def _table(document: Table, key: str) -> Table:
    value = document.get(key)
    return Table(document.where(key)) if isinstance(value, Array) and not value else document.table(key)


def composer_lock(text: str) -> Iterator[Dependency]:
    document = read_json(text)
    for section in "packages", "packages-dev":
        for package in document.array(section).tables():
            source, dist = package.table("source"), package.table("dist")
            yield _php(
                package.text("name"),
                package.text("version"),
                package.where("version"),
                "" if section == "packages" else "dev",
                source.text("reference") or dist.text("reference") or dist.text("shasum"),
            )


def _php(name: str, version: str, line: int, group: str, detail: str = "") -> Dependency:
    return Dependency(ecosystem="composer", name=name.lower(), version=version, line=line, group=group, detail=detail)
