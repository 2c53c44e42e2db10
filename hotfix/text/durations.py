"""Durations as people write them in a policy: `10m`, `4h`, `1h30m`, `2d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""Seconds of each unit."""
_LONGEST = timedelta(days=366)
_WRITTEN = re.compile(r"(?:([0-9]{1,6})w)?(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")


def parse(value: Any) -> timedelta:
    """The duration that the text names. Raises ValueError for anything else, nothing at all, and more than a year."""
    if isinstance(value, timedelta):
        length = value
    elif isinstance(value, str) and (found := _WRITTEN.fullmatch(value.strip().replace(" ", ""))) and value.strip():
        numbers = (int(number or 0) for number in found.groups())
        length = timedelta(seconds=sum(n * unit for n, unit in zip(numbers, _UNITS.values(), strict=True)))
    else:
        raise ValueError("write a duration with its unit, the largest first: 10m, 4h, 1h30m, 2d")
    if not timedelta() < length <= _LONGEST:
        raise ValueError("a duration is longer than nothing and no longer than 366d")
    return length


def text(length: timedelta) -> str:
    """As `parse` reads it, parts of nothing left out: `1h30m`."""
    rest, words = int(length.total_seconds()), ""
    for unit, seconds in _UNITS.items():
        if unit == "w":
            continue  # 7d reads the same everywhere, 1w less often
        count, rest = divmod(rest, seconds)
        words += f"{count}{unit}" if count else ""
    return words or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\s*(\d+[wdhms]\s*)+$", "examples": ["10m", "4h", "1h30m", "2d"]}),
]
"""A duration in a pydantic model."""
