"""Python: setup.py, a program of which only what stands in it literally is read."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from hotfix.dependencies.model import MAX_SCRIPT, Dependency, Unreadable, shown
from hotfix.dependencies.pip import requirement

_ARGUMENTS = ("install_requires", "setup_requires", "tests_require", "extras_require")


def setup_py(text: str) -> Iterator[Dependency]:
    """The requirements given to `setup(...)`, in place or in a variable; anything else counts as it is written."""
    if len(text) > MAX_SCRIPT:
        raise Unreadable(f"longer than {MAX_SCRIPT:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        variables: dict[str, ast.expr] = {}
        found: list[tuple[str, ast.expr]] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                variables[node.targets[0].id] = node.value
            elif isinstance(node, ast.keyword) and node.arg in _ARGUMENTS:
                found.append((node.arg, node.value))
        for name, value in found:
            yield from _argument(name, value, variables)
    except SyntaxError as error:
        raise Unreadable(f"no Python: {shown(error.msg)}", error.lineno or 0) from None
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("no Python that can be read") from None


def _argument(group: str, value: ast.expr, variables: dict[str, ast.expr]) -> Iterator[Dependency]:
    value = _meant(value, variables)
    if isinstance(value, ast.Dict):
        for key, item in zip(value.keys, value.values, strict=True):
            extra = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else "..."
            yield from _argument(f"extra {extra}", item, variables)
        return
    items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    for item in (_meant(item, variables) for item in items):
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            for line in item.value.splitlines():
                if line.strip():
                    yield requirement(line, item.lineno, group)
        else:
            yield Dependency(ecosystem="pip", name=ast.unparse(item), version="", line=item.lineno, group=group)


def _meant(value: ast.expr, variables: dict[str, ast.expr]) -> ast.expr:
    return variables.get(value.id, value) if isinstance(value, ast.Name) else value
