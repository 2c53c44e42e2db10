"""Go: go.mod, go.work and go.sum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, Unreadable

_WORD = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|$)|`([^`]*+)(?:`|$)|([^\s"`()]\S*+)')
_DIRECTIVES = frozenset(("require", "replace", "exclude", "tool", "go", "toolchain"))
_OTHERS = frozenset(("module", "retract", "godebug", "ignore", "use"))


def go_mod(text: str) -> Iterator[Dependency]:
    block = ""
    for line, raw in enumerate(re.split(r"\r\n|\n", text), 1):
        content = re.split(r"(?:^|\s)//", raw, maxsplit=1)[0].strip()
        if not content:
            continue
        if block and content == ")":
            block = ""
            continue
        verb, rest = (block, content) if block else _verb(content)
        if verb not in _DIRECTIVES and verb not in _OTHERS:
            raise Unreadable(f"`{content[:80]}` is no directive of go.mod", line)
        if not block and rest == "(":
            block = verb
        elif verb in _DIRECTIVES:
            yield _directive(verb, [a or b or c for a, b, c in _WORD.findall(rest)], line)
    if block:
        raise Unreadable(f"the block `{block} (` does not end")


def _verb(content: str) -> tuple[str, str]:
    """`require(` may be written without a space."""
    verb, _, rest = content.replace("(", " (", 1).partition(" ") if content.endswith("(") else content.partition(" ")
    return verb.strip(), rest.strip()


def _directive(verb: str, words: list[str], line: int) -> Dependency:
    match verb, words:
        case ("require", [name, version]):
            return _go(name, version, line, "")
        case ("exclude", [name, version]):
            return _go(name, version, line, "exclude")
        case ("replace", [*old, "=>", name]) if 0 < len(old) < 3:
            return _go(" ".join(old), name, line, "replace")
        case ("replace", [*old, "=>", name, version]) if 0 < len(old) < 3:
            return _go(" ".join(old), f"{name} {version}", line, "replace")
        case ("tool", [name]):
            return _go(name, "", line, "tool")
        case ("go" | "toolchain", [version]):
            # They decide which compiler builds the fix.
            return _go(verb, version, line, "toolchain")
    raise Unreadable(f"`{verb} {' '.join(words)[:80]}` is not complete", line)


def go_sum(text: str) -> Iterator[Dependency]:
    for line, raw in enumerate(text.split("\n"), 1):
        if not raw.strip():
            continue
        match raw.split():
            case [name, version, sum]:
                yield Dependency(ecosystem="go", name=name, version=version, line=line, detail=sum)
            case _:
                raise Unreadable("a line should hold module, version and checksum", line)


def _go(name: str, version: str, line: int, group: str) -> Dependency:
    return Dependency(ecosystem="go", name=name, version=version, line=line, group=group)
