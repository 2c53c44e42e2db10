"""Recognize whether a pull request is a hotfix, by the policy or by the readable part of an invalid one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hotfix.policy.model import Policy
from hotfix.policy.values import Label
from hotfix.text.globs import Patterns, matches_branch
from hotfix.text.yaml_tree import parse

_LABEL: TypeAdapter[str] = TypeAdapter(Label)
_HEADS: TypeAdapter[tuple[str, ...]] = TypeAdapter(Patterns)
_BLOCK = re.compile(r"^(?=\S)", re.MULTILINE)
_OURS = re.compile(r"[\"']?(?:label|branches)[\"']?\s*:")
_MOST_BLOCKS = 10
_LONGEST = 200_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class HotfixMarks:
    """Either of the two marks a pull request as a hotfix; each group of patterns is matched separately."""

    labels: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, policy: Policy) -> HotfixMarks:
        return cls((policy.label,), (policy.branches.head,))

    def __or__(self, other: HotfixMarks) -> HotfixMarks:
        return HotfixMarks(
            tuple(dict.fromkeys(self.labels + other.labels)), tuple(dict.fromkeys(self.heads + other.heads))
        )

    def in_labels(self, labels: Collection[str]) -> bool:
        return not {label.casefold() for label in self.labels}.isdisjoint(label.casefold() for label in labels)

    def in_branch(self, name: str) -> bool:
        return any(matches_branch(patterns, name) for patterns in self.heads)


def of_broken(text: str) -> HotfixMarks:
    """Return the `label` and `branches.head` of an invalid policy, if these two can be read and are valid."""
    plain = _readable(text)
    labels: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    with contextlib.suppress(ValidationError):
        labels = (_LABEL.validate_python(plain.get("label")),)
    branches = plain.get("branches")
    head = branches.get("head") if isinstance(branches, dict) else None
    with contextlib.suppress(ValidationError):
        heads = _HEADS.validate_python(head)
    return HotfixMarks(labels, (heads,) if heads else ())


def _readable(text: str) -> dict[str, Any]:
    """Return the file's plain values; of a file that is not YAML those of the top-level blocks that are."""
    found: dict[str, Any] = {}
    if len(text) > _LONGEST:
        return found
    blocks = [block for block in _BLOCK.split(text) if _OURS.match(block)]
    for part in (text, *blocks[:_MOST_BLOCKS]):
        plain = parse(part)[0].plain()
        if isinstance(plain, dict):
            found = {**plain, **found}
    return found
