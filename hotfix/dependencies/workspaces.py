"""Find the directories from which a repository installs: workspace members, links, copied files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hotfix.dependencies.file_comparison import read_syntax
from hotfix.dependencies.package_change import Unreadable
from hotfix.dependencies.syntax.document_tree import Array, Table, Value
from hotfix.text.globs import problem

MAX_PATTERNS = 1_000

_MEMBERS = ("workspaces", "workspaces/packages", "packages", "workspace/members", "tool/uv/workspace/members")
_LINKED = ("dependencies", "devDependencies", "optionalDependencies", "tool/uv/sources", "tool/poetry/dependencies")
_LINE = re.compile(
    r"^\s*(?:(?:use\s+)?(\./\S+)|(?:-[rce]|--requirement|--constraint|--editable)[ =]*(\S+)"
    r"|(?:COPY|ADD)\s+(.+)|replace\b.*=>\s*(\.\S+))",
    re.IGNORECASE,
)


def installed_patterns(roots: Mapping[str, str]) -> tuple[str, ...]:
    """Return globs of the directories and files that the root manifests (path -> text) install from."""
    found = [pattern for path, text in roots.items() for pattern in _patterns(path, text)]
    cleaned = (f"/{re.sub(r'^(?:[.]/)+', '', pattern).strip('/')}" for pattern in found)
    return tuple(p for p in dict.fromkeys(cleaned) if re.search(r"\w", p) and not problem(p))[:MAX_PATTERNS]


def _patterns(path: str, text: str) -> Iterator[str]:
    syntax = {"json": "json", "yaml": "yaml", "toml": "toml"}.get(path.rpartition(".")[2])
    if syntax is None:
        for line in text.splitlines():
            if match := _LINE.match(line):
                yield from _sources(match[3]) if match[3] else [match[1] or match[2] or match[4]]
        return
    try:
        document = read_syntax(syntax, text)
    except Unreadable:
        return
    for keys in _MEMBERS:
        yield from _texts(document.at(keys))
    for keys in _LINKED:
        linked = document.at(keys)
        for value in linked.values() if isinstance(linked, Table) else ():
            if isinstance(value, Table):
                yield value.text("path")
            elif isinstance(value, str) and value.startswith(("file:", "link:", "portal:")):
                yield value.partition(":")[2]


def _sources(arguments: str) -> list[str]:
    """Return the sources of a `COPY`: all words except options and the last one."""
    return [word for word in re.sub(r'[][",]', " ", arguments).split() if not word.startswith("--")][:-1]


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, Array):
        yield from (each for each in value if isinstance(each, str) and not each.startswith("!"))
