"""Compute the layout of plots, which `plots.html` draws. Colours come from the style sheet, for light and dark mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

LEAST = 3.5
"""Minimum width of a bar's part in percent, so that it stays visible."""
TOP, BOTTOM = 20, 154
"""Top and bottom of a line plot's area in pixels; the style sheet sets its width."""
NARROW, LETTER, PADDING = 320, 8, 14
"""Width in pixels of a bar on a phone, of a letter in it, and of the space around a name."""
SECONDS_BELOW = 600
"""Length in seconds of a time axis below which its labels have seconds."""
STYLES = ("begin", "middle", "close")
"""The style of each label of the time axis."""
LABEL = 14.0
"""Minimum distance in pixels between two labels of an axis."""


@dataclass(frozen=True, slots=True)
class BarPart:
    """One part of a bar; position and width are in percent of the bar."""

    name: str
    left: float
    width: float

    @property
    def fits_phone(self) -> bool:
        """Whether the name also fits on a phone."""
        return self.width / 100 * NARROW >= len(self.name) * LETTER + PADDING


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a line."""

    x: float
    """The position in percent of the plot's area."""
    y: float
    """The position in pixels."""
    over: bool
    """Whether the value is above the limit."""


@dataclass(frozen=True, slots=True)
class LinePlot:
    """A plot of values over time, with their limit."""

    name: str
    limit: float
    limit_y: float
    most: float
    most_y: float
    """The y coordinate of `most`, the largest value."""
    last: float
    began: float
    ended: float
    dots: tuple[Dot, ...]

    @property
    def has_zero_label(self) -> bool:
        """Whether the label of zero fits below the label of the limit."""
        return BOTTOM - self.limit_y > LABEL

    @property
    def has_most_label(self) -> bool:
        """Whether the largest value is above the limit and its label fits."""
        return self.most > self.limit and self.limit_y - self.most_y > LABEL

    @property
    def segments(self) -> tuple[tuple[Dot, Dot], ...]:
        """The neighbouring dots, which lines connect."""
        return tuple(pairwise(self.dots))

    @property
    def ticks(self) -> tuple[tuple[str, str, str], ...]:
        """The labels of the time axis: position, style and time; one if all was measured in the same second."""
        form = "%H:%M:%S" if self.ended - self.began < SECONDS_BELOW else "%H:%M"
        times = [(share, self.began + share * (self.ended - self.began)) for share in (0.0, 0.5, 1.0)]
        labels = [(share, datetime.fromtimestamp(at, UTC).strftime(form)) for share, at in times]
        if labels[0][1] == labels[-1][1]:
            return (("50%", "middle", labels[0][1]),)
        return tuple((f"{share:.0%}", style, label) for (share, label), style in zip(labels, STYLES, strict=True))


def stage_bar(spans: Sequence[tuple[str, float]]) -> list[BarPart]:
    """Return one part per stage, with a width proportional to its duration."""
    total = sum(seconds for _, seconds in spans) or 1.0
    shares = [max(LEAST, 100 * seconds / total) for _, seconds in spans]
    scale, left, parts = 100 / sum(shares), 0.0, []
    for (name, _), share in zip(spans, shares, strict=True):
        parts.append(BarPart(name, round(left, 2), round(share * scale - 0.3, 2)))
        left += share * scale
    return parts


def line_plot(series: Mapping[str, Any]) -> LinePlot:
    """Return the plot of a gate's measurements; `points` are pairs of time and value."""
    points: list[tuple[float, float]] = [(float(at), float(value)) for at, value in series["points"]]
    began, ended = points[0][0], points[-1][0]
    limit = float(series["limit"])
    most = max([limit, *(value for _, value in points)]) * 1.15 or 1.0

    def x(at: float) -> float:
        return round(100 * (at - began) / (ended - began), 2) if ended > began else 50.0

    def y(value: float) -> float:
        return BOTTOM - max(0.0, value) / most * (BOTTOM - TOP)

    dots = tuple(Dot(x(at), y(value), value > limit) for at, value in points)
    highest = max(value for _, value in points)
    return LinePlot(
        str(series["name"]), limit, y(limit), highest, y(highest), points[-1][1], began, ended, dots
    )  # fmt: skip
