"""Parse durations such as `500ms`, `10m`, `1.5h`, `1h30m` and `2d`; format durations and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from hotfix.text.lazy_pattern import lazy_pattern

_UNITS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
"""Unit -> seconds, the largest first."""
_LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_BARE = lazy_pattern(_NUMBER)
_WRITTEN = lazy_pattern("".join(rf"(?:({_NUMBER}){unit}(?![a-z]))?" for unit in _UNITS))


def moment(at: datetime) -> str:
    """Return a time in the form `2026-03-01 03:12 UTC`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def timestamp(at: datetime) -> str:
    """Return a time in GitHub's format: `2026-03-01T03:12:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(value: Any) -> timedelta:
    """Parse a duration. Raises ValueError if it is malformed, not positive, or longer than 366 days."""
    length = value if isinstance(value, timedelta) else _read(value)
    if length is None:
        meant = _with_units(value, "mhd", "`")
        words = "write a duration with its unit, the largest first: 10m, 4h, 1h30m, 2d"
        raise ValueError(f"needs a unit: {meant}" if meant else words)
    if not timedelta() < length <= _LONGEST:
        raise ValueError("a duration must be longer than 0 and at most 366d")
    return length


def seconds(value: Any) -> float:
    """Return the seconds of a duration from 0 to one day. Raises ValueError for anything else."""
    if isinstance(value, float) and value >= 0:
        return value
    length = _read(value)
    if length is None:
        meant = _with_units(value, "smh")
        words = "is not a duration; write a number and its unit, such as 500ms, 30s, 5m or 1h"
        raise ValueError(f"is without its unit; write {meant}" if meant else words)
    if length > _DAY:
        raise ValueError("is longer than 24h")
    return length.total_seconds()


def text(length: timedelta | float) -> str:
    """Format a duration, or seconds, so that `parse` can read it: `1h30m`; below a second in milliseconds: `340ms`."""
    whole = length.total_seconds() if isinstance(length, timedelta) else length
    if 0 < whole < 0.9995:
        return f"{round(whole * 1000)}ms"
    rest, words = round(whole), ""
    for unit in ("d", "h", "m", "s"):  # no weeks, since 7d is more common than 1w
        count, rest = divmod(rest, round(_UNITS[unit]))
        words += f"{count}{unit}" if count else ""
    return words or "0s"


def _with_units(value: Any, units: str, quote: str = "") -> str:
    """Return a number without a unit as durations to choose from: `5s, 5m or 5h`; empty for anything else."""
    number = "" if isinstance(value, bool) else str(value).strip()
    if not _BARE.fullmatch(number):
        return ""
    first, second, third = (f"{quote}{number}{unit}{quote}" for unit in units)
    return f"{first}, {second} or {third}"


def _read(value: Any) -> timedelta | None:
    written = str(value).replace(" ", "") if isinstance(value, str) else ""
    found = _WRITTEN.fullmatch(written)
    if not written or not found:
        return None
    numbers = (float(number or 0) for number in found.groups())
    try:
        return timedelta(seconds=sum(n * unit for n, unit in zip(numbers, _UNITS.values(), strict=True)))
    except OverflowError:
        return timedelta.max


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(text, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*(\d+(\.\d+)?\s*(w|d|h|m|s|ms)\s*)+$",
            "examples": ["10m", "4h", "1h30m", "2d"],
        }
    ),
]
"""A duration field of a pydantic model."""
Seconds = Annotated[float, BeforeValidator(seconds)]
"""A duration field of a pydantic model in seconds, at most a day."""
