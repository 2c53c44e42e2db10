"""The example payloads of `@octokit/webhooks-examples`, for tests that feed them to the service."""

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
    """Does it satisfy the schema that GitHub publishes?"""
    payload: dict[str, Any]


@cache
def all_payloads() -> tuple[Example, ...]:
    """Don't change what they hold: they are shared."""
    return tuple(Example(**said) for said in data("examples.json"))


def payloads() -> list[Example]:
    """Those that satisfy GitHub's schema."""
    return [one for one in all_payloads() if one.valid]
