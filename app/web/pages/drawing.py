"""Compute the layout of plots, which `plots.html` draws. Colours come from the style sheet, for light and dark mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAST = 3.5
"""Minimum width of a bar's part in percent, so that it stays visible."""
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 180, 56, 20, 154
"""Size of a line plot and the position of its axes, in pixels."""
LABEL = 14.0
"""Minimum distance in pixels between two labels of an axis."""


@dataclass(frozen=True, slots=True)
class BarPart:
    """One part of a bar; position and width are in percent of the bar."""

    name: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a line."""

    x: float
    y: float
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
    def line(self) -> str:
        return " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in self.dots)


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
    began, ended = points[0][0], max(points[-1][0], points[0][0] + 60)
    limit = float(series["limit"])
    most = max([limit, *(value for _, value in points)]) * 1.15 or 1.0

    def x(at: float) -> float:
        return LEFT + (at - began) / (ended - began) * (WIDTH - LEFT - 10)

    def y(value: float) -> float:
        return BOTTOM - max(0.0, value) / most * (BOTTOM - TOP)

    dots = tuple(Dot(x(at), y(value), value > limit) for at, value in points)
    highest = max(value for _, value in points)
    return LinePlot(
        str(series["name"]), limit, y(limit), highest, y(highest), points[-1][1], began, ended, dots
    )  # fmt: skip
