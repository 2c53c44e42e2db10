"""Parse numbers in workflow inputs and policies."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BeforeValidator


def number(value: Any) -> float:
    """Parse a number such as `0.001`, `0.1%` or `3`. Raises ValueError for anything else, also infinity and NaN."""
    text = str(value).strip()
    percent = text.endswith("%")
    try:
        read = float(text.removesuffix("%"))
    except ValueError:
        read = math.nan
    if isinstance(value, bool) or not math.isfinite(read):
        raise ValueError("is not a number; write one such as 0.001 or 0.1%")
    return read / 100 if percent else read


Number = Annotated[float, BeforeValidator(number)]
