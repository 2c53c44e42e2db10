"""Write the numbers that gates measured as a short text, and read them again: a deployment's status carries them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

LONGEST = 700
"""Characters of the text: GitHub keeps it as a part of an address."""
_MOST = 1_000
"""Points that are read of one text."""


@dataclass(frozen=True, slots=True)
class MeasuredSeries:
    """What one gate measured, oldest first."""

    gate: str
    limit: float
    points: tuple[tuple[float, float], ...]
    """Pairs of a Unix time and a value."""

    def add(self, at: float, value: float) -> MeasuredSeries:
        """Return the series with one more point."""
        return replace(self, points=(*self.points, (at, value)))


def encode(found: Sequence[MeasuredSeries]) -> str:
    """Return the text: the first and the last points of each series stay, those between are thinned until it fits.

    Series that do not fit even so are left out, the last first.
    """
    kept = [one for one in found if one.points]
    while len(text := ";".join(map(_encoded, kept))) > LONGEST:
        longest = max(kept, key=lambda one: len(one.points))
        if len(longest.points) > 2:
            thinned = (*longest.points[:-1:2], longest.points[-1])
            kept[kept.index(longest)] = replace(longest, points=thinned)
        else:
            kept.pop()
    return text


def decode(text: str) -> tuple[MeasuredSeries, ...]:
    """Return what a text says; nothing for one that was not written by `encode`."""
    try:
        return tuple(_decoded(part) for part in text.split(";") if part)
    except (ValueError, OverflowError):
        return ()


def _encoded(one: MeasuredSeries) -> str:
    began = round(one.points[0][0])
    points = ",".join(f"{round(at) - began}={value:.4g}" for at, value in one.points)
    return f"{quote(one.gate, safe='')}:{one.limit:g}:{began}:{points}"


def _decoded(part: str) -> MeasuredSeries:
    gate, limit, began, points = part.split(":")
    found = []
    for point in points.split(",")[:_MOST]:
        after, value = point.split("=")
        found.append((float(int(began) + int(after)), float(value)))
    numbers = [float(limit), *(value for _, value in found)]
    if not all(map(math.isfinite, numbers)) or not 0 <= found[0][0] < 1e11:
        raise ValueError("not a number that can be drawn")
    return MeasuredSeries(unquote(gate), float(limit), tuple(found))
