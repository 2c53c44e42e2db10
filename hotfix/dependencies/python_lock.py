"""Python: what was locked, in poetry.lock, uv.lock, pdm.lock, pylock.toml and Pipfile.lock."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.dependencies.json_text import read_json
from hotfix.dependencies.model import Dependency, hashes, joined, without_secrets
from hotfix.dependencies.pip import canonical
from hotfix.dependencies.toml_text import read_toml
from hotfix.dependencies.tree import Table, inline

_OWN = frozenset(("editable", "virtual", "directory"))
"""Sources that are the project itself or a part of it: their versions are releases, not dependencies."""


def poetry_lock(text: str) -> Iterator[Dependency]:
    """poetry.lock and pdm.lock; older ones keep the files of all packages under `metadata`."""
    document = read_toml(text)
    elsewhere = document.table("metadata").table("files")
    for package in document.array("package").tables():
        name = package.text("name")
        files = [*package.array("files").tables(), *elsewhere.array(name).tables()]
        yield _locked(package, inline(package.table("source")), [file.text("hash") for file in files])


def uv_lock(text: str) -> Iterator[Dependency]:
    for package in read_toml(text).array("package").tables():
        source = package.table("source")
        if not _OWN.isdisjoint(source):
            continue
        files = [package.table("sdist"), *package.array("wheels").tables()]
        yield _locked(package, inline(source), [file.text("hash") for file in files if file])


def pylock(text: str) -> Iterator[Dependency]:
    for package in read_toml(text).array("packages").tables():
        if "directory" in package:
            continue
        files = [package.table("sdist"), package.table("archive"), *package.array("wheels").tables()]
        sums = [f"{kind}:{sum}" for file in files for kind, sum, _ in file.table("hashes").texts()]
        yield _locked(package, joined(package.text("index"), inline(package.table("vcs"))), sums)


def pipfile_lock(text: str) -> Iterator[Dependency]:
    document = read_json(text)
    for group, section in document.tables():
        if group == "_meta":
            for source in section.array("sources").tables():
                name, url = f"index {source.text('name')}", without_secrets(source.text("url"))
                yield Dependency(ecosystem="pip", name=name, version=url, line=source.line, group="index")
            continue
        for name, package in section.tables():
            sums = hashes(text for text, _ in package.array("hashes").texts())
            yield Dependency(
                ecosystem="pip",
                name=canonical(name),
                version=package.text("version").removeprefix("=="),
                line=section.where(name),
                group=group,
                detail=joined(without_secrets(inline(package, without=("version", "hashes"))), sums),
            )


def _locked(package: Table, source: str, sums: list[str]) -> Dependency:
    return Dependency(
        ecosystem="pip",
        name=canonical(package.text("name")),
        version=package.text("version"),
        line=package.where("version") if "version" in package else package.line,
        detail=joined(without_secrets(source), hashes(sums)),
    )
