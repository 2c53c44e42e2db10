"""Parse our own YAML files (policies, gates) into a tree with the line and column of every value.

Only mappings, lists and plain values are supported. `off`, `yes` and `on`, dates and times stay strings. Aliases, tags
and deep nesting are rejected, so that a file cannot expand beyond its own size. Third-party manifests are parsed by
`hotfix.dependencies.syntax.yaml_text`, with aliases but without types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

_LONGEST = 200_000
"""Maximum length of a file in characters."""


class YamlProblem(NamedTuple):
    """An error in a YAML file. Lines and columns are numbered from 1, as in editors."""

    line: int
    column: int
    key: str
    """The dotted key, such as `rules.size.max_lines`; empty if the error concerns the whole file."""
    message: str
    """One sentence that states the error and what is allowed. Text from the file in it is not escaped yet."""


@dataclass(slots=True)
class YamlNode:
    """A node of the tree. `value` is a dict of nodes, a list of nodes, or a plain value."""

    line: int
    column: int
    value: dict[str, YamlNode] | list[YamlNode] | str | int | float | bool | None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Line and column of each key, if the value is a dict."""

    def plain(self, *, unset: bool = False) -> Any:
        """Return the value without positions. A key without a value is omitted, or None if `unset`."""
        if isinstance(self.value, dict):
            kept = {key: node for key, node in self.value.items() if unset or node.value is not None}
            return {key: node.plain(unset=unset) for key, node in kept.items()}
        if isinstance(self.value, list):
            return [node.plain(unset=unset) for node in self.value]
        return self.value


def parse(source: str | bytes) -> tuple[YamlNode, list[YamlProblem]]:
    """Return the tree of a file, and the problems of its YAML. An empty file is an empty mapping."""
    empty = YamlNode(1, 1, {})
    try:
        text = source.decode("utf-8") if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        good, bad = error.object[: error.start].decode("utf-8"), error.object[error.start]
        return empty, [problem_at(good, len(good), f"byte {bad:#04x} is not UTF-8; save the file as UTF-8")]
    text = text.removeprefix("\ufeff")
    if len(text) > _LONGEST:
        return empty, [YamlProblem(1, 1, "", f"the file is longer than {_LONGEST:,} characters")]
    if not text:
        return empty, []
    from hotfix.text.yaml_reader import read  # here, because a repository without a policy doesn't need it

    return read(text)


def problem_at(text: str, offset: int, message: str) -> YamlProblem:
    """Return a problem located at an offset of the text."""
    before = text[:offset]
    return YamlProblem(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, "", message)
