"""Read Go's go.mod and go.work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hotfix.dependencies.package_change import Dependency, Unreadable

_WORD = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|$)|`([^`]*+)(?:`|$)|([^\s"`()]\S*+)')
_DIRECTIVES = frozenset(
    ("module", "require", "replace", "exclude", "tool", "go", "toolchain", "use", "godebug", "ignore")
)
_RELEASE = re.compile(r"v\d+\.\d+\.\d+(?:-(?:alpha|beta|rc|hotfix)[\w.]*)?")
"""A tagged version, not the pseudo-version of a commit."""


def go_mod(text: str, is_own: Callable[[str], bool], is_local: Callable[[str], bool]) -> Iterator[Dependency]:
    """Read all directives. `is_own` detects the repository's modules, `is_local` its directories."""
    directives = list(_directives(text))
    local = {words[0] for verb, words, _ in directives if verb == "replace" and words and is_local(words[-1])}
    for verb, words, line in directives:
        match verb, words:
            case ("module", [_]) | ("retract", _):
                pass
            case ("require", [name, version]):
                # The version of a module that is replaced by a directory is not used.
                if name not in local and not (is_own(name) and _RELEASE.fullmatch(version)):
                    yield Dependency("go", name, version, line)
            case ("replace", [name, *_]) if name in local:
                pass
            case ("replace", [old, *rest]) if "=>" in rest[:2] and rest[-1] != "=>":
                yield Dependency("go", old, " ".join(rest), line, group="replace")
            case ("exclude", [name, version]):
                yield Dependency("go", name, version, line, group="exclude")
            case ("go" | "toolchain", [version]):
                yield Dependency("go", verb, version, line, group="toolchain")
            case (_, [_, *_]):
                yield Dependency("", f"{verb} {' '.join(words)}", "", line)
            case _:
                raise Unreadable(f"`{verb} {' '.join(words)[:80]}` is not complete", line)


def module_path(text: str) -> str:
    """Return the module path of a go.mod; empty if there is none."""
    try:
        return next((words[0] for verb, words, _ in _directives(text) if verb == "module" and words), "")
    except Unreadable:
        return ""


def _directives(text: str) -> Iterator[tuple[str, list[str], int]]:
    block = ""
    for line, raw in enumerate(re.split(r"\r\n|\n", text), 1):
        content = re.split(r"(?:^|\s)//", raw, maxsplit=1)[0].strip()
        if not content:
            continue
        if block and content == ")":
            block = ""
            continue
        verb, rest = (block, content) if block else _verb(content)
        if verb not in _DIRECTIVES and verb != "retract":
            raise Unreadable(f"`{content[:80]}` is not a directive of go.mod", line)
        if not block and rest == "(":
            block = verb
        else:
            yield verb, [a or b or c for a, b, c in _WORD.findall(rest)], line
    if block:
        raise Unreadable(f"the block `{block} (` is not closed")


def _verb(content: str) -> tuple[str, str]:
    """Split a line into the directive and the rest; `require(` is allowed without a space."""
    verb, _, rest = content.replace("(", " (", 1).partition(" ") if content.endswith("(") else content.partition(" ")
    return verb.strip(), rest.strip()
