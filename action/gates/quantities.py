"""Quantities as people write them in a workflow."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(ms|s|m|h)", re.ASCII)
_LONGEST = 24 * 3600.0


def seconds(value: Any) -> float:
    """`500ms`, `10s`, `1.5m`, `1h` in seconds. Raises ValueError for anything else and for more than a day."""
    if isinstance(value, float) and value >= 0:
        return value
    found = _DURATION.fullmatch(str(value).strip())
    if not found:
        raise ValueError("is no duration; write a number and its unit, such as 500ms, 30s, 5m or 1h")
    length = float(found[1]) * _UNITS[found[2]]
    if length > _LONGEST:
        raise ValueError("is longer than 24h")
    return length


def number(value: Any) -> float:
    """`0.001`, `0.1%` or `3`. Raises ValueError for anything else, infinity and NaN included."""
    text = str(value).strip()
    percent = text.endswith("%")
    try:
        read = float(text.removesuffix("%"))
    except ValueError:
        read = math.nan
    if isinstance(value, bool) or not math.isfinite(read):
        raise ValueError("is no number; write one such as 0.001 or 0.1%")
    return read / 100 if percent else read


def how_long(length: float) -> str:
    """Seconds in words that fit a table: `340ms`, `12s`, `5m 10s`."""
    if length < 1:
        return f"{round(length * 1000)}ms"
    minutes, rest = divmod(round(length), 60)
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


Seconds = Annotated[float, BeforeValidator(seconds)]
Number = Annotated[float, BeforeValidator(number)]
