"""Parse numbers as people write them in a workflow or a policy."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BeforeValidator


def number(value: Any) -> float:
    """Return `0.001`, `0.1%` or `3` as a number. Raises ValueError for anything else, infinity and NaN included."""
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
