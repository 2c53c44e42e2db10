"""Render a bar chart as SVG: a standalone file for `hotfix report`, or inline in the pages, styled by their CSS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STEP, GAP, HEIGHT, TOP = 64, 14, 130, 24
_SIDE = 16
_COLOURS = ("#0969da", "#bf8700")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart."""

    label: str
    value: float | None
    """The value; None if there is no measurement, which draws no bar."""
    words: str
    """The displayed value."""


def bar_chart(title: str, bars: Sequence[Bar], *, colour: int = 0, alone: bool = False) -> str:
    """Return the chart as SVG. If `alone`, the title is drawn in it, for a standalone file."""
    head = 26 if alone else 0
    width, height = max(320, 2 * _SIDE + STEP * len(bars)), head + TOP + HEIGHT + 26
    most = max((bar.value for bar in bars if bar.value is not None), default=0) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot bars" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">'
    ]
    if alone:
        parts.append(f'<text x="{_SIDE}" y="20" font-size="14">{escape(title)}</text>')
    base = head + TOP + HEIGHT
    parts.append(f'<line class="axis" x1="{_SIDE}" y1="{base}" x2="{width - _SIDE}" y2="{base}" stroke="#d1d9e0"/>')
    for at, bar in enumerate(bars):
        left = (width - STEP * len(bars)) / 2 + at * STEP + GAP / 2
        middle, tall = left + (STEP - GAP) / 2, 0 if bar.value is None else round(HEIGHT * bar.value / most)
        top, centred = base - tall, f'x="{middle:g}" text-anchor="middle"'
        parts += [
            f'<rect class="bar-{colour}" x="{left:g}" y="{top}" width="{STEP - GAP}" height="{tall}" rx="2" '
            f'fill="{_COLOURS[colour]}"/>',
            f'<text {centred} y="{top - 5}">{escape(bar.words)}</text>',
            f'<text {centred} y="{base + 18}" class="month">{escape(bar.label)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
