"""Encode the numeric measurements of gates as a short text, which is stored in a deployment's status, and decode it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

LONGEST = 700
"""Maximum length of the text in characters: GitHub stores it as part of a URL."""
_MOST = 1_000
"""Maximum number of points decoded per series."""


@dataclass(frozen=True, slots=True)
class MeasuredSeries:
    """The measurements of one gate, oldest first."""

    gate: str
    limit: float
    points: tuple[tuple[float, float], ...]
    """Pairs of Unix time and value."""

    def add(self, at: float, value: float) -> MeasuredSeries:
        return replace(self, points=(*self.points, (at, value)))


def encode(found: Sequence[MeasuredSeries]) -> str:
    """Return the encoded text. The first and last points of each series are kept, others are thinned out until it fits.

    Series that still do not fit are dropped, beginning with the last.
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
    """Return the series in a text; empty if it was not written by `encode`."""
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
