"""The example payloads of `@octokit/webhooks-examples`, which tests feed to the service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.github.schemas import data


@dataclass(frozen=True)
class Example:
    event: str
    action: str | None
    valid: bool
    """Whether it satisfies GitHub's published schema."""
    payload: dict[str, Any]


@cache
def all_payloads() -> tuple[Example, ...]:
    """Return all examples. They are shared: don't modify them."""
    return tuple(Example(**said) for said in data("examples.json"))


def payloads() -> list[Example]:
    """Return the examples that satisfy GitHub's schema."""
    return [one for one in all_payloads() if one.valid]
