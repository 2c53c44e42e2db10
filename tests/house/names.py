"""Find ambiguous names in the product: each module and public class must have a unique, searchable name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("hotfix", "app", "action")

NAMED_FROM_OUTSIDE = ("action/commands", "app/web/handlers")
"""Folders whose module names are given from outside: the Action's commands and GitHub's events."""
SHARED_MODULES = frozenset({"__init__", "errors"})
"""Module names that are clear together with their package."""


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Yield the product's Python files."""
    for package in PACKAGES:
        yield from sorted((root / package).rglob("*.py"))


def modules(root: Path = ROOT) -> Mapping[str, list[str]]:
    """Return each module name with the files that have it."""
    found = defaultdict(list)
    for path in sources(root):
        relative = path.relative_to(root).as_posix()
        if path.stem not in SHARED_MODULES and not relative.startswith(NAMED_FROM_OUTSIDE):
            found[path.stem].append(relative)
    return found


def classes(root: Path = ROOT) -> Mapping[str, list[str]]:
    """Return each public class and type alias with the files that define it."""
    found = defaultdict(list)
    for path in sources(root):
        for node in ast.parse(path.read_text("utf-8")).body:
            if (name := _defined(node)) and not name.startswith("_"):
                found[name].append(path.relative_to(root).as_posix())
    return found


_ROUTE = re.compile(r"/(?:repos|orgs|app|user|users|installation|graphql|rate_limit|meta)(?:[/{?]|\Z)")


def routes(root: Path = ROOT) -> Iterator[str]:
    """Yield each GitHub API route that appears outside the only package that may contain them."""
    for path in sources(root):
        relative = path.relative_to(root).as_posix()
        if relative.startswith("hotfix/github/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ROUTE.match(node.value):
                yield f"{relative}:{node.lineno}: {node.value}"


def _defined(node: ast.stmt) -> str:
    """Return the name of the class or type alias that a statement defines, but not that of a constant."""
    if isinstance(node, ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return name if name[:1].isupper() and not name.isupper() and "_" not in name else ""
    return ""


def twice(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the names that occur more than once."""
    return {name: places for name, places in found.items() if len(places) > 1}
