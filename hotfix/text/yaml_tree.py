"""Parse YAML that people write for us (policies, gates) into a tree that knows the line and column of everything.

Only mappings, lists and plain values. Words such as `off`, `yes` and `on` stay words, dates and clock times stay text.
Aliases, tags and deep nesting are refused, so that no file grows beyond its own size. Manifests, which others define,
are read by `hotfix.dependencies.syntax.yaml_text`: with aliases, and without types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_LONGEST = 200_000
"""Characters."""


@dataclass(frozen=True, slots=True, order=True)
class YamlProblem:
    """One mistake in a YAML file. Lines and columns count from 1, as editors do."""

    line: int
    column: int
    key: str
    """The dotted key, `rules.size.max_lines`; empty if the mistake is the file's."""
    message: str
    """One sentence: what is wrong and what may stand there. Text from the file in it is not yet escaped."""


@dataclass(slots=True)
class YamlNode:
    """A value of the file: `value` is a dict of nodes, a list of nodes, or a plain value."""

    line: int
    column: int
    value: dict[str, YamlNode] | list[YamlNode] | str | int | float | bool | None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Line and column of each key, where the value is a dict."""

    def plain(self, *, unset: bool = False) -> Any:
        """Return the value without positions. A key without a value is left out, or None if `unset`."""
        if isinstance(self.value, dict):
            kept = {key: node for key, node in self.value.items() if unset or node.value is not None}
            return {key: node.plain(unset=unset) for key, node in kept.items()}
        if isinstance(self.value, list):
            return [node.plain(unset=unset) for node in self.value]
        return self.value


def parse(source: str | bytes) -> tuple[YamlNode, list[YamlProblem]]:
    """Return the tree of a file and what is wrong with its YAML. An empty file is an empty mapping."""
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
    from hotfix.text.yaml_reader import read  # here: a repository without a policy has none to read

    return read(text)


def problem_at(text: str, offset: int, message: str) -> YamlProblem:
    """Return a problem with the file's text at this offset."""
    before = text[:offset]
    return YamlProblem(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, "", message)
