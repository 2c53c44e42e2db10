"""Python: what a project asks for, in pyproject.toml, Pipfile and setup.cfg."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, Unreadable, folded, without_secrets
from hotfix.dependencies.pip import canonical, requirement
from hotfix.dependencies.toml_text import read_toml
from hotfix.dependencies.tree import Array, Table, Value, inline


def pyproject(text: str) -> Iterator[Dependency]:
    document = read_toml(text)
    yield from _strings(document.table("build-system").array("requires"), "build-system")
    project = document.table("project")
    yield from _strings(project.array("dependencies"), "")
    yield from _lists(project.table("optional-dependencies"), "extra")
    yield from _lists(document.table("dependency-groups"), "group")
    tool = document.table("tool")
    yield from _poetry(tool.table("poetry"))
    uv, pdm = tool.table("uv"), tool.table("pdm")
    for key in "dev-dependencies", "constraint-dependencies", "override-dependencies", "build-constraint-dependencies":
        yield from _strings(uv.array(key), key)
    yield from _named(uv.table("sources"), "source")
    yield from _indexes(uv.array("index"))
    yield from _lists(pdm.table("dev-dependencies"), "group")
    yield from _named(pdm.table("resolution").table("overrides"), "override")
    yield from _indexes(pdm.array("source"))
    for name, environment in tool.table("hatch").table("envs").tables():
        for key in "dependencies", "extra-dependencies":
            yield from _strings(environment.array(key), f"environment {name}")


def _strings(values: Array, group: str) -> Iterator[Dependency]:
    for value, line in zip(values, values.lines, strict=True):
        if isinstance(value, str):
            yield requirement(value, line, group)
        elif isinstance(value, Table) and (included := value.text("include-group")):
            yield _pip(f"group {included}", "", line, group)
        else:
            raise Unreadable("a requirement should be a text", line)


def _lists(lists: Table, kind: str) -> Iterator[Dependency]:
    for name in lists:
        yield from _strings(lists.array(name), f"{kind} {canonical(name)}")


def _poetry(poetry: Table) -> Iterator[Dependency]:
    yield from _named(poetry.table("dependencies"), "")
    yield from _named(poetry.table("dev-dependencies"), "group dev")
    for name, group in poetry.table("group").tables():
        yield from _named(group.table("dependencies"), f"group {canonical(name)}")
    yield from _indexes(poetry.array("source"))


def _named(section: Table, group: str) -> Iterator[Dependency]:
    """`name = "constraint"`, `name = { version = ..., ... }`, or a list of such tables."""
    for name, value in section.items():
        # `python` there is what the project runs on, no package.
        if canonical(name) != "python":
            for one, line in (
                zip(value, value.lines, strict=True) if isinstance(value, Array) else ((value, section.where(name)),)
            ):
                yield _one(canonical(name), one, line, group)


def _one(name: str, value: Value, line: int, group: str) -> Dependency:
    if isinstance(value, str):
        return _pip(name, folded(value), line, group)
    if isinstance(value, Table):
        return _pip(
            name, folded(value.text("version")), line, group, without_secrets(inline(value, without=("version",)))
        )
    raise Unreadable(f"`{name[:80]}` should hold a version", line)


def _indexes(indexes: Array) -> Iterator[Dependency]:
    for index in indexes.tables():
        yield _pip(f"index {index.text('name')}", without_secrets(index.text("url")), index.line, "index")


def pipfile(text: str) -> Iterator[Dependency]:
    document = read_toml(text)
    yield from _indexes(document.array("source"))
    for section in document:
        if section not in ("source", "requires", "scripts", "pipenv"):
            yield from _named(document.table(section), section)


_SECTION = re.compile(r"\[([^\]]*)\]")
_EQUALS = re.compile("[=:]")
_REQUIRES = ("install_requires", "setup_requires", "tests_require")


def setup_cfg(text: str) -> Iterator[Dependency]:
    """`[options]` and `[options.extras_require]`; a value goes on in the indented lines that follow."""
    section = group = ""
    for line, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        content = raw.strip()
        if not content or content[0] in "#;":
            continue
        if raw[0].isspace():
            if group:
                yield from _setting(content, line, group)
        elif match := _SECTION.match(content):
            section, group = match[1].strip(), ""
        elif equals := _EQUALS.search(content):
            name, value, group = content[: equals.start()].strip(), content[equals.end() :].strip(), ""
            if section == "options" and name in _REQUIRES:
                group = name
            elif section == "options.extras_require":
                group = f"extra {canonical(name)}"
            if group:
                yield from _setting(value, line, group)
        elif section.startswith("options"):
            raise Unreadable(f"`{content[:80]}` is no setting", line)


def _setting(value: str, line: int, group: str) -> Iterator[Dependency]:
    value = re.split(r"\s#", value, maxsplit=1)[0].strip()
    if value.startswith("file:"):
        yield _pip(folded(value), "", line, group)
    elif value:
        yield requirement(value, line, group)


def _pip(name: str, version: str, line: int, group: str, detail: str = "") -> Dependency:
    return Dependency(ecosystem="pip", name=name, version=version, line=line, group=group, detail=detail)
