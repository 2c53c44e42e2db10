"""Rust: Cargo.toml and Cargo.lock."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, Unreadable, folded, joined, without_secrets
from hotfix.dependencies.toml_text import read_toml
from hotfix.dependencies.tree import Table, inline

_SECTIONS = ("dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies")


def cargo_toml(text: str) -> Iterator[Dependency]:
    document = read_toml(text)
    yield from _sections(document, "")
    for target, section in document.table("target").tables():
        yield from _sections(section, f"target {folded(target)} ")
    yield from _section(document.table("workspace").table("dependencies"), "workspace")
    yield from _section(document.table("replace"), "replace")
    for source, section in document.table("patch").tables():
        yield from _section(section, f"patch {source}")


def _sections(table: Table, prefix: str) -> Iterator[Dependency]:
    for name in _SECTIONS:
        kind = name.replace("_", "-")
        yield from _section(table.table(name), f"{prefix}{'' if kind == 'dependencies' else kind}".strip())


def _section(section: Table, group: str) -> Iterator[Dependency]:
    for name, value in section.items():
        line = section.where(name)
        if isinstance(value, str):
            yield _crate(name, value, line, group)
        elif isinstance(value, Table):
            # In another form, `serde = { version = "1" }` says the same as `serde = "1"`.
            shown = f"{value.text('package')} " if "package" in value else ""
            detail = without_secrets(inline(value, without=("version", "package")))
            yield _crate(name, shown + value.text("version"), line, group, detail)
        else:
            raise Unreadable(f"`{name[:80]}` should hold a version", line)


def cargo_lock(text: str) -> Iterator[Dependency]:
    """Packages without a source are the workspace's own."""
    document = read_toml(text)
    elsewhere = document.table("metadata")
    for package in document.array("package").tables():
        if source := package.text("source"):
            name, version = package.text("name"), package.text("version")
            sum = package.text("checksum") or elsewhere.text(f"checksum {name} {version} ({source})")
            yield _crate(name, version, package.where("version"), "", joined(without_secrets(source), sum))


def _crate(name: str, version: str, line: int, group: str, detail: str = "") -> Dependency:
    return Dependency(ecosystem="cargo", name=name, version=folded(version), line=line, group=group, detail=detail)
