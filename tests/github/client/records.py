"""Recorded calls and deliveries, as tests inspect them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: str
    operation: str
    actor: str
    start: float
    end: float
    status: int
    request: Any


@dataclass(frozen=True)
class Delivery:
    id: int
    guid: str
    app: str
    event: str
    action: str | None
    body: bytes
    headers: dict[str, str]
    status: int | None
    """None if not answered (yet)."""
    redelivery: bool
    answered_in: float
    error: str
    repo: str | None

    @cached_property
    def payload(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.body)
        return shown


def as_call(said: dict[str, Any]) -> Call:
    return Call(**{f.name: said[f.name] for f in fields(Call)})


def as_delivery(said: dict[str, Any]) -> Delivery:
    return Delivery(**{**said, "body": base64.b64decode(said["body"])})


def round_trips(calls: Iterable[Call]) -> int:
    """Return the number of sequential round trips: the longest chain of calls that don't overlap."""
    count, free_at = 0, float("-inf")
    for call in sorted(calls, key=lambda c: c.end):
        if call.start >= free_at:
            count += 1
            free_at = call.end
    return count
