"""The base of all rules: ID, options, pure check function and summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hotfix.facts import Facts
from hotfix.finding import Finding, unknown


class Level(StrEnum):
    """The level of a rule: whether its finding blocks, warns or is not evaluated."""

    BLOCK = "block"
    WARN = "warn"
    OFF = "off"


class RuleOptions(BaseModel):
    """Options that every rule has. A rule's own options derive from it; each field has a default and a description."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, defer_build=True)

    level: Level = Field(Level.BLOCK, description="block: must pass; warn: shown only; off: not evaluated")

    @model_validator(mode="before")
    @classmethod
    def _list_of_one(cls, values: Any) -> Any:
        """Turn a single string into a list, which is allowed for every list option."""
        if not isinstance(values, dict):
            return values
        lists = {name for name, f in cls.model_fields.items() if get_origin(f.annotation) in (tuple, frozenset)}
        return {key: [v] if key in lists and isinstance(v, str) else v for key, v in values.items()}


O = TypeVar("O", bound=RuleOptions)


@dataclass(frozen=True)
class Rule(Generic[O]):
    """A rule. `check` is pure: the same facts and options give the same finding, and it never raises."""

    id: str
    """The ID in the policy and on the check run, such as `one-thing`."""
    summary: str
    """A sentence of the form `passes when ...`, for the docs and `policy explain`."""
    options: type[O]
    check: Callable[[Facts, O], Finding]

    def evaluate(self, facts: Facts, options: Any) -> Finding:
        """Return the finding of `check`. `options` must be of this rule's options type."""
        return self.check(facts, options)


def unknown_without(facts: Facts, *names: str) -> Finding | None:
    """Return an unknown finding for the first of these facts that could not be read; None if all of them were."""
    return next((unknown(why) for name in names if (why := facts.missing.get(name))), None)


def few(texts: Sequence[str], separator: str = ", ") -> str:
    """Return the first three texts for a message: `a, b, c and 2 more`; between semicolons `a; b; c; and 2 more`."""
    shown = separator.join(texts[:3])
    return f"{shown}{separator.strip(', ')} and {len(texts) - 3} more" if len(texts) > 3 else shown


def capped(lines: Sequence[str], most: int) -> tuple[tuple[str, ...], int]:
    """Return the first `most` lines as a finding's details, and the number of the others."""
    return tuple(lines[:most]), max(0, len(lines) - most)
